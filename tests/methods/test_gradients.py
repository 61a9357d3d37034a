"""Gradient methods against closed forms, written-out loops and Captum."""

from __future__ import annotations

import pytest
import torch
from captum.attr import NoiseTunnel
from captum.attr import Saliency as CaptumSaliency

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, row_of
from tests.methods.promise import promised
from xai_bench.generators import integers, normal, seed_tensor, uniform
from xai_bench.methods import Batch, Method
from xai_bench.methods.background import background
from xai_bench.methods.gradients import (
    ExpectedGradients,
    GradientSHAP,
    InputXGradient,
    IntegratedGradients,
    Saliency,
    SmoothGrad,
    VarGrad,
)
from xai_bench.nets.conv2d import ECGConv2d

IG = (IntegratedGradients("ig", steps=32), IntegratedGradients("ig-16", steps=16))
BACKGROUND = (ExpectedGradients(), GradientSHAP())
NOISY = (SmoothGrad(), VarGrad())


@pytest.mark.parametrize("target", [0, 1])
def test_saliency_is_the_signed_gradient(target: int) -> None:
    model, given = closed_form(Linear()), batch(target=target)
    w = model.net.get_parameter("w")
    found = Saliency().attribute(model, given)
    torch.testing.assert_close(found, (2 * target - 1) * w.expand(3, -1, -1))


@pytest.mark.parametrize("target", [0, 1])
def test_input_x_gradient_of_a_linear_model_is_w_times_z(target: int) -> None:
    model, given = closed_form(Linear()), batch(target=target)
    expected = (2 * target - 1) * model.net.get_parameter("w") * given.z
    torch.testing.assert_close(InputXGradient().attribute(model, given), expected)


@pytest.mark.parametrize("method", IG)
def test_integrated_gradients_of_a_quadratic_model_are_half_of_input_x_gradient(
    method: IntegratedGradients,
) -> None:
    model, given = closed_form(Quadratic()), batch()
    expected = model.net.get_parameter("w") * given.z.square() / 2
    torch.testing.assert_close(method.attribute(model, given), expected)


@pytest.mark.parametrize("method", IG)
def test_integrated_gradients_sum_to_the_difference_from_the_zero_recording(
    method: IntegratedGradients,
) -> None:
    model, given = closed_form(Linear()), batch()
    total = promised(method, model, given)
    assert total is not None
    torch.testing.assert_close(total, (model.net.get_parameter("w") * given.z).sum((1, 2)))
    found = method.attribute(model, given).sum((1, 2))
    torch.testing.assert_close(found, total, rtol=1e-4, atol=1e-4)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("method", [Saliency(), InputXGradient(), *IG, *BACKGROUND, *NOISY])
def test_a_recording_is_explained_alike_in_any_batch(method: Method) -> None:
    model, given = closed_form(Quadratic()), batch(rows=10)
    alone = method.attribute(model, row_of(given, 9))
    together = method.attribute(model, given)[9:]
    torch.testing.assert_close(alone, together)


@pytest.mark.parametrize("target", [0, 1])
def test_expected_gradients_of_a_linear_model(target: int) -> None:
    model, given = closed_form(Linear()), batch(target=target)
    w = (2 * target - 1) * model.net.get_parameter("w")
    expected = w * (given.z - background(model).mean(dim=0))
    found = ExpectedGradients().attribute(model, given)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_expected_gradients_of_a_quadratic_model() -> None:
    model, given = closed_form(Quadratic()), batch(rows=2)
    usual = sum(other**2 for other in background(model)) / 16
    expected = model.net.get_parameter("w") * (given.z**2 - usual) / 2
    found = ExpectedGradients().attribute(model, given)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_expected_gradients_are_those_of_a_fine_sum_over_every_path() -> None:
    model = closed_form(Product())
    given = Batch(z=batch(rows=2).z, target=torch.tensor([1, 0]))
    v, w = (model.net.get_parameter(name) for name in "vw")
    found = ExpectedGradients().attribute(model, given)
    for row in range(2):
        z, sign = given.z[row], (1, -1)[row]
        expected = torch.zeros(12, 1000)
        for other in background(model):
            for step in range(200):
                at = other + (step + 0.5) / 200 * (z - other)
                a, b = (v * at).sum(), (w * at).sum()
                gradient = (1 - a.tanh() ** 2) * v * b + a.tanh() * w
                expected += sign * (z - other) * gradient / 200 / 16
        largest = float(expected.abs().max())
        torch.testing.assert_close(found[row], expected, rtol=1e-2, atol=1e-3 * largest)


