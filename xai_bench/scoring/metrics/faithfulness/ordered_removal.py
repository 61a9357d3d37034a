"""Samples taken in the order of their attribution, a group at a time."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.metrics.faithfulness.curves import deletion_curve, insertion_curve
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_order, falling_ranks
from xai_bench.stats.correlation import pearson

__all__ = ["Deletion", "FaithfulnessEstimate", "Insertion", "PixelFlipping"]


@final
class FaithfulnessEstimate(Scorer):
    """corr over groups G of (sum of a over G, m(z) - m(z with G at zero)) (Alvarez-Melis & Jaakkola
    2018); the groups are neighbours in the order of falling attribution.

    size: samples in a group, a divisor of those of a recording.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size

    def score(self, case: Case) -> Scores:
        block = case.block
        group = falling_ranks(case) // self._size
        count = block.z[0].numel() // self._size

        def versions(first: int, end: int) -> Float[Tensor, "record group lead time"]:
            return torch.stack(
                [block.z.masked_fill(group == one, 0.0) for one in range(first, end)], dim=1
            )

        fall = block.log_odds().unsqueeze(1) - block.versions(count, versions)
        ordered = case.attribution.flatten(1).double().gather(1, falling_order(case))
        sums = ordered.unflatten(1, (count, self._size)).sum(dim=2)
        return scored(pearson(sums, fall), "all groups have the same attribution or effect")


@final
class PixelFlipping(Scorer):
    """mean over k >= 1 of m(z with the k * size samples of the largest a at zero) (Bach et al.
    2015).

    size: samples of a step, a divisor of those of a recording.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size

    def score(self, case: Case) -> Scores:
        curve = deletion_curve(case, self._size)
        return scored(curve[:, 1:].mean(dim=1), "the log-odds are not finite")


@final
class Deletion(Scorer):
    """Area under the probability while the samples of the largest a go first (Petsiuk et al. 2018).

    The abscissa is the share of samples that are gone, 0 and 1 included. size: as PixelFlipping.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size

    def score(self, case: Case) -> Scores:
        return scored(_area(deletion_curve(case, self._size)), "the log-odds are not finite")


@final
class Insertion(Scorer):
    """Area under the probability while the samples of the largest a come first (Petsiuk et al.
    2018).

    The abscissa is the share of samples that are there, 0 and 1 included. size: as PixelFlipping.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size

    def score(self, case: Case) -> Scores:
        return scored(_area(insertion_curve(case, self._size)), "the log-odds are not finite")


def _area(log_odds: Float[Tensor, "record step"]) -> Float[Tensor, " record"]:
    """Area under the probability, by trapezoids, over [0, 1]."""
    return torch.trapezoid(log_odds.sigmoid(), dx=1 / (log_odds.shape[1] - 1), dim=1)
