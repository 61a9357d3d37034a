"""Native attributions of many recordings in one batched pass: logits, W and b together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float32, Int16, Int64
from torch import Tensor

from xai_bench.devices import pick_device, rows_of_a_pass
from xai_bench.errors import InputError
from xai_bench.methods.attribute import check_input
from xai_bench.models import Model
from xai_bench.types import Recordings

__all__ = ["NativePass", "auto_batch_size", "native_attributions"]

_LIVE_BYTES = 16 * 64 * 4
"""Bytes live at once for each lead and sample: float32, the widest layers and their inputs."""

_KINDS = (torch.float32, torch.int64, torch.float32, torch.float32)
"""Of logits, targets, W and b."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NativePass:
    """What a native net computes for each recording, on the CPU.

    The terms W * z are the explanation: (W * z).sum((1, 2)) + b is the log-odds of the target.
    """

    logits: Float32[Tensor, "record output"]
    target: Int64[Tensor, " record"]
    """Class 1 of a binary task; of a multi-label task the predicted class."""
    W: Float32[Tensor, "record lead time"]
    """For two outputs the contrast W1 - W0."""
    b: Float32[Tensor, " record"]


def auto_batch_size(device: torch.device, leads: int, samples: int) -> int:
    """Recordings that fit half of the free device memory, at most 1024; four on a CPU."""
    if device.type != "cuda":
        return rows_of_a_pass(device, "compared")
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, min(1024, free // 2 // (_LIVE_BYTES * leads * samples)))


def native_attributions(
    model: Model,
    recordings: Recordings,
    device: str | torch.device | None = None,
    batch_size: int | Literal["auto"] = "auto",
) -> NativePass:
    """Stream recordings through the device and collect logits, W and b of all of them.

    One forward pass each. On CUDA, copies in (pinned int16, on a stream of their own) overlap with
    the computation on the batch before, and copies out do not wait. Results do not depend on
    `batch_size`, up to float32 rounding.

    device: another than the model's, where a copy of it computes; the model stays where it is.

    Raises InputError for a net that generates no weights, or recordings of another shape.
    """
    if device is not None:
        model = model.on(pick_device(device))
    check_input(model, recordings)
    return _stream_through(model, recordings, batch_size)


@torch.inference_mode()
def _stream_through(
    model: Model, recordings: Recordings, batch_size: int | Literal["auto"]
) -> NativePass:
    count, leads, samples = recordings.microvolt.shape
    if batch_size == "auto":
        batch_size = auto_batch_size(model.device, leads, samples)
    pinned = model.device.type == "cuda"
    results: list[Tensor] = []
    for start, microvolt in _stream(recordings, batch_size, model.device):
        parts = model.native_pass(model.normalise(microvolt.float() / 1000))
        if not results:
            results = [
                torch.empty(count, *part.shape[1:], dtype=kind, pin_memory=pinned)
                for part, kind in zip(parts, _KINDS, strict=True)
            ]
        for result, part in zip(results, parts, strict=True):
            result[start : start + len(part)].copy_(part, non_blocking=True)
    if not results:
        raise InputError(f"dataset '{recordings.name}' has no recordings to explain")
    if pinned:
        torch.cuda.synchronize(model.device)
    logits, target, W, b = results
    return NativePass(logits=logits, target=target, W=W, b=b)


def _stream(
    recordings: Recordings, size: int, device: torch.device
) -> Iterator[tuple[int, Int16[Tensor, "record lead time"]]]:
    """Batches on the device, with the index of their first recording; on CUDA one batch ahead."""
    batches = (
        (start, torch.from_numpy(np.array(recordings.microvolt[start : start + size])))
        for start in range(0, len(recordings), size)
    )
    if device.type != "cuda":
        yield from batches
        return
    copies = torch.cuda.Stream(device)
    compute = torch.cuda.current_stream(device)
    ahead: tuple[int, Tensor, torch.cuda.Event] | None = None
    for start, microvolt in batches:
        with torch.cuda.stream(copies):
            arriving = microvolt.pin_memory().to(device, non_blocking=True)
            arrival = copies.record_event()
        if ahead is not None:
            yield _arrived(compute, *ahead)
        ahead = (start, arriving, arrival)
    if ahead is not None:
        yield _arrived(compute, *ahead)


def _arrived(
    compute: torch.cuda.Stream, start: int, microvolt: Tensor, arrival: torch.cuda.Event
) -> tuple[int, Tensor]:
    compute.wait_event(arrival)
    # The memory was allocated on the copy stream; it must not be reused before compute is done.
    microvolt.record_stream(compute)
    return start, microvolt
