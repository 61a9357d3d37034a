"""Windows across all leads, set to zero one after the other in the order of their attribution."""

from __future__ import annotations

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.base import Case, Scorer, Scores, scored

__all__ = ["RegionPerturbation"]


@final
class RegionPerturbation(Scorer):
    """mean over k of m(z) - m(z with the first k windows at zero) (Samek et al. 2017).

    width: samples of a window, a divisor of those of a lead. windows: how many are taken.
    order: "morf" takes the window of the largest summed attribution first, "lerf" the smallest.
    """

    def __init__(self, *, width: int, windows: int, order: Literal["morf", "lerf"]) -> None:
        self._width, self._windows, self._falling = width, windows, order == "morf"

    def score(self, case: Case) -> Scores:
        block = case.block
        sums = case.attribution.double().sum(dim=1).unflatten(1, (-1, self._width)).sum(dim=2)
        order = sums.argsort(dim=1, descending=self._falling, stable=True)
        place = order.argsort(dim=1).repeat_interleave(self._width, dim=1).unsqueeze(1)

        def versions(first: int, end: int) -> Float[Tensor, "record step lead time"]:
            return torch.stack(
                [block.z.masked_fill(place <= step, 0.0) for step in range(first, end)], dim=1
            )

        steps = min(self._windows, sums.shape[1])
        fall = block.log_odds().unsqueeze(1) - block.versions(steps, versions)
        return scored(fall.mean(dim=1), "the log-odds are not finite")
