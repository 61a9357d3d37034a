"""Methods that share a pass say what they say alone, and what Captum says."""

from __future__ import annotations

import pytest
import torch
from captum.attr import InputXGradient, LayerGradCam, Saliency
from torch.nn.functional import interpolate

from tests.closed_forms import TwoLinear, batch, closed_form
from xai_bench.methods import METHODS, Batch, Method, explain_together
from xai_bench.models import Model
from xai_bench.nets.imn import ECGIMN
from xai_bench.scoring.engine.cost import counted

NAMES = ("native", "saliency", "input-x-gradient", "gradcam")


def _methods(*names: str) -> list[Method]:
    return [METHODS[name] for name in names]


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return closed_form(ECGIMN(outputs=2, weight_scale=0.01), cam_layer="conv3.0")


def _given() -> Batch:
    full = batch(rows=2)
    return Batch(z=full.z[..., :200], target=torch.tensor([1, 0]), seeds=(7, 8))


def _seeds(_: Method) -> tuple[int, ...]:
    return (7, 8)


def test_together_as_alone(model: Model) -> None:
    given = _given()
    names = [*NAMES, "native-class", "hirescam", "random"]
    together = explain_together(model, given, _methods(*names), _seeds)
    assert list(together) == names
    for name, found in together.items():
        alone = METHODS[name].attribute(model, given)
        torch.testing.assert_close(found, alone, rtol=1e-4, atol=1e-7)


def test_one_pass_forward_serves_all(model: Model) -> None:
    with counted(model.net) as passes:
        explain_together(model, _given(), _methods(*NAMES), _seeds)
    assert passes.forward == 2, "two recordings, once each"


def test_as_captum(model: Model) -> None:
    given = _given()
    found = explain_together(model, given, _methods(*NAMES), _seeds)
    z, target = given.z.clone().requires_grad_(), given.target
    gradient = Saliency(model.log_odds).attribute(z, abs=False, additional_forward_args=(target,))
    product = InputXGradient(model.log_odds).attribute(z, additional_forward_args=(target,))
    cam = LayerGradCam(model.log_odds, model.cam_layer).attribute(
        z, additional_forward_args=(target,), relu_attributions=True
    )
    cam = interpolate(cam.detach(), size=(12, 200), mode="bilinear", align_corners=False)[:, 0]
    for name, expected in zip(NAMES[1:], (gradient, product, cam), strict=True):
        torch.testing.assert_close(found[name], expected.detach(), rtol=1e-3, atol=1e-6)


def test_native_alone_goes_forward_only() -> None:
    """Nothing that could be differentiated is left behind."""
    found = explain_together(closed_form(TwoLinear()), batch(), _methods("native"), _seeds)
    assert not found["native"].requires_grad


def test_nothing_that_needs_a_pass_makes_none(model: Model) -> None:
    with counted(model.net) as passes:
        explain_together(model, _given(), _methods("random", "amplitude"), _seeds)
    assert passes.forward == 0
