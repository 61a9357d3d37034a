"""Guided backpropagation against a closed form and against Captum."""

from __future__ import annotations

import pytest
import torch
from captum.attr import GuidedBackprop as CaptumGuidedBackprop
from captum.attr import GuidedGradCam as CaptumGuidedGradCam
from jaxtyping import Float
from torch import Tensor, nn

from tests.closed_forms import Linear, batch, closed_form
from xai_bench.methods import METHODS, Batch
from xai_bench.methods.gradients import Saliency
from xai_bench.methods.propagation.guided import GuidedBackprop, GuidedGradCAM
from xai_bench.models import Model
from xai_bench.nets.base import Net
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.lstm import LSTM
from xai_bench.nets.resnet1d import ResNet1dWang
from xai_bench.scoring.engine.cost import counted

HOOKS = "ignore:Setting backward hooks"


class OneHidden(Net):
    """m(z) = <v, ReLU(U z)>."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(12_000, 6, bias=False)
        self.relu = nn.ReLU()
        self.out = nn.Linear(6, 1, bias=False)

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        logits: Tensor = self.out(self.relu(self.hidden(z.flatten(1))))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class LogOdds(nn.Module):
    """What Captum needs: a module whose output is the explained scalar."""

    def __init__(self, model: Model, target: Tensor) -> None:
        super().__init__()
        self.net, self.model, self.target = model.net, model, target

    def forward(self, z: Tensor) -> Tensor:
        return self.model.log_odds(z, self.target)


@pytest.fixture
def resnet() -> Model:
    torch.manual_seed(0)
    return closed_form(ResNet1dWang(outputs=2), cam_layer="block3")


def _given() -> Batch:
    return Batch(z=batch(rows=2).z[..., :200], target=torch.tensor([1, 0]))


@pytest.mark.parametrize("target", [0, 1])
def test_only_units_that_are_active_and_speak_for_the_target_pass(target: int) -> None:
    torch.manual_seed(0)
    model, given = closed_form(OneHidden()), batch(rows=2, target=target)
    U, v = (model.net.get_parameter(name) for name in ("hidden.weight", "out.weight"))
    found = GuidedBackprop().attribute(model, given)
    for row in range(2):
        expected = torch.zeros(12_000)
        for unit in range(6):
            weight = (2 * target - 1) * float(v[0, unit])
            if float(U[unit] @ given.z[row].flatten()) > 0 and weight > 0:
                expected += weight * U[unit]
        torch.testing.assert_close(found[row].flatten(), expected)


@pytest.mark.filterwarnings(HOOKS)
def test_guided_backprop_as_captum_and_not_the_gradient(resnet: Model) -> None:
    given = _given()
    captum = CaptumGuidedBackprop(LogOdds(resnet, given.target))
    expected = captum.attribute(given.z.clone().requires_grad_()).detach()
    torch.testing.assert_close(
        GuidedBackprop().attribute(resnet, given), expected, rtol=1e-4, atol=1e-7
    )
    gradient = Saliency().attribute(resnet, given)
    assert (gradient - expected).norm() > 0.1 * gradient.norm()


@pytest.mark.filterwarnings(HOOKS)
def test_guided_gradcam_as_captum(resnet: Model) -> None:
    given = _given()
    captum = CaptumGuidedGradCam(LogOdds(resnet, given.target), resnet.cam_layer)
    z = given.z.clone().requires_grad_()
    expected = captum.attribute(z, interpolate_mode="linear").detach()
    found = GuidedGradCAM().attribute(resnet, given)
    assert found.any(dim=2).all()
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-8)
    assert GuidedGradCAM().remark(resnet) == "no lead axis: one CAM for all leads"


def test_nothing_stays_clipped(resnet: Model) -> None:
    given = _given()
    before = Saliency().attribute(resnet, given)
    GuidedBackprop().attribute(resnet, given)
    torch.testing.assert_close(Saliency().attribute(resnet, given), before, rtol=0, atol=0)


def test_nets_that_are_no_relu_nets_are_refused_with_the_layer_to_blame() -> None:
    rule = "needs a rule for every operation of the net; there is none for"
    gelu = closed_form(ECGConv2d(), cam_layer="conv3.0")
    for method in (GuidedBackprop(), GuidedGradCAM()):
        reason = method.unsupported(gelu, evidence=False)
        assert reason == f"{method.name} {rule} gelu (layer conv1.2)"
    reason = GuidedBackprop().unsupported(closed_form(LSTM()), evidence=False)
    assert reason == f"guided-backprop {rule} lstm (layer lstm)"
    reason = GuidedBackprop().unsupported(closed_form(Linear()), evidence=False)
    assert reason == f"guided-backprop {rule} a net without ReLU"


@pytest.mark.parametrize(("name", "passes"), [("guided-backprop", 1), ("guided-gradcam", 2)])
def test_passes_forward_and_back(resnet: Model, name: str, passes: int) -> None:
    with counted(resnet.net) as count:
        METHODS[name].attribute(resnet, _given())
    assert (count.forward, count.backward) == (2 * passes, 2 * passes)
