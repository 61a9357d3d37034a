"""Gradient methods against models whose gradients are known."""

import pytest
import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from xai_bench.methods.gradients import InputXGradient, IntegratedGradients, Saliency


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


def test_integrated_gradients_of_a_quadratic_model_are_half_of_input_x_gradient() -> None:
    model, given = closed_form(Quadratic()), batch()
    expected = model.net.get_parameter("w") * given.z.square() / 2
    torch.testing.assert_close(IntegratedGradients().attribute(model, given), expected)


def test_integrated_gradients_sum_to_the_difference_from_the_zero_recording() -> None:
    model, given = closed_form(Linear()), batch()
    method = IntegratedGradients()
    total = method.total(model, given)
    torch.testing.assert_close(total, (model.net.get_parameter("w") * given.z).sum((1, 2)))
    found = method.attribute(model, given).sum((1, 2))
    torch.testing.assert_close(found, total, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", [Saliency(), InputXGradient(), IntegratedGradients()])
def test_a_recording_is_explained_alike_in_any_batch(
    method: Saliency | InputXGradient | IntegratedGradients,
) -> None:
    model, given = closed_form(Quadratic()), batch(rows=10)
    alone = method.attribute(model, row_of(given, 9))
    together = method.attribute(model, given)[9:]
    torch.testing.assert_close(alone, together)
