"""Captum's classes and instances, against Captum called by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import captum.attr as captum
import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.closed_forms import SUPERCLASS, batch, closed_form, row_of
from xai_bench import wrap
from xai_bench.errors import InputError
from xai_bench.methods import Batch, find_methods
from xai_bench.methods.attribute import explain_batch
from xai_bench.methods.captum_method import CaptumMethod, captum_name
from xai_bench.methods.propagation.guided import GuidedBackprop


class SmallConvNet(nn.Module):
    """Layers that are modules of their own, each called once, as hooks of Captum want them."""

    def __init__(self, outputs: int = 1) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(4)
            self.conv = nn.Conv1d(12, 4, 9, stride=5)
            self.relu = nn.ReLU()
            self.pool = nn.AdaptiveAvgPool1d(8)
            self.flat = nn.Flatten()
            self.last = nn.Linear(32, outputs)

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        out: Tensor = self.last(self.flat(self.pool(self.relu(self.conv(z)))))
        return out


def _explain(given: Any, rows: Batch, outputs: int = 1, **card: object) -> Tensor:
    model = closed_form(SmallConvNet(outputs), **card)
    return CaptumMethod("mine", given).attribute(model, rows)


@pytest.mark.parametrize(
    "kind",
    [
        *(captum.Saliency, captum.InputXGradient, captum.IntegratedGradients),
        *(captum.DeepLift, captum.GuidedBackprop, captum.Deconvolution),
    ],
)
@pytest.mark.filterwarnings("ignore:Setting ")
def test_a_class_explains_the_log_odds_of_the_target(kind: type[Any]) -> None:
    """Of one output the logit, of several the target's own; class 0 of one is the negative."""
    given = batch(2)
    one = kind(SmallConvNet().eval()).attribute(given.z.clone().requires_grad_(), target=0)
    torch.testing.assert_close(_explain(kind, given), one.detach(), rtol=1e-4, atol=1e-7)
    several = kind(SmallConvNet(5).eval()).attribute(given.z.clone().requires_grad_(), target=1)
    found = _explain(kind, given, 5, **SUPERCLASS)
    torch.testing.assert_close(found, several.detach(), rtol=1e-4, atol=1e-7)
    if kind is captum.InputXGradient:
        of_absence = _explain(kind, batch(2, target=0))
        torch.testing.assert_close(of_absence, -one.detach(), rtol=1e-4, atol=1e-7)


def test_an_instance_is_bound_to_the_model_with_its_settings() -> None:
    """It was made for another net, or for a function; its settings are kept, and so is it."""
    other = nn.Sequential(nn.Flatten(), nn.Linear(12000, 1))
    made = captum.IntegratedGradients(other, multiply_by_inputs=False)
    given = batch(1)
    by_hand = captum.IntegratedGradients(SmallConvNet().eval(), multiply_by_inputs=False)
    expected = by_hand.attribute(given.z.clone().requires_grad_(), target=0).detach()
    torch.testing.assert_close(_explain(made, given), expected, rtol=1e-4, atol=1e-7)
    assert made.forward_func is other
    of_function = captum.Saliency(
        lambda z: other(z)[:, 0],
    )
    torch.testing.assert_close(_explain(of_function, given), _explain(captum.Saliency, given))


def test_layers_of_an_instance_are_those_of_the_model_that_is_explained() -> None:
    """Also of another net with the same layers, as metrics that change weights make them."""
    net, given = SmallConvNet(), batch(1)
    made = captum.GuidedGradCam(net, net.conv)
    model = closed_form(net)
    changed_net = SmallConvNet()
    with torch.no_grad():
        changed_net.last.weight.neg_()
    changed = model.with_net(changed_net)
    method = CaptumMethod("mine", made)
    by_hand = captum.GuidedGradCam(changed_net, changed_net.conv)
    with pytest.warns(UserWarning, match="Setting "):
        expected = by_hand.attribute(given.z.clone().requires_grad_(), target=0).detach()
    torch.testing.assert_close(method.attribute(changed, given), expected, rtol=1e-4, atol=1e-7)
    assert not torch.equal(method.attribute(model, given), expected)


