"""Native attributions of many recordings in one batched pass: logits, W and b together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float32, Int16, Int64
from torch import Tensor

from xai_bench.devices import float32_policy, pick_device, reusable_bytes, rows_of_a_pass
from xai_bench.errors import InputError
from xai_bench.methods.attribute import check_input
from xai_bench.models import Model
from xai_bench.types import Recordings

__all__ = ["NativePass", "auto_batch_size", "native_attributions"]

_LIVE_BYTES = 16 * 64 * 4
"""Bytes live at once for each lead and sample: float32, the widest layers and their inputs."""

_BUFFERS = 3
"""One that the device fills, one that the host empties, and one that waits."""

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
    free = reusable_bytes(device)
    return max(1, min(1024, free // 2 // (_LIVE_BYTES * leads * samples)))


def native_attributions(
    model: Model,
    recordings: Recordings,
    device: str | torch.device | None = None,
    batch_size: int | Literal["auto"] = "auto",
) -> NativePass:
    """Stream recordings through the device and collect logits, W and b of all of them.

    One forward pass each. On CUDA, copies in (pinned int16, on a stream of their own) overlap with
    the computation on the batch before, and so do copies out. Results do not depend on
    `batch_size`, up to float32 rounding.

    device: another than the model's, where a copy of it computes; the model stays where it is.

    Raises InputError for a net that generates no weights, or recordings of another shape.
    """
    if device is not None:
        model = model.on(pick_device(device))
    check_input(model, recordings)
    return _stream_through(model, recordings, batch_size)


@float32_policy()
@torch.inference_mode()
def _stream_through(
    model: Model, recordings: Recordings, batch_size: int | Literal["auto"]
) -> NativePass:
    count, leads, samples = recordings.microvolt.shape
    if batch_size == "auto":
        batch_size = auto_batch_size(model.device, leads, samples)
    results: list[Tensor] = []
    leaving: _Ring | None = None
    for start, microvolt in _stream(recordings, batch_size, model.device):
        parts = model.native_pass(model.normalise(microvolt.float() / 1000))
        if leaving is None:
            results = [
                torch.empty(count, *part.shape[1:], dtype=kind)
                for part, kind in zip(parts, _KINDS, strict=True)
            ]
            leaving = _Ring(results, batch_size, model.device)
        leaving.put(start, parts)
    if leaving is None:
        raise InputError(f"dataset '{recordings.name}' has no recordings to explain")
    leaving.drain()
    logits, target, W, b = results
    return NativePass(logits=logits, target=target, W=W, b=b)


@final
class _Ring:
    """Copies of batches to the host, each through the next of a few buffers.

    On CUDA the buffers are pinned and a stream of its own copies into them, while the device
    computes; the host moves a batch on when its buffer is needed again. Only the buffers are
    pinned, whatever the number of recordings: pinned memory is taken from all other processes.
    """

    def __init__(self, results: Sequence[Tensor], size: int, device: torch.device) -> None:
        """results: of all recordings, on the host. size: recordings of a batch at most."""
        cuda = device.type == "cuda"
        self._results = results
        self._stream = torch.cuda.Stream(device) if cuda else None
        self._buffers = [
            [torch.empty(size, *one.shape[1:], dtype=one.dtype, pin_memory=cuda) for one in results]
            for _ in range(_BUFFERS)
        ]
        self._leaving: deque[tuple[int, int, torch.cuda.Event | None]] = deque()
        """The first recording of each batch that is in a buffer, their number, and when the copy is
        done."""
        self._next = 0

    def put(self, start: int, parts: Sequence[Tensor]) -> None:
        """Begin to copy a batch whose first recording is `start`."""
        if len(self._leaving) == _BUFFERS:
            self._move_on()
        buffers, rows = self._buffers[self._next], len(parts[0])
        self._next = (self._next + 1) % _BUFFERS
        event = None
        if self._stream is None:
            self._copy(parts, buffers)
        else:
            self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
            with torch.cuda.stream(self._stream):
                self._copy(parts, buffers)
                event = self._stream.record_event()
            for part in parts:  # not to be reused before it is copied
                part.record_stream(self._stream)
        self._leaving.append((start, rows, event))

    def drain(self) -> None:
        """Wait until all batches are among the results."""
        while self._leaving:
            self._move_on()

    @staticmethod
    def _copy(parts: Sequence[Tensor], buffers: Sequence[Tensor]) -> None:
        for part, buffer in zip(parts, buffers, strict=True):
            buffer[: len(part)].copy_(part, non_blocking=True)

    def _move_on(self) -> None:
        buffers = self._buffers[(self._next - len(self._leaving)) % _BUFFERS]
        start, rows, event = self._leaving.popleft()
        if event is not None:
            event.synchronize()
        for result, buffer in zip(self._results, buffers, strict=True):
            result[start : start + rows] = buffer[:rows]


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
