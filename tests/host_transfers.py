"""Counts what makes a host wait for a device, as far as a CPU can tell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_READS = {
    *(Tensor.cpu, Tensor.item, Tensor.numpy, Tensor.tolist, Tensor.__array__),
    *(Tensor.__bool__, Tensor.__float__, Tensor.__int__, Tensor.__index__, Tensor.__contains__),
    torch.equal,
    Tensor.equal,
}
"""Calls that bring values of a tensor to the host."""

_SHAPED_BY_VALUES = {
    "aten::_local_scalar_dense",
    "aten::nonzero",
    "aten::masked_select",
    "aten::unique_consecutive",
    "aten::unique_dim",
    "aten::_unique2",
    "aten::repeat_interleave.Tensor",
    "aten::bincount",
}
"""Operations whose result has a size, or a value in Python, that only the device knows."""


@contextmanager
def host_transfers() -> Iterator[list[str]]:
    """A list of what waited for values in the block: the call, and the line of ours that made it.

    A call that is made of others counts once.
    """
    found: list[str] = []
    there: dict[int, Tensor] = {}
    """What was brought to the host already."""
    inside = False

    def waits(call: str) -> None:
        if not inside:
            found.append(f"{call} at {_place()}")

    class Calls(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            nonlocal inside
            # A device that is asked for by its object is the model's, wherever that is.
            to_cpu = function is Tensor.to and "cpu" in [
                one for one in (*args[1:], *(kwargs or {}).values()) if isinstance(one, str)
            ]
            # What is put on a device in this way is there before the next line runs.
            sent = function is torch.tensor and "device" in (kwargs or {})
            if function not in _READS and not to_cpu and not sent:
                return function(*args, **(kwargs or {}))
            if id(args[0]) not in there:
                waits(function.__name__)
            before, inside = inside, True
            try:
                brought = function(*args, **(kwargs or {}))
            finally:
                inside = before
            if isinstance(brought, Tensor):
                there[id(brought)] = brought
            return brought

    class Operations(TorchDispatchMode):
        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = function._schema.name
            masks = name in ("aten::index", "aten::index_put", "aten::index_put_") and any(
                one is not None and one.dtype in (torch.bool, torch.uint8) for one in args[1]
            )
            whole = f"{name}.{function._schema.overload_name}"
            if masks or not _SHAPED_BY_VALUES.isdisjoint((name, whole)):
                waits(name)
            return function(*args, **(kwargs or {}))

    with Calls(), Operations():  # type: ignore[no-untyped-call]
        yield found


def _place() -> str:
    """The innermost line of the package that is running."""
    frame = sys._getframe()
    while frame.f_back is not None and "/xai_bench/" not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{frame.f_code.co_filename.rpartition('/xai_bench/')[2]}:{frame.f_lineno}"
