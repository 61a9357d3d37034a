"""Gradient methods against models whose gradients are known."""

import pytest
import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from xai_bench.methods import METHODS, Method
from xai_bench.methods.gradients import (
    InputXGradient,
    IntegratedGradients,
    Saliency,
    gradients_at,
)
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.scoring.engine.cost import counted

IG = (IntegratedGradients("ig", steps=32), IntegratedGradients("ig-16", steps=16))


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
    total = method.total(model, given)
    torch.testing.assert_close(total, (model.net.get_parameter("w") * given.z).sum((1, 2)))
    found = method.attribute(model, given).sum((1, 2))
    torch.testing.assert_close(found, total, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", [Saliency(), InputXGradient(), *IG])
def test_a_recording_is_explained_alike_in_any_batch(method: Method) -> None:
    model, given = closed_form(Quadratic()), batch(rows=10)
    alone = method.attribute(model, row_of(given, 9))
    together = method.attribute(model, given)[9:]
    torch.testing.assert_close(alone, together)


@pytest.mark.parametrize(
    ("name", "passes"), [("saliency", 1), ("input-x-gradient", 1), ("ig", 32), ("ig-16", 16)]
)
def test_passes_forward_and_back(name: str, passes: int) -> None:
    model, given = closed_form(Quadratic()), batch(rows=2)
    with counted(model.net) as count:
        METHODS[name].attribute(model, given)
    assert (count.forward, count.backward) == (2 * passes, 2 * passes)


def test_gradients_at_many_versions_are_those_of_one_at_a_time() -> None:
    torch.manual_seed(0)
    model = closed_form(ECGConv2d())
    versions, target = batch(rows=10).z[..., :100], torch.tensor(0)
    found = gradients_at(model, versions, target)
    for row in range(10):
        z = versions[row : row + 1].clone().requires_grad_()
        (expected,) = torch.autograd.grad(model.log_odds(z, 0).sum(), z)
        torch.testing.assert_close(found[row : row + 1], expected, rtol=1e-4, atol=1e-7)
