"""Does the attribution of a set of samples say what changing the set does to the log-odds?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.perturbation.regions import divide
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.parts import (
    SAMPLES,
    check_size,
    in_proportion,
    part_of_each,
    sums_of_parts,
)
from xai_bench.scoring.metrics.faithfulness.falling_order import (
    falling,
    falling_order,
    falling_ranks,
    places,
)
from xai_bench.stats.correlation import pearson, spearman

__all__ = ["FaithfulnessCorrelation", "FaithfulnessEstimate", "Infidelity"]
__all__ += ["MonotonicityCorrelation", "SensitivityN"]

Sets = Int64[Tensor, "record set sample"]
PerSet = Float[Tensor, "record set"]


@final
@dataclass(frozen=True, kw_only=True)
class FaithfulnessEstimate(Scorer):
    """corr over groups G of (sum of a over G, m(z) - m(z with G at zero)) (Alvarez-Melis & Jaakkola
    2018); the groups are neighbours in the order of falling attribution."""

    size: int
    """Samples in a group, see `parts`."""

    def __post_init__(self) -> None:
        check_size("size", self.size)

    def score(self, case: Case) -> Scores:
        block, count = case.block, SAMPLES // self.size
        group = part_of_each(falling_ranks(case), count, block.z[0].numel())
        fall = block.falls(count, lambda k: block.z.masked_fill(group == k, 0.0))
        sums = _of_groups(case.attribution.flatten(1), falling_order(case), count)
        return scored(pearson(sums, fall), "all groups have the same attribution or effect")


@final
@dataclass(frozen=True, kw_only=True)
class MonotonicityCorrelation(Scorer):
    """Spearman over groups G of (sum of |a| over G, mean of (m(z with G at u) - m(z))^2 over draws)
    (Nguyen & Rodriguez Martinez 2020); the groups are neighbours in the order of |a|. Draws as
    Quantus 0.6 does."""

    size: int
    """Samples in a group, see `parts`."""
    draws: int
    """Values u for each group, one for all its samples, from U(low, high)."""
    low: float
    high: float

    def __post_init__(self) -> None:
        check_size("size", self.size)

    def score(self, case: Case) -> Scores:
        block, size = case.block, case.attribution.flatten(1).abs()
        order = falling(block, size)
        # Group 0 has the smallest |a|, because the draws are made from there.
        whole, count = order.shape[1], SAMPLES // self.size
        group = part_of_each(whole - 1 - places(order), count, whole).reshape(block.z.shape)
        values = block.draw_as_quantus(
            "MonotonicityCorrelation",
            lambda state: state.uniform(self.low, self.high, count * self.draws),
        ).to(block.z)
        fall = block.falls(
            count * self.draws,
            lambda k: torch.where(group == k // self.draws, values[:, k, None, None], block.z),
        )
        effect = fall.square().unflatten(1, (count, self.draws)).mean(dim=2)
        sums = _of_groups(size, order.flip(1), count)
        return scored(spearman(sums, effect), "all groups have the same attribution or effect")


def _of_groups(
    values: Float[Tensor, "record sample"], order: Int64[Tensor, "record sample"], count: int
) -> Float[Tensor, "record group"]:
    """Sum over each of `count` groups of neighbours in an order, float64."""
    return sums_of_parts(values.double().gather(1, order), count)


@final
@dataclass(frozen=True, kw_only=True)
class FaithfulnessCorrelation(Scorer):
    """corr over random sets S of (sum of a over S, m(z) - m(z with S at zero)) (Bhatt et al. 2020).
    Draws as Quantus 0.6 does."""

    sets: int
    size: int
    """Samples in each set, see `parts`."""

    def __post_init__(self) -> None:
        check_size("size", self.size)

    def score(self, case: Case) -> Scores:
        block = case.block
        chosen, fall = block.memo(("random sets", self.sets, self.size), lambda: self._sets(block))
        sums = _of_sets(case.attribution, chosen)
        return scored(pearson(sums, fall), "all sets have the same attribution, or the same effect")

    def _sets(self, block: Block) -> tuple[Sets, PerSet]:
        count = block.z[0].numel()

        def draw(state: np.random.RandomState) -> Int64[np.ndarray, "set sample"]:
            size = in_proportion(self.size, count)
            drawn = [state.choice(count, size, replace=False) for _ in range(self.sets)]
            stacked: Int64[np.ndarray, "set sample"] = np.stack(drawn)
            return stacked

        chosen = block.draw_as_quantus("FaithfulnessCorrelation", draw)
        return chosen, _falls_without(block, chosen)


@final
@dataclass(frozen=True, kw_only=True)
class SensitivityN(Scorer):
    """mean over sizes n of corr over random sets S, |S| = n, of (sum of a over S, m(z) - m(z with
    S at zero)) (Ancona et al. 2018)."""

    shares: Sequence[float]
    """The sizes, as shares of a recording's samples."""
    sets: int
    """How many of each size."""

    def score(self, case: Case) -> Scores:
        block = case.block
        key = ("sensitivity-n", tuple(self.shares), self.sets)
        of_sizes = block.memo(key, lambda: self._sets(block))
        found = [pearson(_of_sets(case.attribution, chosen), fall) for chosen, fall in of_sizes]
        mean = torch.stack(found).mean(dim=0)
        return scored(mean, "all sets of one size have the same attribution, or the same effect")

    def _sets(self, block: Block) -> list[tuple[Sets, PerSet]]:
        count = block.z[0].numel()
        found = []
        for share in self.shares:
            orders = block.permutations(f"sensitivity-n {share:g}", self.sets, count)
            chosen = orders[..., : round(share * count)].contiguous()
            found.append((chosen, _falls_without(block, chosen)))
        return found


