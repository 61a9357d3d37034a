"""A function of a user as a method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of, weight_map
from xai_bench.errors import InputError
from xai_bench.methods.function_method import FunctionMethod
from xai_bench.models import Model


def gradient(model: Model, z: Tensor, target: Tensor) -> Tensor:
    """The gradient, as anyone would write it."""
    z.requires_grad_()
    model.log_odds(z, target).sum().backward()
    assert z.grad is not None
    return z.grad


def test_a_function_explains_with_gradients_and_its_result_is_detached() -> None:
    model, given = closed_form(Quadratic()), batch(2)
    with torch.inference_mode():
        found = FunctionMethod("gradient", gradient).attribute(model, given)
    torch.testing.assert_close(found, weight_map(3) * given.z)
    assert not found.requires_grad
    assert not given.z.requires_grad


def test_an_array_of_numpy_will_do_and_what_is_written_into_z_changes_nothing() -> None:
    def twice(model: Model, z: Tensor, target: Tensor) -> Any:
        z *= 2
        return z.numpy().astype(np.float64)

    given = batch(2)
    before = given.z.clone()
    found = FunctionMethod("twice", twice).attribute(closed_form(Linear()), given)
    assert found.dtype is torch.float32
    assert torch.equal(found, 2 * before)
    assert torch.equal(given.z, before)


def test_a_function_is_called_with_the_batch_and_its_targets() -> None:
    seen: list[tuple[tuple[int, ...], list[int]]] = []

    def watch(model: Model, z: Tensor, target: Tensor) -> Tensor:
        seen.append((tuple(z.shape), target.tolist()))
        return z

    FunctionMethod("watch", watch).attribute(closed_form(Linear()), batch(3, target=0))
    assert seen == [((3, 12, 1000), [0, 0, 0])]


def test_draws_do_not_depend_on_the_batch() -> None:
    def noise(model: Model, z: Tensor, target: Tensor) -> Tensor:
        return torch.rand_like(z) + float(np.random.rand())

    method, model, given = FunctionMethod("noise", noise), closed_form(Linear()), batch(3)
    together = method.attribute(model, given)
    alone = [method.attribute(model, row_of(given, row)) for row in range(3)]
    assert torch.equal(together, torch.cat(alone))
    assert not torch.equal(together[0], together[1])
    torch.manual_seed(77)
    assert torch.equal(method.attribute(model, given), together)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda z: None, "returned NoneType; return a tensor or an array of the shape of z"),
        (lambda z: z.sum(2), r"returned the shape \(2, 12\); return that of z, \(2, 12, 1000\)"),
        (lambda z: z / 0 * 0, "returned NaN or infinite values for 2 of 2 recordings"),
        (lambda z: z.nothing, "failed on model 'closed-form': AttributeError: "),
    ],
)
def test_what_is_no_attribution_is_refused_in_one_line(returned: Any, message: str) -> None:
    method = FunctionMethod("mine", lambda model, z, target: returned(z))
    with pytest.raises(InputError, match=f"method 'mine' {message}") as found:
        method.attribute(closed_form(Linear()), batch(2))
    assert "\n" not in str(found.value)


def test_the_error_of_a_function_is_the_cause_of_the_one_that_is_shown() -> None:
    def broken(model: Model, z: Tensor, target: Tensor) -> Tensor:
        raise KeyError("layer4\nis not there")

    with pytest.raises(InputError, match=r"KeyError: 'layer4\\nis not there'") as found:
        FunctionMethod("broken", broken).attribute(closed_form(Linear()), batch(1))
    assert isinstance(found.value.__cause__, KeyError)


def test_the_first_line_of_its_docstring_is_its_summary() -> None:
    assert FunctionMethod("g", gradient).summary == "The gradient, as anyone would write it"
    assert FunctionMethod("l", lambda model, z, target: z).summary == "a function"
