"""The explained scalar of many versions of recordings, as fast as the device allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.devices import (
    Precision,
    ShortMemory,
    float32_policy,
    peak_bytes,
    reusable_bytes,
    rows_by_memory,
)
from xai_bench.generators import normal, seed_tensor
from xai_bench.memo import Memo
from xai_bench.models import Model
from xai_bench.nets.frozen import fastest, is_convolution
from xai_bench.nets.layers import last_input
from xai_bench.nets.local import LocalForward
from xai_bench.scoring.engine.cost import wait

__all__ = ["Forward"]

_CPU_ROWS = 8
"""Fixed, so that scores are the same to the last bit each time. Beyond the caches more rows are
slower: 32 of ECG-IMN take longer than 32 times one."""

_ROUNDS = 2
"""Measurements of each number of rows, of which the faster counts: the first warms up."""

_GAIN = 0.95
"""More rows in one pass must save a twentieth of the time: they take memory."""


@final
class Forward:
    """m(z) by the fastest form of the net, a few rows at a time; `memo` is that of a whole run.

    Log-odds do not depend on `rows`, up to float32 rounding.

    rows: recordings in one pass; if not given, 8 on a CPU, and found by measurement, under a memory
        budget, on CUDA. Where a device has no memory for them after all they are halved.
    block: recordings that are scored together.
    """

    def __init__(
        self,
        model: Model,
        *,
        precision: Precision = "float32",
        rows: int | None = None,
        block: int | None = None,
    ) -> None:
        self.precision = precision
        self._source, self.memo = model, Memo()
        noise = normal(seed_tensor((0, 1), model.device), model.shape)
        self.memory = ShortMemory(f"scoring with '{model.name}'", model.device)
        with float32_policy(precision):
            every = slice(0, len(noise))
            *_, (_, net) = self.memory.do(every, lambda some: fastest(model.net, noise[some]))
            self._model = model.with_net(net)
            self._rows = rows or (self._fastest() if model.device.type == "cuda" else _CPU_ROWS)
        # Few on a CPU: their versions fill a pass, and progress is shown block by block.
        self.block = block or min(self.rows, 64 if model.device.type == "cuda" else 2)

    @property
    def rows(self) -> int:
        """Recordings in one pass: as many as at first, or what short memory left of them."""
        return self.memory.rows(self._rows)

    @property
    def explains(self) -> Model:
        """What explains changed recordings: the frozen net, unless its cam_layer was folded into.

        A convolution that a batch norm was folded into puts out what the norm did.
        """
        layer = self._model.cam_layer
        return self._source if is_convolution(layer) else self._model

    def local(self, shape: tuple[int, int]) -> LocalForward | None:
        """Recomputes only what changed windows change; None where that cannot be done."""
        return None if self.precision == "bf16" else self._source.local(shape)

    @torch.inference_mode()
    def __call__(
        self, z: Float[Tensor, "row lead time"], target: Int64[Tensor, " row"]
    ) -> Float[Tensor, " row"]:
        """m of each row, float64."""
        passes = zip(z.split(self.rows), target.split(self.rows), strict=True)
        return torch.cat([self._one(*rows) for rows in passes])

    @torch.inference_mode()
    def versions(
        self,
        target: Int64[Tensor, " record"],
        count: int,
        make: Callable[[int], Float[Tensor, "record lead time"]],
    ) -> Float[Tensor, "record count"]:
        """m of `count` versions of each recording, float64; `make(k)` makes version k.

        Only as many versions as fit one pass are in memory at a time.
        """
        step = max(1, self.rows // len(target))
        parts = []
        for first in range(0, count, step):
            made = torch.stack([make(k) for k in range(first, min(first + step, count))], dim=1)
            targets = target.repeat_interleave(made.shape[1])
            parts.append(self(made.flatten(0, 1), targets).unflatten(0, made.shape[:2]))
        return torch.cat(parts, dim=1)

    @torch.inference_mode()
    def representation(self, z: Float[Tensor, "row lead time"]) -> Float[Tensor, "row feature"]:
        """What the last layer of the net reads, float64."""
        with self._autocast():
            parts = [last_input(self._model.net, rows).double() for rows in z.split(self.rows)]
        return torch.cat(parts)

    def _one(
        self, z: Float[Tensor, "row lead time"], target: Int64[Tensor, " row"]
    ) -> Float[Tensor, " row"]:
        with self._autocast():
            return self._model.log_odds(z, target).double()

    def _autocast(self) -> torch.autocast:
        half = self.precision == "bf16"
        return torch.autocast(self._model.device.type, torch.bfloat16, enabled=half)

    @torch.inference_mode()
    def _fastest(self) -> int:
        """The number of rows that takes the least time for each of them."""
        candidates = self._candidates()
        rounds = [[self._seconds(rows) / rows for rows in candidates] for _ in range(_ROUNDS)]
        best, least = candidates[0], float("inf")
        for rows, each in zip(candidates, map(min, *rounds), strict=True):
            if each < _GAIN * least:
                best, least = rows, each
        return best

    def _candidates(self) -> tuple[int, ...]:
        device = self._model.device
        return rows_by_memory(
            f"passes through '{self._model.name}'",
            lambda rows: peak_bytes(device, lambda: self._seconds(rows)),
            lambda: reusable_bytes(device),
        )

    def _seconds(self, rows: int) -> float:
        """What one pass of so many rows takes."""
        device = self._model.device
        z = torch.zeros(rows, *self._model.shape, device=device)
        target = torch.ones(rows, dtype=torch.int64, device=device)
        wait(device)
        start = time.perf_counter()
        self._one(z, target)
        wait(device)
        return time.perf_counter() - start
