"""Class activation maps against a literal re-computation from activations and gradients."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.closed_forms import SUPERCLASS, TwoLinear, batch, closed_form, row_of
from tests.methods.promise import promised
from xai_bench import load_model
from xai_bench.methods import METHODS, Batch, Method
from xai_bench.methods.cam import ActivationMap, GradCAM, GradCAMPlusPlus, HiResCAM
from xai_bench.nets.base import Net
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.fcn import FCN
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.inception1d import Inception1d
from xai_bench.nets.lstm import LSTM
from xai_bench.nets.resnet1d import ResNet1dWang
from xai_bench.nets.xresnet1d import XResNet1d
from xai_bench.scoring.engine.cost import counted

CAMS = (GradCAM(), GradCAMPlusPlus(), HiResCAM())


class TimeOnly(Net):
    """A 1-D net: its convolution has no lead axis."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 4, 5, stride=4, padding=2)
        self.fc = nn.Linear(4, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.fc(torch.relu(self.conv(z)).mean(-1))
        return logits

    def rescale_(self, scale: torch.Tensor, shift: torch.Tensor) -> None:
        raise AssertionError("not used")


def test_map_is_relu_of_gradient_weighted_activations_interpolated_in_time_only() -> None:
    torch.manual_seed(0)
    model = closed_form(ECGConv2d(), cam_layer="conv3.0")
    given = batch(rows=2)
    kept: list[torch.Tensor] = []
    assert model.cam_layer is not None
    hook = model.cam_layer.register_forward_hook(lambda _m, _i, output: kept.append(output))
    z = given.z.clone().requires_grad_()
    model.log_odds(z, given.target)
    hook.remove()
    activations = kept[0].detach().requires_grad_()
    tail = model.net.get_submodule("conv3")[1:](activations).mean((2, 3))  # type: ignore
    logits = model.net.get_submodule("fc")(tail)
    (gradient,) = torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), activations)
    coarse = (activations * gradient.mean((2, 3), keepdim=True)).sum(1).relu().detach()
    assert coarse.shape == (2, 12, 500)
    found = GradCAM().attribute(model, given)
    for lead in range(12):
        literal = nn.functional.interpolate(coarse[:, lead : lead + 1], 1000, mode="linear")
        torch.testing.assert_close(found[:, lead], literal[:, 0], rtol=1e-4, atol=1e-7)