def test_layers_are_found_in_a_net_that_was_wrapped() -> None:
    net, given = SmallConvNet(2), batch(1)
    model = wrap(net, ["NORM", "MI"], rate_hz=100)
    found = CaptumMethod("mine", captum.GuidedGradCam(net, net.conv)).attribute(model, given)

    class Contrast(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, z: Tensor) -> Tensor:
            both: Tensor = self.net(z)
            return both[:, 1] - both[:, 0]

    by_hand = captum.GuidedGradCam(Contrast().eval(), net.conv)
    with pytest.warns(UserWarning, match="Setting "):
        expected = by_hand.attribute(given.z.clone().requires_grad_()).detach()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-7)


def test_a_layer_that_is_not_in_the_net_is_a_reason_to_skip_the_pair() -> None:
    stranger = nn.Sequential(nn.Conv1d(12, 1, 3), nn.Flatten(), nn.Linear(998, 1))
    method = CaptumMethod("mine", captum.GuidedGradCam(stranger, stranger[0]))
    reason = method.unsupported(closed_form(SmallConvNet()), evidence=False)
    assert reason is not None
    assert reason.startswith("the layer of 'mine' is not in the net; ")
    assert CaptumMethod("s", captum.Saliency).unsupported(
        closed_form(SmallConvNet()), evidence=False
    ) is None  # fmt: skip


def test_what_is_drawn_for_a_recording_does_not_depend_on_the_batch() -> None:
    tunnel = captum.NoiseTunnel(captum.Saliency(SmallConvNet()))
    given = batch(3)
    together = _explain(tunnel, given)
    assert torch.equal(together[1:2], _explain(tunnel, row_of(given, 1)))
    torch.manual_seed(5)
    assert torch.equal(together, _explain(tunnel, given))
    assert not torch.allclose(together, _explain(captum.Saliency, given))


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        (captum.GradientShap, "GradientShap of Captum needs baselines= as well"),
        (captum.Occlusion, "Occlusion of Captum needs sliding_window_shapes= as well"),
        (captum.LayerGradCam, "LayerGradCam of Captum needs layer= as well"),
        (captum.NoiseTunnel(captum.GradientShap(SmallConvNet())), "needs baselines= as well"),
    ],
)
def test_what_needs_more_arguments_is_refused_with_what_to_do(given: Any, lacks: str) -> None:
    with pytest.raises(InputError, match=lacks + ".*; write a function"):
        CaptumMethod("mine", given)


def test_attributions_of_layers_are_refused_with_what_to_do() -> None:
    net = SmallConvNet()
    with pytest.raises(
        InputError, match=r"'mine' attributes to the shape \(1, 199\), not to \(lead, time\)"
    ):
        CaptumMethod("mine", captum.LayerGradCam(net, net.conv)).attribute(
            closed_form(net), batch(1)
        )


def test_what_captum_raises_is_one_line_with_its_cause() -> None:
    with pytest.raises(InputError, match="method 'mine' failed on model .*: TypeError: ") as found:
        _explain(captum.LRP, batch(1))
    assert isinstance(found.value.__cause__, TypeError)
    assert "\n" not in str(found.value)


class FunctionalNet(SmallConvNet):
    """The same, but for the ReLU, which hooks of Captum do not see."""

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        out: Tensor = self.last(self.flat(self.pool(self.conv(z).tanh())))
        return out


class FunctionalReLUNet(SmallConvNet):
    """A ReLU that is a layer, and one that is a function."""

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        out: Tensor = self.last(self.flat(self.pool(nn.functional.relu(self.relu(self.conv(z))))))
        return out


@pytest.mark.parametrize("kind", [captum.GuidedBackprop, captum.Deconvolution])
def test_rules_of_captum_for_relus_are_for_nets_whose_relus_are_layers(kind: type[Any]) -> None:
    method = CaptumMethod("mine", kind)
    assert method.unsupported(closed_form(SmallConvNet()), evidence=False) is None
    reason = method.unsupported(closed_form(FunctionalReLUNet()), evidence=False)
    assert reason is not None
    assert reason.startswith("mine sees 1 of 2 ReLUs of the net, those that are layers, and would")
    saliency = CaptumMethod("s", captum.Saliency)
    assert saliency.unsupported(closed_form(FunctionalReLUNet()), evidence=False) is None


