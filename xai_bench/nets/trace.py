"""What a net does to a recording, operation by operation, as torch runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from xai_bench.errors import InputError

__all__ = ["Operation", "Ref", "Shape", "Trace", "leaves", "replace_tensors", "traced"]

Shape = tuple[int, ...]


@final
@dataclass(frozen=True)
class Ref:
    """Stands for a tensor that depends on the recording, by its number in a trace."""

    number: int


@final
@dataclass(frozen=True, eq=False)
class Operation:
    """One call of a function of torch's core; weights and constants stand in `args` as tensors."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: tuple[int | None, ...]
    """Numbers of the tensors it puts out, in order; None where nothing needs one."""

    @property
    def name(self) -> str:
        """Such as "convolution": that of the function without its variant."""
        name: str = self.function._schema.name
        return name.removeprefix("aten::")

    @property
    def pointwise(self) -> bool:
        """Whether each value that it puts out is a function of one value of each tensor."""
        return torch.Tag.pointwise in self.function.tags or self.name == "_prelu_kernel"

    @property
    def named(self) -> dict[str, Any]:
        """All arguments by name, those that were left out too."""
        arguments = self.function._schema.arguments
        found = {one.name: one.default_value for one in arguments}
        given = zip([one.name for one in arguments], self.args, strict=False)
        return found | dict(given) | self.kwargs

    @property
    def inputs(self) -> tuple[int, ...]:
        return tuple(one.number for one in leaves(self.args) if isinstance(one, Ref))

    def __call__(self, args: tuple[Any, ...]) -> tuple[Tensor, ...]:
        """What the function makes of `args`, in which no Ref is left."""
        found = self.function(*args, **self.kwargs)
        return (found,) if isinstance(found, Tensor) else tuple(found)


@final
@dataclass(frozen=True, eq=False)
class Trace:
    """The operations that lead from the recordings, number 0, to the logits."""

    operations: list[Operation]
    shapes: dict[int, Shape]
    """Of all tensors, by number, recordings first."""
    output: int


@torch.no_grad()
def traced(net: nn.Module, z: Tensor) -> Trace:
    """What `net` does to z, without what its output does not depend on.

    What a net overwrites gets a new number. Raises InputError for a net whose output is not one
    tensor that depends on z, and for operations that write into tensors they are given.
    """
    with _Recorder(z) as recorder:
        output = net(z)
    if not isinstance(output, Tensor) or id(output) not in recorder.numbers:
        raise InputError(f"{type(net).__name__} puts out other than one tensor made of z")
    last = recorder.numbers[id(output)]
    return Trace(_needed(recorder.operations, last), recorder.shapes, last)


def replace_tensors(args: Any, given: Callable[[Any], Any]) -> Any:
    """Arguments of an operation with each tensor and Ref replaced by what `given` returns."""
    if isinstance(args, list | tuple):
        return type(args)(replace_tensors(one, given) for one in args)
    return given(args) if isinstance(args, Tensor | Ref) else args


def leaves(args: Any) -> Iterator[Any]:
    """What is in nested lists and tuples."""
    if isinstance(args, list | tuple):
        for one in args:
            yield from leaves(one)
    else:
        yield args


def _needed(operations: list[Operation], last: int) -> list[Operation]:
    wanted, kept = {last}, []
    for one in reversed(operations):
        outputs = tuple(number if number in wanted else None for number in one.outputs)
        if any(number is not None for number in outputs):
            wanted.update(one.inputs)
            kept.append(replace(one, outputs=outputs))
    return kept[::-1]


@final
class _Recorder(TorchDispatchMode):
    def __init__(self, z: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Operation] = []
        self.numbers = {id(z): 0}
        self.shapes = {0: tuple(z.shape)}
        self._held = [z]  # so that no id is used again

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        given, named = replace_tensors(args, self._ref), dict(kwargs or {})
        if any(id(one) in self.numbers for one in named.values()):
            raise InputError(f"{func} of what depends on the recording, by keyword")
        if any(isinstance(one, Ref) for one in leaves(given)):
            function = _out_of_place(func)
            outputs = tuple(self._number(one) for one in leaves(result))
            if all(number is None for number in outputs):
                raise InputError(f"a net that decides by what {func} reads out of a tensor")
            self.operations.append(Operation(function, given, named, outputs))
        return result

    def _ref(self, one: Tensor) -> Tensor | Ref:
        return Ref(self.numbers[id(one)]) if id(one) in self.numbers else one

    def _number(self, one: Any) -> int | None:
        if not isinstance(one, Tensor):
            return None
        number = len(self.shapes)
        self.numbers[id(one)], self.shapes[number] = number, tuple(one.shape)
        self._held.append(one)
        return number


def _out_of_place(func: Any) -> Any:
    """relu for relu_."""
    if not func._schema.is_mutable:
        return func
    name = func._schema.name.removeprefix("aten::")
    plain = getattr(torch.ops.aten, name.removesuffix("_"), None)
    overload = getattr(plain, func._overloadname, None) if name.endswith("_") else None
    if overload is None:
        raise InputError(f"a net that calls {name}")
    return overload
