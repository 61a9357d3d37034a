"""Samples go in the order of a method's attribution: how does the model's answer change?

What is out is zero, the lead's mean, unless a metric imputes it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.parts import SAMPLES, check_size, edges
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks

__all__ = ["Comprehensiveness", "Deletion", "Insertion", "PixelFlipping", "Road", "Sufficiency"]
__all__ += ["imputed"]

Signals = Float[Tensor, "record lead time"]
Mask = Bool[Tensor, "record lead time"]


@dataclass(frozen=True, kw_only=True)
class _OfShares(Scorer):
    """mean over shares q of m(z) - m(what is left of z)."""

    percent: Sequence[int]
    """The shares."""

    def score(self, case: Case) -> Scores:
        block, ranks = case.block, falling_ranks(case)
        counts = [block.z[0].numel() * share // 100 for share in self.percent]
        left = block.versions(len(counts), lambda k: self.left(case, ranks < counts[k]))
        return scored(block.log_odds() - left.mean(dim=1))

    @abstractmethod
    def left(self, case: Case, largest: Mask) -> Signals:
        """What is left of z, given where a is among the q largest."""


@final
class Comprehensiveness(_OfShares):
    """The q samples of the largest a are at zero (DeYoung et al. 2020)."""

    def left(self, case: Case, largest: Mask) -> Signals:
        return case.block.z.masked_fill(largest, 0.0)


@final
class Sufficiency(_OfShares):
    """All is at zero but the q samples of the largest a (DeYoung et al. 2020)."""

    def left(self, case: Case, largest: Mask) -> Signals:
        return case.block.z.masked_fill(~largest, 0.0)


@final
@dataclass(frozen=True, kw_only=True)
class Road(_OfShares):
    """The q samples of the largest a are imputed from their neighbours, so that a hole does not
    show where it was: remove and debias (Rong et al. 2022)."""

    noise: float
    """Standard deviation of the normal noise on imputed samples, in that of a lead."""

    def left(self, case: Case, largest: Mask) -> Signals:
        block = case.block
        normal = block.memo("Road", lambda: block.normal("Road", block.z.shape[1:]))
        return imputed(block.z, largest) + self.noise * normal * largest


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
class _OfCurve(Scorer):
    """Read off the log-odds after k * size samples, k = 0 to all."""

    size: int
    """Samples of a step, see `parts`."""

    def __post_init__(self) -> None:
        check_size("size", self.size)


@final
class PixelFlipping(_OfCurve):
    """mean over k >= 1 of m(z with the k * size samples of the largest a at zero) (Bach et al.
    2015)."""

    def score(self, case: Case) -> Scores:
        return scored(_curve(case, self.size)[:, 1:].mean(dim=1))


@final
class Deletion(_OfCurve):
    """Area under the probability while the samples of the largest a go first (Petsiuk et al. 2018).

    The abscissa is the share of samples that are gone, 0 and 1 included.
    """

    def score(self, case: Case) -> Scores:
        return scored(_area(_curve(case, self.size)))


@final
class Insertion(_OfCurve):
    """Area under the probability while the samples of the largest a come first (Petsiuk et al.
    2018).

    The abscissa is the share of samples that are there, 0 and 1 included.
    """

    def score(self, case: Case) -> Scores:
        return scored(_area(_curve(case, self.size, inserted=True)))


def _curve(case: Case, size: int, *, inserted: bool = False) -> Float[Tensor, "record step"]:
    """m(z with k steps of `size` samples of the largest a out), k = 0 to all.

    inserted: m(all out but them). All methods share both ends, metrics of one method the rest.
    """

    def make() -> Float[Tensor, "record step"]:
        block, ranks = case.block, falling_ranks(case)
        counts = edges(SAMPLES // size, block.z[0].numel())[1:-1]

        def left(k: int) -> Signals:
            largest = ranks < counts[k]
            return block.z.masked_fill(~largest if inserted else largest, 0.0)

        inner = block.versions(len(counts), left)
        whole, nothing = block.log_odds().unsqueeze(1), block.log_odds_of_zero().unsqueeze(1)
        first, last = (nothing, whole) if inserted else (whole, nothing)
        return torch.cat([first, inner, last], dim=1)

    return case.memo(("curve", size, inserted), make)


def _area(log_odds: Float[Tensor, "record step"]) -> Float[Tensor, " record"]:
    """Area under the probability, by trapezoids, over [0, 1]."""
    return torch.trapezoid(log_odds.sigmoid(), dx=1 / (log_odds.shape[1] - 1), dim=1)