def test_the_map_is_that_of_the_target_of_several_classes() -> None:
    torch.manual_seed(0)
    net = ECGConv2d(outputs=5)
    several = closed_form(net, cam_layer="conv3.0", **SUPERCLASS)
    given = replace(batch(rows=2), target=torch.tensor([4, 2]))
    found = GradCAM().attribute(several, given)
    for row, k in enumerate((4, 2)):
        alone = ECGConv2d(outputs=1).eval()
        weights = {**net.state_dict(), "fc.weight": net.fc.weight[[k]], "fc.bias": net.fc.bias[[k]]}
        alone.load_state_dict(weights)
        one = closed_form(alone, cam_layer="conv3.0")
        expected = GradCAM().attribute(one, row_of(batch(rows=2), row))
        torch.testing.assert_close(found[row : row + 1], expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("method", CAMS)
def test_a_layer_without_leads_gives_every_lead_the_same_map(method: ActivationMap) -> None:
    torch.manual_seed(0)
    model = closed_form(TimeOnly(), cam_layer="conv")
    found = method.attribute(model, batch())
    assert found.shape == (3, 12, 1000)
    assert found.any()
    torch.testing.assert_close(found, found[:, :1].expand_as(found))
    assert method.remark(model) == "no lead axis: one CAM for all leads"


@pytest.mark.parametrize("method", CAMS)
def test_nothing_is_remarked_where_leads_are_kept_or_nothing_can_be_read(
    method: ActivationMap,
) -> None:
    assert method.remark(closed_form(ECGConv2d(), cam_layer="conv3.0")) == ""
    assert method.remark(closed_form(LSTM())) == ""


@pytest.mark.parametrize("method", CAMS)
def test_a_card_without_cam_layer_is_refused_with_a_reason(method: ActivationMap) -> None:
    reason = method.unsupported(closed_form(TimeOnly()), evidence=False)
    assert reason == f"{method.name} needs a cam_layer in the model card"


class Odd(nn.Module):
    """A net whose layers cannot all be read."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.over = nn.Conv1d(12, 4, 5, stride=4, padding=2), nn.ReLU(inplace=True)
        self.shared, self.aside, self.unused = nn.ReLU(), nn.Identity(), nn.Identity()
        self.last, self.lstm = nn.Linear(4, 6), nn.LSTM(6, 3, batch_first=True)
        self.image, self.fc = nn.Identity(), nn.Linear(3, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        maps = self.over(self.conv(z))
        maps = self.shared(self.shared(maps) - 1)
        self.aside(maps * 2)
        steps = self.last(maps.transpose(1, 2))
        self.image(steps.unsqueeze(3).mul(torch.ones(12)))
        logits: torch.Tensor = self.fc(self.lstm(steps)[0].mean(dim=1))
        return logits


@pytest.mark.parametrize("method", [*CAMS, METHODS["guided-gradcam"]], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("cam_layer", "reason"),
    [
        ("shared", "which runs 2 times in a pass"),
        ("unused", "which runs 0 times in a pass"),
        ("aside", "which the log-odds do not depend on"),
        ("lstm", "which puts out tuple for two recordings, and no maps over time"),
        ("fc", "which puts out (2, 1) for two recordings, and no maps over time"),
        ("last", "which puts out time along axis 1, not along the last"),
        ("conv", None),
        ("over", None),
    ],
)
def test_a_layer_that_gives_no_map_is_refused(
    method: Method, cam_layer: str, reason: str | None
) -> None:
    torch.manual_seed(0)
    net: nn.Module = Odd()
    if method.name == "guided-gradcam":  # which wants a net without recurrence
        net.lstm = _Untouched()
    found = method.unsupported(closed_form(net, cam_layer=cam_layer), evidence=False)
    expected = f"{method.name} needs another cam_layer than '{cam_layer}', {reason}"
    assert found == (expected if reason else None)


class _Untouched(nn.Module):
    def forward(self, steps: torch.Tensor) -> tuple[torch.Tensor, None]:
        return steps[..., :3], None


class _OverAndOver(nn.Module):
    """Writes over what its convolution puts out, or does not."""

    def __init__(self, *, inplace: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.relu = nn.Conv1d(12, 4, 5), nn.ReLU(inplace=inplace)
        self.fc = nn.Linear(4, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.fc(self.relu(self.conv(z)).mean(dim=2))
        return logits


@pytest.mark.parametrize("method", CAMS)
def test_a_layer_may_be_overwritten_by_the_next(method: ActivationMap) -> None:
    over, plain = (
        method.attribute(closed_form(_OverAndOver(inplace=inplace), cam_layer="conv"), batch())
        for inplace in (True, False)
    )
    assert torch.equal(over, plain)


@pytest.mark.parametrize("shape", [(3, 7), (3, 4, 5)])
def test_weights_of_plus_plus_are_made_of_derivatives_of_the_exponential(
    shape: tuple[int, ...],
) -> None:
    """alpha from the first three derivatives of exp(m), by automatic differentiation."""
    generator = torch.Generator().manual_seed(0)
    A = torch.rand(1, *shape, generator=generator, dtype=torch.float64)
    g = torch.randn(1, *shape, generator=generator, dtype=torch.float64) / 10
    expected = torch.zeros_like(A[0, 0])
    for k in range(shape[0]):
        weight = 0.0
        for place in range(A[0, k].numel()):
            a = A[0, k].flatten()[place].clone().requires_grad_()
            slope = g[0, k].flatten()[place]
            y = ((g * A).sum() + slope * (a - a.detach())).exp()
            derivatives = [y]
            for _ in range(3):
                derivatives += torch.autograd.grad(derivatives[-1], a, create_graph=True)
            score, first, second, third = (float(one.detach()) for one in derivatives)
            alpha = second / (2 * second + float(A[0, k].sum()) * third)
            weight += alpha * max(first, 0) / score
        expected += weight * A[0, k]
    torch.testing.assert_close(GradCAMPlusPlus().map(A, g)[0], expected.clamp_min(0))


def test_plus_plus_is_not_defined_where_a_weight_has_a_pole() -> None:
    A = torch.tensor([[[-6.0, 1.0]], [[6.0, 1.0]]])
    g = torch.tensor([[[0.5, 0.0]], [[0.5, -0.5]]])
    found = GradCAMPlusPlus().map(A, g)
    assert found[0].isnan().all()
    torch.testing.assert_close(found[1], A[1, 0] * 0.5 / (2 + 0.5 * 7))


def test_plus_plus_refuses_native_nets_with_a_reason() -> None:
    model = closed_form(ECGIMN(outputs=1, weight_scale=0.01), cam_layer="conv3.0")
    assert GradCAMPlusPlus().unsupported(model, evidence=False) == (
        "gradcam-plus-plus needs a net that classifies the means of its maps; a native net "
        "multiplies what it makes of them by its input"
    )
    assert GradCAMPlusPlus().unsupported(closed_form(TwoLinear()), evidence=False) == (
        "gradcam-plus-plus needs a cam_layer in the model card"
    )


def test_plus_plus_refuses_known_nets_where_its_weights_have_poles() -> None:
    model = load_model("known-additive")
    reason = GradCAMPlusPlus().unsupported(model, evidence=False)
    assert reason is not None
    assert "in a known net the gradient times the sum of a map reaches -2" in reason
    assert GradCAM().unsupported(model, evidence=False) is None


def test_hirescam_is_the_sum_of_gradient_times_activation_shared_by_the_samples() -> None:
    torch.manual_seed(0)
    net = TimeOnly()
    model, given = closed_form(net, cam_layer="conv"), batch(rows=2)
    found = HiResCAM().attribute(model, given)
    A = net.conv(given.z).detach()
    for row in range(2):
        coarse = torch.zeros(250)
        for step in range(250):
            for channel in range(4):
                a = A[row, channel, step]
                # The net goes on with the ReLU of a, and the mean over 250 steps.
                coarse[step] += a * (a > 0) * net.fc.weight[0, channel] / 250
        literal = nn.functional.interpolate(coarse[None, None], 1000, mode="linear")[0, 0]
        expected = (literal / (12 * 4)).detach().expand(12, -1)
        torch.testing.assert_close(found[row], expected, rtol=1e-4, atol=1e-9)
    assert (found < 0).any()


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize(
    ("net", "cam_layer"),
    [(ResNet1dWang, "block3"), (XResNet1d, "stage2.1"), (Inception1d, "relus.5")],
)
def test_hirescam_sums_to_the_log_odds_less_the_bias_of_a_pooled_net(
    net: type[Net], cam_layer: str, target: int
) -> None:
    torch.manual_seed(0)
    model = closed_form(net().requires_grad_(False), cam_layer=cam_layer)
    model.net.get_parameter("fc.bias").fill_(0.7)
    given = Batch(z=batch(rows=2).z[..., :200], target=torch.full((2,), target))
    total = promised(HiResCAM(), model, given)
    sign = 2 * target - 1
    torch.testing.assert_close(total, sign * (model.net(given.z)[:, 0] - 0.7))
    found = HiResCAM().attribute(model, given).sum((1, 2))
    torch.testing.assert_close(found, total, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("net", "cam_layer"), [(FCN, "conv3.0"), (ECGConv2d, "conv3.0")])
def test_hirescam_promises_no_sum_where_the_net_is_not_linear_from_there(
    net: type[Net], cam_layer: str
) -> None:
    assert promised(HiResCAM(), closed_form(net(), cam_layer=cam_layer), batch()) is None


@pytest.mark.parametrize("name", ["gradcam", "gradcam-plus-plus", "hirescam"])
def test_one_pass_forward_and_back(name: str) -> None:
    model = closed_form(TimeOnly(), cam_layer="conv")
    with counted(model.net) as count:
        METHODS[name].attribute(model, batch(rows=2))
    assert (count.forward, count.backward) == (2, 2)
