"""Remove and debias: samples taken out are imputed from their neighbours, so that a hole does not
show where it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.draws import normal_values
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks

__all__ = ["Road", "imputed"]


@final
class Road(Scorer):
    """mean over shares q of m(z) - m(z with the q samples of the largest a imputed) (Rong et al.
    2022).

    percent: the shares. noise: standard deviation of the normal noise on imputed samples, in that
    of a lead.
    """

    def __init__(self, *, percent: Sequence[int], noise: float) -> None:
        self._percent, self._noise = percent, noise

    def score(self, case: Case) -> Scores:
        block, ranks = case.block, falling_ranks(case)
        noise = self._noise * normal_values(block, "Road")
        counts = [block.z[0].numel() * share // 100 for share in self._percent]

        def versions(first: int, end: int) -> Float[Tensor, "record share lead time"]:
            gone = torch.stack([ranks < n for n in counts[first:end]], dim=1)
            z = block.z.unsqueeze(1).expand(gone.shape)
            return imputed(z, gone) + noise.unsqueeze(1) * gone

        fall = block.log_odds() - block.versions(len(counts), versions).mean(dim=1)
        return scored(fall, "the log-odds are not finite")


def imputed(
    z: Float[Tensor, "*rows time"], gone: Bool[Tensor, "*rows time"]
) -> Float[Tensor, "*rows time"]:
    """z with each sample that is gone the mean of its two neighbours in the lead, gone or not.

    The solution of that system is linear between the samples that are left, and constant beyond
    the first and the last. A lead of which nothing is left is zero, its mean.
    """
    length = z.shape[-1]
    time = torch.arange(length, device=z.device).expand(z.shape)
    before = time.masked_fill(gone, -1).cummax(dim=-1).values
    after = time.masked_fill(gone, length).flip(-1).cummin(dim=-1).values.flip(-1)
    left, right = before.where(before >= 0, after), after.where(after < length, before)
    weight = (time - left).to(z.dtype) / (right - left).clamp_min(1)
    at_left, at_right = (z.gather(-1, i.clamp(0, length - 1)) for i in (left, right))
    filled = at_left + weight * (at_right - at_left)
    return torch.where(gone, filled.masked_fill(gone.all(dim=-1, keepdim=True), 0.0), z)
