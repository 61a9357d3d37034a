"""The explained scalar of many versions of recordings, as fast as the device allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.models import Model
from xai_bench.nets.fold import folded

__all__ = ["Forward", "Precision"]

Precision = Literal["float32", "bf16"]


@final
class Forward:
    """m(z), a few rows at a time. Log-odds do not depend on `rows`, up to float32 rounding.

    rows: recordings in one pass; found by measurement where it is not given.
    """

    def __init__(
        self, model: Model, *, precision: Precision = "float32", rows: int | None = None
    ) -> None:
        net = folded(model.net)
        self._model = Model(name=model.name, card=model.card, net=net, device=model.device)
        self._precision = precision
        self.rows = rows or 8
        self.block = self.rows

    @torch.inference_mode()
    def __call__(
        self, z: Float[Tensor, "row lead time"], target: Int64[Tensor, " row"]
    ) -> Float[Tensor, " row"]:
        """m of each row, float64."""
        pieces = zip(z.split(self.rows), target.split(self.rows), strict=True)
        return torch.cat([self._one(*piece) for piece in pieces])

    @torch.inference_mode()
    def versions(
        self,
        target: Int64[Tensor, " record"],
        count: int,
        make: Callable[[int, int], Float[Tensor, "record version lead time"]],
    ) -> Float[Tensor, "record count"]:
        """m of `count` versions of each recording, float64; `make(i, k)` makes i to k - 1.

        Only as many versions as fit one pass are in memory at a time.
        """
        step = max(1, self.rows // len(target))
        parts = []
        for first in range(0, count, step):
            made = make(first, min(first + step, count))
            targets = target.repeat_interleave(made.shape[1])
            parts.append(self(made.flatten(0, 1), targets).unflatten(0, made.shape[:2]))
        return torch.cat(parts, dim=1)

    def _one(
        self, z: Float[Tensor, "row lead time"], target: Int64[Tensor, " row"]
    ) -> Float[Tensor, " row"]:
        half = self._precision == "bf16"
        with torch.autocast(z.device.type, torch.bfloat16, enabled=half):
            return self._model.log_odds(z, target).double()