def _falls_without(block: Block, chosen: Sets) -> PerSet:
    """m(z) - m(z with the chosen samples at zero), float64."""
    flat = block.z.flatten(1)
    return block.falls(
        chosen.shape[1], lambda k: flat.scatter(1, chosen[:, k], 0.0).reshape(block.z.shape)
    )


def _of_sets(attribution: Float[Tensor, "record lead time"], chosen: Sets) -> PerSet:
    """The sum of a over each set, float64."""
    flat = attribution.flatten(1).double().unsqueeze(1)
    return flat.expand(-1, chosen.shape[1], -1).gather(2, chosen).sum(dim=2)


@final
@dataclass(frozen=True, kw_only=True)
class Infidelity(Scorer):
    """mean over S of (b sum of a over S - fall(S))^2 / mean over S of fall(S)^2, fall(S) = m(z) -
    m(z with S at zero) (Yeh et al. 2019); the sets S divide the regions at random."""

    regions: str
    """Their kind, see `divide`."""
    size: int
    """Regions in a set, a divisor of all regions."""
    scaled: bool
    """b is the number >= 0 that makes it least, and not 1."""

    def score(self, case: Case) -> Scores:
        block, regions = case.block, divide(self.regions, case.block.batch)
        count = len(regions)

        def make() -> tuple[Int64[Tensor, "record region"], PerSet]:
            set_of = block.permutations("region sets", 1, count).squeeze(1) // self.size
            at = regions.at(set_of)
            sets = count // self.size
            return set_of, block.falls(sets, lambda k: block.z.masked_fill(at == k, 0.0))

        set_of, fall = block.memo(("region sets", self.regions, self.size), make)
        sums = torch.zeros_like(fall).scatter_add_(1, set_of, regions.sums(case.attribution))
        if self.scaled:
            sums = sums * _best_scale(sums, fall)
        error = (sums - fall).square().mean(dim=1)
        return scored(error / fall.square().mean(dim=1), "no set has an effect")


def _best_scale(sums: PerSet, fall: PerSet) -> Float[Tensor, "record 1"]:
    """argmin over b >= 0 of mean (b sums - fall)^2; sums that are all 0 stay what they are."""
    square = sums.square().sum(dim=1, keepdim=True)
    best = (sums * fall).sum(dim=1, keepdim=True) / square.where(square > 0, 1.0)
    return best.clamp_min(0)
