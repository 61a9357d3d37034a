"""Gradients on the way from the background, against closed forms and written-out loops."""

from __future__ import annotations

import pytest
import torch

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, row_of
from xai_bench.methods import METHODS, Batch, Method
from xai_bench.methods.background import background
from xai_bench.methods.expected_gradients import ExpectedGradients, GradientSHAP
from xai_bench.scoring.engine.cost import counted

BOTH = (ExpectedGradients(), GradientSHAP())


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
    total = ExpectedGradients().total(model, given)
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
        generator = torch.Generator().manual_seed((3, 4)[row])
        chosen = torch.randint(16, (32,), generator=generator).tolist()
        shares = torch.rand(32, generator=generator).tolist()
        noise = torch.randn(32, 12, 1000, generator=generator)
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
    assert GradientSHAP().total(model, given) is None
    missed = GradientSHAP().attribute(model, given).sum((1, 2))
    missed -= ExpectedGradients().total(model, given)
    assert (missed.abs() > 0.01).all()


@pytest.mark.parametrize("method", BOTH)
def test_a_recording_is_explained_alike_in_any_batch(method: Method) -> None:
    model, given = closed_form(Quadratic()), batch(rows=3)
    alone = method.attribute(model, row_of(given, 2))
    torch.testing.assert_close(alone, method.attribute(model, given)[2:])


@pytest.mark.parametrize(("name", "passes"), [("expected-gradients", 128), ("gradient-shap", 32)])
def test_passes_forward_and_back(name: str, passes: int) -> None:
    model, given = closed_form(Quadratic()), batch(rows=2)
    with counted(model.net) as count:
        METHODS[name].attribute(model, given)
    assert (count.forward, count.backward) == (2 * passes, 2 * passes)