class OtherNonLinearityNet(SmallConvNet):
    """A ReLU that is a layer, and something else after it."""

    def __init__(self, after: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.after = after

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        out: Tensor = self.last(self.flat(self.pool(self.after(self.relu(self.conv(z))))))
        return out


@pytest.mark.parametrize(
    "after",
    [
        nn.GELU(),
        nn.Hardtanh(),
        lambda h: h * (h > 0),
        lambda h: torch.where(h > 1, h, 0.0),
        lambda h: torch.fmax(h, torch.ones(())),
    ],
)
def test_nets_that_guided_backprop_refuses_are_refused_to_its_kin(
    after: Callable[[Tensor], Tensor],
) -> None:
    net = OtherNonLinearityNet(after)
    model = closed_form(net)
    own = GuidedBackprop().unsupported(model, evidence=False)
    assert own is not None
    for given in (
        captum.GuidedBackprop,
        captum.Deconvolution,
        captum.GuidedGradCam(net, net.conv),
        captum.NoiseTunnel(captum.GuidedBackprop(net)),
    ):
        reason = CaptumMethod("mine", given).unsupported(model, evidence=False)
        assert reason == f"mine would be wrong here: {own}"


@pytest.mark.parametrize(
    ("net", "refused"),
    [
        (SmallConvNet(), None),
        (OtherNonLinearityNet(nn.Tanh()), None),
        (FunctionalReLUNet(), "mine sees 1 of 2 non-linearities of the net, those that are"),
        (FunctionalNet(), "mine sees 0 of 1 non-linearities"),
        (OtherNonLinearityNet(nn.GELU()), "mine sees 1 of 2 non-linearities"),
        (OtherNonLinearityNet(lambda h: h * h.tanh()), "mine would be wrong here: deeplift "),
    ],
)
def test_deep_lift_of_captum_is_for_nets_whose_non_linearities_are_layers_it_knows(
    net: nn.Module, refused: str | None
) -> None:
    reason = CaptumMethod("mine", captum.DeepLift).unsupported(closed_form(net), evidence=False)
    assert (reason is None) == (refused is None)
    assert (reason or "").startswith(refused or "")


def test_a_noise_tunnel_without_a_method_in_it_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="NoiseTunnel of Captum needs a method within it; give an"):
        CaptumMethod("mine", captum.NoiseTunnel)
    with pytest.raises(InputError, match="needs a method within it"):
        find_methods(captum.NoiseTunnel)


def test_attributions_that_promise_a_sum_are_held_to_it() -> None:
    """DeepLIFT sums to m(z) - m(0) where its hooks see every non-linearity, and not elsewhere."""
    given = batch(2)
    for net, holds in ((SmallConvNet(), True), (FunctionalNet(), False)):
        for scale in (1.0, 30.0):
            with torch.no_grad():
                net.conv.weight.mul_(scale)
        found = explain_batch(
            closed_form(net), given, [CaptumMethod("d", captum.DeepLift)], ["a", "b"], 0
        )["d"]
        assert all(flaw == "" for flaw in found.flaws) == holds
    saliency = explain_batch(
        closed_form(SmallConvNet()), given, [CaptumMethod("s", captum.Saliency)], ["a", "b"], 0
    )["s"]
    assert saliency.residual.isnan().all(), "a gradient promises no sum"


def test_names() -> None:
    assert captum_name(captum.DeepLift) == "captum-deep-lift"
    net = SmallConvNet()
    assert captum_name(captum.GuidedGradCam(net, net.conv)) == "captum-guided-grad-cam"
    tunnel = captum.NoiseTunnel(captum.Saliency(net))
    assert captum_name(tunnel) == "captum-noise-tunnel-saliency"
