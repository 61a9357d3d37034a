"""Gradients under noise against closed forms and Captum."""

from __future__ import annotations

import pytest
import torch
from captum.attr import NoiseTunnel
from captum.attr import Saliency as CaptumSaliency

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from xai_bench.methods import METHODS, Batch, Method
from xai_bench.methods.noisy_gradients import SmoothGrad, VarGrad
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.scoring.engine.cost import counted

BOTH = (SmoothGrad(), VarGrad())


@pytest.mark.parametrize("target", [0, 1])
def test_the_gradient_of_a_linear_model_is_the_same_under_noise(target: int) -> None:
    model, given = closed_form(Linear()), batch(target=target)
    w = (2 * target - 1) * model.net.get_parameter("w").expand(3, -1, -1)
    torch.testing.assert_close(SmoothGrad().attribute(model, given), w)
    torch.testing.assert_close(VarGrad().attribute(model, given), torch.zeros_like(w))


def test_mean_and_variance_of_the_gradient_of_a_quadratic_model() -> None:
    """The gradient is w (z + e): its mean is w (z + mean of e), its variance w^2 var of e."""
    model, given = closed_form(Quadratic()), batch(rows=2)
    w = model.net.get_parameter("w")
    mean, variance = (method.attribute(model, given) for method in BOTH)
    for row, seed in enumerate(given.seeds):
        drawn = torch.randn(16, 12, 1000, generator=torch.Generator().manual_seed(seed)) / 10
        average = sum(drawn) / 16
        torch.testing.assert_close(mean[row], w * (given.z[row] + average))
        expected = w**2 * sum((e - average) ** 2 for e in drawn) / 16
        torch.testing.assert_close(variance[row], expected, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(("method", "kind"), [(SmoothGrad(), "smoothgrad"), (VarGrad(), "vargrad")])
def test_as_captum(method: Method, kind: str) -> None:
    torch.manual_seed(0)
    model = closed_form(ECGConv2d())
    given = Batch(z=batch(rows=1).z[..., :100], target=torch.tensor([1]), seeds=(5,))
    captum = NoiseTunnel(CaptumSaliency(model.log_odds))
    torch.manual_seed(5)  # Captum draws from the global generator
    expected = captum.attribute(
        given.z.clone().requires_grad_(),
        nt_type=kind,
        nt_samples=16,
        stdevs=0.1,
        abs=False,
        additional_forward_args=(given.target,),
    ).detach()
    found = method.attribute(model, given)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=float(1e-4 * expected.abs().max()))


@pytest.mark.parametrize("method", BOTH)
def test_a_recording_is_explained_alike_in_any_batch_and_by_its_seed(method: Method) -> None:
    model, given = closed_form(Quadratic()), batch(rows=3)
    alone = method.attribute(model, row_of(given, 2))
    torch.testing.assert_close(alone, method.attribute(model, given)[2:])
    other = Batch(z=given.z[2:], target=given.target[2:], seeds=(1,))
    assert not torch.allclose(alone, method.attribute(model, other))


@pytest.mark.parametrize("name", ["smoothgrad", "vargrad"])
def test_passes_forward_and_back(name: str) -> None:
    model, given = closed_form(Quadratic()), batch(rows=2)
    with counted(model.net) as count:
        METHODS[name].attribute(model, given)
    assert (count.forward, count.backward) == (2 * 16, 2 * 16)
