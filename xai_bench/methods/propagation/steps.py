"""One operation of a net on tensors that depend on its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, final

import torch
from torch import Tensor

__all__ = ["Call", "Kind", "Operation", "Step", "UnknownOperationError", "name_of", "replaced"]
__all__ += ["tensors_in"]

Operation = Callable[..., Any]
"""A function of torch, such as `torch.conv1d` or `Tensor.add`."""


class UnknownOperationError(LookupError):
    """A net does something to its input that is not known; the message names it."""


class Kind(Enum):
    """What an operation does to the tensors that depend on the input of the net."""

    LAYER = "constant weights times one of them, plus a constant bias"
    NORM = "a batch norm with constant statistics"
    SUM = "a sum or difference of them, or of one and a constant"
    MEAN = "weighted sums of neighbours, with constant weights: means, sums, interpolations"
    ROUTE = "puts values elsewhere, drops or repeats them"
    PLACED = "puts values elsewhere, and constants beside them"
    SCALED = "a constant factor for each value"
    RELU = "the larger of each value and 0"
    MAXIMUM = "the largest of several values"
    CURVE = "another function of each value by itself"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """An operation and what it is called with.

    args, kwargs: leaves in the place of tensors that depend on the input of the net.
    leaves: those, each once.
    """

    operation: Operation
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    leaves: tuple[Tensor, ...]

    @property
    def name(self) -> str:
        return name_of(self.operation)

    def operand(self, place: int, *names: str, default: Any = None) -> Any:
        """An argument by its place, or by the names that it may have."""
        if place < len(self.args):
            return self.args[place]
        return next((self.kwargs[name] for name in names if name in self.kwargs), default)

    @property
    def uses(self) -> int:
        """How many arguments depend on the input of the net."""
        known = {id(leaf) for leaf in self.leaves}
        return sum(id(one) in known for one in tensors_in([self.args, self.kwargs]))

    def at(self, *values: Tensor) -> Any:
        """What the operation puts out for other values of the leaves."""
        instead = {id(leaf): value for leaf, value in zip(self.leaves, values, strict=True)}
        return self.operation(*replaced(self.args, instead), **replaced(self.kwargs, instead))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step(Call):
    """A call whose output depends on the input of the net.

    inputs: the tensors that the leaves stand for, cut off from what made them.
    output: differentiable in the leaves alone.
    """

    kind: Kind
    inputs: tuple[Tensor, ...]
    output: Tensor

    def gradients(self, of_output: Tensor) -> tuple[Tensor, ...]:
        """Gradients with respect to the leaves, given those with respect to the output."""
        return torch.autograd.grad(
            self.output, self.leaves, of_output, retain_graph=True, materialize_grads=True
        )


def name_of(operation: Operation) -> str:
    """As a user wrote it, or nearly so."""
    return str(getattr(operation, "__name__", operation)).strip("_")


def tensors_in(value: Any) -> list[Tensor]:
    """All that a value holds."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [tensor for each in value for tensor in tensors_in(each)]


def replaced(value: Any, instead: Mapping[int, Tensor]) -> Any:
    """A value with other tensors in the place of those whose ids are given."""
    if isinstance(value, Tensor):
        return instead.get(id(value), value)
    if isinstance(value, dict):
        return {name: replaced(each, instead) for name, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, instead) for each in value]
    if isinstance(value, tuple):  # named ones too, which functions take as well without names
        return tuple(replaced(each, instead) for each in value)
    return value
