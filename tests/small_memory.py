"""An allocator that raises, as that of a device whose memory is short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from xai_bench.models import Model

__all__ = ["room_for"]


@contextmanager
def room_for(rows: int, model: Model, error: Exception | None = None) -> Iterator[list[int]]:
    """The allocator raises for a pass of more rows through a net; yields the sizes that failed."""
    failed: list[int] = []

    def allocate(module: nn.Module, given: tuple[Any, ...]) -> None:
        if isinstance(module, type(model.net)) and len(given[0]) > rows:
            failed.append(len(given[0]))
            raise error or torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    hook = nn.modules.module.register_module_forward_pre_hook(allocate)
    try:
        yield failed
    finally:
        hook.remove()
