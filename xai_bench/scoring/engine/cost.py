"""What one explanation costs: seconds, passes through the net, memory."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from xai_bench.devices import peak_bytes
from xai_bench.nets.base import Net

__all__ = ["Cost", "Passes", "counted", "measure", "wait"]

_CLEAR_REFS, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(slots=True)
class Passes:
    """Recordings that went forward and backward through a net."""

    forward: int = 0
    backward: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one explanation of one recording."""

    seconds: float
    forward: int
    backward: int
    peak_bytes: int | None
    """Memory above what was in use before; None where it cannot be measured."""


@contextmanager
def counted(net: nn.Module) -> Iterator[Passes]:
    """Count the passes through `net`, one for each recording of each batch.

    Forward passes of a net of ours are counted at the first layer, which a native net enters by
    `generate` too; those of others' nets, whose layers may be called twice or read time first, at
    the net, and at its first layer only where a pass never calls the net. Backward passes are
    counted at the logits, because some stop before they reach the first layer.
    """
    passes = Passes()
    layers = (m for m in net.modules() if next(m.parameters(recurse=False), None) is not None)
    first = next(layers, net)
    entered = {id(net): 0, id(first): 0}

    def enter(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        entered[id(module)] += len(inputs[0]) if inputs else 0
        whole = 0 if isinstance(net, Net) else entered[id(net)]
        passes.forward = whole or entered[id(first)]

    def leave(module: nn.Module, inputs: tuple[Tensor, ...], logits: Tensor) -> None:
        if logits.requires_grad:
            logits.register_hook(turn)

    def turn(gradient: Tensor) -> None:
        passes.backward += len(gradient)

    counted_at = {id(one): one for one in (net, first)}.values()
    hooks = [one.register_forward_hook(enter) for one in counted_at]
    hooks.append(net.register_forward_hook(leave))
    try:
        yield passes
    finally:
        for hook in hooks:
            hook.remove()


def measure(explain: Callable[[], Tensor], net: nn.Module, device: torch.device) -> Cost:
    """Run `explain` twice: for the time, then for passes and memory, whose counting takes time.

    It should have been called before in this process (warm-up).
    """
    wait(device)
    start = time.perf_counter()
    explain()
    wait(device)
    seconds = time.perf_counter() - start
    with counted(net) as passes:
        peak = peak_bytes(device, explain) if device.type == "cuda" else _peak_resident(explain)
    return Cost(seconds=seconds, forward=passes.forward, backward=passes.backward, peak_bytes=peak)


def wait(device: torch.device) -> None:
    """Until all that was asked of a CUDA device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _peak_resident(explain: Callable[[], Tensor]) -> int | None:
    before = _reset_peak()
    explain()
    peak = _resident("VmHWM")
    return None if before is None or peak is None else max(0, peak - before)


def _reset_peak() -> int | None:
    """Reset Linux's high-water mark of this process; return what is resident now, in bytes.

    Free memory that glibc keeps for itself is given back first, or it would hide what is needed.
    """
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        _CLEAR_REFS.write_text("5")
    except (OSError, AttributeError):
        return None
    return _resident("VmRSS")


def _resident(field: str) -> int | None:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(v.split()[1]) * 1024 for v in lines if v.startswith(f"{field}:")), None)
