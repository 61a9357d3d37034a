"""Samples of positive attribution become noise: a fall of the score over how many were needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks

__all__ = ["NoiseReplacementArea", "NoiseReplacementF"]

_UNDEFINED = "no attribution is positive, or the probability of the explained class is 0"


@final
@dataclass(frozen=True, kw_only=True)
class NoiseReplacementArea(Scorer):
    """AUCSE_top: area under (p(z) - p(z with the top at noise)) / p(z) (Turbe et al. 2023).

    The top are shares of the samples of positive attribution, the largest first; the abscissa is
    what part of all samples they are. The curve begins at (0, 0) and keeps its last value up to 1.
    Noise is standard normal, what a lead's samples are on average.
    """

    percent: Sequence[int]
    """The shares."""

    def score(self, case: Case) -> Scores:
        return scored(_area(case, "top", self.percent), _UNDEFINED)


@final
@dataclass(frozen=True, kw_only=True)
class NoiseReplacementF(Scorer):
    """F = A_top (1 - A_bot) / (A_top + 1 - A_bot) (Turbe et al. 2023).

    A_top as NoiseReplacementArea, at least 0; A_bot likewise with the smallest positive
    attributions first.
    """

    percent: Sequence[int]
    """The shares."""

    def score(self, case: Case) -> Scores:
        # Below 0 the sign of the denominator would decide, and the worst could score as the best.
        top = _area(case, "top", self.percent).clamp_min(0)
        rest = 1 - _area(case, "bottom", self.percent)
        return scored(top * rest / (top + rest), _UNDEFINED)


def _area(
    case: Case, end: Literal["top", "bottom"], percent: Sequence[int]
) -> Float[Tensor, " record"]:
    """Area under the relative fall of the probability, by trapezoids, over [0, 1]."""

    def make() -> Float[Tensor, " record"]:
        block, ranks = case.block, falling_ranks(case)
        positive = (case.attribution > 0).sum(dim=(1, 2))
        noise = block.memo("Turbe", lambda: block.normal("Turbe", block.z.shape[1:]))
        # At least one sample, where any attribution is positive.
        counts = [(positive * share + 99) // 100 for share in percent]

        def replaced(k: int) -> Float[Tensor, "record lead time"]:
            low = 0 * positive if end == "top" else positive - counts[k]
            high = low + counts[k]
            chosen = (ranks >= low[:, None, None]) & (ranks < high[:, None, None])
            return torch.where(chosen, noise, block.z)

        start = block.log_odds().sigmoid().unsqueeze(1)
        fall = 1 - block.versions(len(counts), replaced).sigmoid() / start
        share = torch.stack(counts, dim=1).double() / block.z[0].numel()
        x = torch.cat([torch.zeros_like(start), share, torch.ones_like(start)], dim=1)
        y = torch.cat([torch.zeros_like(start), fall, fall[:, -1:]], dim=1)
        return torch.trapezoid(y, x, dim=1).masked_fill(positive == 0, torch.nan)

    return case.memo(("fall under noise", end, tuple(percent)), make)
