"""The operations of a net, run one by one, put out what the net does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.trace import Ref, Trace, replace_tensors, traced


class Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, z: Tensor) -> Any:
        return self.function(z)


def again(trace: Trace, z: Tensor) -> Tensor:
    """The operations, for other recordings."""
    made = {0: z}

    def given(one: Tensor | Ref) -> Tensor:
        return made[one.number] if isinstance(one, Ref) else one

    for operation in trace.operations:
        found = operation(replace_tensors(operation.args, given))
        for number, one in zip(operation.outputs, found, strict=True):
            if number is not None:
                made[number] = one
    return made[trace.output]


def drawn(seed: int) -> Tensor:
    return torch.randn(2, 12, 30, generator=torch.Generator().manual_seed(seed))


def split_and_joined(z: Tensor) -> Tensor:
    first, *_, last = z.split(3, dim=1)
    return torch.cat([last, first], dim=1).sum(dim=2)


def in_place(z: Tensor) -> Tensor:
    maps = z + 1
    maps.mul_(2).relu_()
    maps += z
    return torch.nn.functional.gelu(maps, approximate="tanh").mean(dim=2)


@pytest.mark.parametrize(
    "net",
    [
        Function(split_and_joined),
        Function(in_place),
        nn.Sequential(nn.Conv1d(12, 4, 3), nn.BatchNorm1d(4), nn.MaxPool1d(2), nn.Flatten()),
    ],
)
def test_operations_one_by_one_are_the_net(net: nn.Module) -> None:
    net.eval().requires_grad_(False)
    trace = traced(net, drawn(0))
    torch.testing.assert_close(again(trace, drawn(1)), net(drawn(1)))


def test_what_nothing_needs_is_left_out() -> None:
    def wasteful(z: Tensor) -> Tensor:
        z.exp().sum()
        return z.max(dim=2).values

    (only,) = traced(Function(wasteful), drawn(0)).operations
    assert only.name == "max"
    assert only.inputs == (0,)
    assert only.outputs[1] is None
    assert only.named["keepdim"] is False
    assert not only.pointwise


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda z: (z, z), "other than one tensor made of z"),
        (lambda z: torch.zeros(2), "other than one tensor made of z"),
        (lambda z: z if z.sum() > 0 else -z, "decides by what aten._local_scalar_dense"),
        (lambda z: torch.add(z, 1, out=torch.zeros(2, 12, 30)), "a net that calls add"),
    ],
)
def test_what_cannot_be_traced(function: Callable[[Tensor], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        traced(Function(function), drawn(0))
