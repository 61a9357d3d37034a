"""Samples go in the order of a method's attribution: how does the model's answer change?

What is out is zero, the lead's mean, unless a metric has another baseline or imputes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Removal, Scorer, Scores, scored
from xai_bench.scoring.engine.parts import SAMPLES, check_size, edges
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks
from xai_bench.scoring.metrics.faithfulness.removal_curve import (
    area_under,
    at_shares,
    whole_curve,
)

__all__ = ["Comprehensiveness", "Deletion", "Insertion", "InsertionLogOdds", "PixelFlipping"]
__all__ += ["PixelFlippingQuantus", "Road", "Sufficiency", "imputed"]


@final
@dataclass(frozen=True, kw_only=True)
class Comprehensiveness(Removal):
    """mean over shares q of m(z) - m(z with the q samples of the largest a at zero) (DeYoung et al.
    2020)."""

    percent: Sequence[int]
    """The shares."""

    def removal_scores(self, case: Case) -> Scores:
        left = at_shares(case, self.percent, inserted=False, baseline=self.baseline)
        return scored(case.block.log_odds() - left.mean(dim=1))


@final
@dataclass(frozen=True, kw_only=True)
class Sufficiency(Removal):
    """mean over shares q of m(z) - m(all at zero but the q samples of the largest a) (DeYoung et
    al. 2020)."""

    percent: Sequence[int]
    """The shares."""

    def removal_scores(self, case: Case) -> Scores:
        left = at_shares(case, self.percent, inserted=True, baseline=self.baseline)
        return scored(case.block.log_odds() - left.mean(dim=1))


@final
@dataclass(frozen=True, kw_only=True)
class Road(Scorer):
    """mean over shares q of m(z) - m(z with the q samples of the largest a imputed from their
    neighbours), so that a hole does not show where it was: remove and debias (Rong et al. 2022)."""

    percent: Sequence[int]
    """The shares."""
    noise: float
    """Standard deviation of the normal noise on imputed samples, in that of a lead."""

    def score(self, case: Case) -> Scores:
        block, ranks = case.block, falling_ranks(case)
        counts = [block.z[0].numel() * share // 100 for share in self.percent]
        normal = block.memo("Road", lambda: block.normal("Road", block.z.shape[1:]))

        def left(k: int) -> Float[Tensor, "record lead time"]:
            largest = ranks < counts[k]
            return imputed(block.z, largest) + self.noise * normal * largest

        return scored(block.log_odds() - block.versions(len(counts), left).mean(dim=1))


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


@dataclass(frozen=True, kw_only=True)
class _OfCurve(Removal):
    """Read off the log-odds between shares of the samples, 0 and 1 included."""

    percent: Sequence[int]
    """The shares between."""
    offset: float
    """Between them the log-odds are a cubic in the logarithm of the share and this."""

    def area(self, case: Case, *, inserted: bool, probability: bool) -> Scores:
        x, log_odds = whole_curve(case, self.percent, inserted=inserted, baseline=self.baseline)
        return scored(area_under(x, log_odds, offset=self.offset, probability=probability))


@final
class Deletion(_OfCurve):
    """Area under the probability while the samples of the largest a go first (Petsiuk et al. 2018).

    The abscissa is the share of samples that are gone.
    """

    def removal_scores(self, case: Case) -> Scores:
        return self.area(case, inserted=False, probability=True)


@final
class Insertion(_OfCurve):
    """Area under the probability while the samples of the largest a come first (Petsiuk et al.
    2018).

    The abscissa is the share of samples that are there.
    """

    def removal_scores(self, case: Case) -> Scores:
        return self.area(case, inserted=True, probability=True)


@final
class InsertionLogOdds(_OfCurve):
    """Area under the log-odds while the samples of the largest a come first: `Insertion` on the
    scale of `PixelFlipping`."""

    def removal_scores(self, case: Case) -> Scores:
        return self.area(case, inserted=True, probability=False)


@final
class PixelFlipping(_OfCurve):
    """Area under the log-odds while the samples of the largest a go first (Bach et al. 2015)."""

    def removal_scores(self, case: Case) -> Scores:
        return self.area(case, inserted=False, probability=False)


@final
@dataclass(frozen=True, kw_only=True)
class PixelFlippingQuantus(Removal):
    """mean over k >= 1 of m(z with the k * size samples of the largest a at zero), as Quantus 0.6
    steps."""

    size: int
    """Samples of a step, see `parts`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size("size", self.size)

    def removal_scores(self, case: Case) -> Scores:
        block, ranks = case.block, falling_ranks(case)
        counts = edges(SAMPLES // self.size, block.z[0].numel())[1:-1]
        inner = block.versions(
            len(counts), lambda k: block.without(ranks < counts[k], self.baseline)
        )
        nothing = block.log_odds_of_baseline(self.baseline)
        return scored((inner.sum(dim=1) + nothing) / (len(counts) + 1))
