"""What a net does to recordings, operation by operation, each with a gradient of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

__all__ = ["Operation", "Step", "UnknownOperationError", "record"]

Operation = Callable[..., Any]
"""A function of torch, such as `torch.conv1d` or `Tensor.add`."""


class UnknownOperationError(LookupError):
    """A net does something to its input that is not known; the message names it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One operation on tensors that descend from the input of the net.

    inputs: those tensors, each once.
    leaves: their values, cut off from what made them; `output` is differentiable in these alone.
    args, kwargs: what the operation was called with, leaves in the place of inputs.
    """

    operation: Operation
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inputs: tuple[Tensor, ...]
    leaves: tuple[Tensor, ...]
    output: Tensor


def record(net: nn.Module, z: Tensor, known: Collection[Operation]) -> tuple[Tensor, list[Step]]:
    """The output of `net` for z, and the steps that led there, in order.

    known: operations that put out one tensor. Raises UnknownOperationError for any other, and for
    one that overwrites its input.
    What only looks at shapes, or works on nothing but weights, is no step.
    """
    tape = _Tape(z, known)
    with torch.enable_grad(), tape:
        output: Tensor = net(z)
    return output, tape.steps


@final
class _Tape(TorchFunctionMode):
    """Sees every call of a function of torch, also those inside of layers."""

    def __init__(self, z: Tensor, known: Collection[Operation]) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._known = known
        self._seen = {id(z)}  # the steps hold on to the tensors, so that no id is used again

    def __torch_function__(
        self,
        func: Operation,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        inputs = {id(one): one for one in _tensors([args, kwargs]) if id(one) in self._seen}
        if func not in self._known or kwargs.get("inplace"):
            output = func(*args, **kwargs)
            if inputs and _tensors(output):
                raise UnknownOperationError(f"the operation {func.__name__}")
            return output
        leaves = {key: one.detach().requires_grad_() for key, one in inputs.items()}
        args, kwargs = _replaced(args, leaves), _replaced(kwargs, leaves)
        output = func(*args, **kwargs)
        if inputs:
            step = Step(
                operation=func,
                args=args,
                kwargs=kwargs,
                inputs=tuple(inputs.values()),
                leaves=tuple(leaves.values()),
                output=output,
            )
            self.steps.append(step)
            self._seen.add(id(output))
        return output


def _tensors(value: Any) -> list[Tensor]:
    """All that a value holds."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return []
    return [tensor for each in value for tensor in _tensors(each)]


def _replaced(value: Any, leaves: Mapping[int, Tensor]) -> Any:
    """A value with leaves in the place of the tensors that they stand for."""
    if isinstance(value, Tensor):
        return leaves.get(id(value), value)
    if isinstance(value, Mapping):
        return {name: _replaced(each, leaves) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replaced(each, leaves) for each in value)
    return value