@pytest.mark.parametrize("net", [Linear, Quadratic, Product])
def test_expected_gradients_sum_to_what_lies_above_the_mean_of_the_background(
    net: type[Linear] | type[Quadratic] | type[Product],
) -> None:
    model = closed_form(net())
    given = Batch(z=batch(rows=2).z, target=torch.tensor([1, 0]))
    total = promised(ExpectedGradients(), model, given)
    assert total is not None
    for row, target in enumerate((1, 0)):
        usual = sum(float(model.log_odds(z[None], target)) for z in background(model)) / 16
        above = float(model.log_odds(given.z[row : row + 1], target)) - usual
        assert float(total[row]) == pytest.approx(above, abs=1e-4)
    found = ExpectedGradients().attribute(model, given).sum((1, 2))
    torch.testing.assert_close(found, total, rtol=1e-3, atol=1e-3)


def test_gradient_shap_is_the_mean_over_its_draws() -> None:
    model = closed_form(Product())
    given = Batch(z=batch(rows=2).z, target=torch.tensor([1, 0]), seeds=(3, 4))
    others = background(model)
    found = GradientSHAP().attribute(model, given)
    for row in range(2):
        seed = seed_tensor([(3, 4)[row]])
        chosen = integers(seed, (32,), 16)[0].tolist()
        shares = uniform(seed, (32,), stream=1)[0].tolist()
        (noise,) = normal(seed, (32, 12, 1000), stream=2)
        expected = torch.zeros(12, 1000)
        for start, a, e in zip(chosen, shares, noise, strict=True):
            noisy = given.z[row] + e / 10
            at = ((1 - a) * others[start] + a * noisy)[None].requires_grad_()
            (gradient,) = torch.autograd.grad(model.log_odds(at, 1 - row).sum(), at)
            expected += (noisy - others[start]) * gradient[0] / 32
        torch.testing.assert_close(found[row], expected, rtol=1e-3, atol=1e-6)


def test_gradient_shap_promises_no_sum() -> None:
    """It is what lies above the mean of the background in expectation only, and not here."""
    model, given = closed_form(Quadratic()), batch(rows=2)
    assert promised(GradientSHAP(), model, given) is None
    total = promised(ExpectedGradients(), model, given)
    assert total is not None
    missed = GradientSHAP().attribute(model, given).sum((1, 2)) - total
    assert (missed.abs() > 0.01).all()


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
    mean, variance = (method.attribute(model, given) for method in NOISY)
    for row, seed in enumerate(given.seeds):
        drawn = normal(seed_tensor([seed]), (16, 12, 1000))[0] / 10
        average = sum(drawn) / 16
        torch.testing.assert_close(mean[row], w * (given.z[row] + average))
        expected = w**2 * sum((e - average) ** 2 for e in drawn) / 16
        torch.testing.assert_close(variance[row], expected, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(("method", "kind"), [(SmoothGrad(), "smoothgrad"), (VarGrad(), "vargrad")])
def test_as_captum(method: Method, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = closed_form(ECGConv2d())
    given = Batch(z=batch(rows=1).z[..., :100], target=torch.tensor([1]), seeds=(5,))
    captum = NoiseTunnel(CaptumSaliency(model.log_odds))
    (drawn,) = normal(seed_tensor([5]), (16, 12, 100))
    monkeypatch.setattr(torch, "normal", lambda mean, sd: mean + sd * drawn)  # Captum's noise
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


@pytest.mark.parametrize("method", NOISY)
def test_a_seed_makes_the_noise(method: Method) -> None:
    model, given = closed_form(Quadratic()), batch(rows=3)
    alone = method.attribute(model, row_of(given, 2))
    other = Batch(z=given.z[2:], target=given.target[2:], seeds=(1,))
    assert not torch.allclose(alone, method.attribute(model, other))
