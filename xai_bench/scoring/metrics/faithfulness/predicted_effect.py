"""Does the attribution of a set of samples say what changing the set does to the log-odds?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.perturbation.local_drops import widest
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.scoring.engine.base import Case, Removal, Scorer, Scores, Unscorable, scored
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.parts import (
    SAMPLES,
    check_size,
    in_proportion,
    part_of_each,
    sums_of_parts,
)
from xai_bench.scoring.engine.window_falls import falls_without_windows
from xai_bench.scoring.metrics.faithfulness.falling_order import (
    falling,
    falling_order,
    falling_ranks,
    places,
)
from xai_bench.scoring.metrics.faithfulness.first_order import (
    LEAST_SETS,
    Regression,
    covariance_of_sums,
    first_order,
)
from xai_bench.stats.correlation import centred, pearson, spearman

__all__ = ["FaithfulnessCorrelation", "FaithfulnessCorrelationQuantus", "FaithfulnessEstimate"]
__all__ += ["Infidelity", "MonotonicityCorrelation", "SensitivityN"]

Sets = Int64[Tensor, "record set sample"]
Orders = Int64[Tensor, "record round region"]
PerSet = Float[Tensor, "record set"]

_NOTHING_VARIES = "all sets have the same attribution, or the same effect"


@final
@dataclass(frozen=True, kw_only=True)
class FaithfulnessEstimate(Removal):
    """corr over groups G of (sum of a over G, m(z) - m(z with G at zero)) (Alvarez-Melis & Jaakkola
    2018); the groups are neighbours in the order of falling attribution."""

    size: int
    """Samples in a group, see `parts`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size("size", self.size)

    def removal_scores(self, case: Case) -> Scores:
        block, count = case.block, SAMPLES // self.size
        group = part_of_each(falling_ranks(case), count, block.z[0].numel())
        fall = block.falls(count, lambda k: block.without(group == k, self.baseline))
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
class FaithfulnessCorrelation(Removal):
    """corr over random sets S of (sum of a over S, m(z) - m(z with S at zero)) (Bhatt et al. 2020).

    The variance of the sums is known, and the rest is estimated beside what the gradient foretells,
    see `first_order`.
    """

    sets: int
    size: int
    """Samples in each set, see `parts`."""
    sets_without_gradient: int
    """As many where the net has no gradient and nothing is foretold."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size("size", self.size)
        _check_sets(self.sets)

    def removal_scores(self, case: Case) -> Scores:
        block = case.block
        key = ("few random sets", self.sets, self.size, self.sets_without_gradient, self.baseline)
        chosen, fall = block.memo(key, lambda: self._sets(block))
        return scored(_correlation(case, chosen, fall, self.baseline), _NOTHING_VARIES)

    def _sets(self, block: Block) -> tuple[Sets, PerSet]:
        samples = block.z[0].numel()
        size = in_proportion(self.size, samples)
        count = self.sets_without_gradient if first_order(block) is None else self.sets
        orders = block.permutations("faithfulness correlation", count, samples)
        chosen = orders[..., :size].contiguous()
        return chosen, _falls_without(block, chosen, self.baseline)


def _correlation(case: Case, chosen: Sets, fall: PerSet, baseline: str) -> Float[Tensor, " record"]:
    """Of the attribution of random sets of one size and the falls of the log-odds."""
    sums, foretold = _of_sets(case.attribution, chosen), first_order(case.block, baseline)
    if foretold is None:
        return pearson(sums, fall)
    found = Regression.of(fall, _of_sets(foretold, chosen))
    a, g, size = case.attribution.flatten(1), foretold.flatten(1), chosen.shape[2]
    together = found.slope * covariance_of_sums(a, g, size) + found.covariance(sums)
    of_sums = covariance_of_sums(a, a, size)
    of_falls = found.slope.square() * covariance_of_sums(g, g, size) + found.variance()
    correlation = (together / (of_sums * of_falls).sqrt()).clamp(-1, 1)
    varies = ~(centred(a)[1].isnan() | centred(fall)[1].isnan())
    return correlation.where(varies, torch.nan)


@final
@dataclass(frozen=True, kw_only=True)
class FaithfulnessCorrelationQuantus(Removal):
    """corr over random sets S of (sum of a over S, m(z) - m(z with S at zero)), with the draws and
    the plain correlation of Quantus 0.6."""

    sets: int
    size: int
    """Samples in each set, see `parts`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size("size", self.size)

    def removal_scores(self, case: Case) -> Scores:
        block = case.block
        key = ("random sets", self.sets, self.size, self.baseline)
        chosen, fall = block.memo(key, lambda: self._sets(block))
        sums = _of_sets(case.attribution, chosen)
        return scored(pearson(sums, fall), _NOTHING_VARIES)

    def _sets(self, block: Block) -> tuple[Sets, PerSet]:
        count = block.z[0].numel()

        def draw(state: np.random.RandomState) -> Int64[np.ndarray, "set sample"]:
            size = in_proportion(self.size, count)
            drawn = [state.choice(count, size, replace=False) for _ in range(self.sets)]
            stacked: Int64[np.ndarray, "set sample"] = np.stack(drawn)
            return stacked

        chosen = block.draw_as_quantus("FaithfulnessCorrelation", draw)
        return chosen, _falls_without(block, chosen, self.baseline)


@final
@dataclass(frozen=True, kw_only=True)
class SensitivityN(Removal):
    """mean over sizes n of corr over random sets S, |S| = n, of (sum of a over S, m(z) - m(z with
    S at zero)) (Ancona et al. 2018); beside what the gradient foretells, see `first_order`."""

    shares: Sequence[float]
    """The sizes, as shares of a recording's samples."""
    sets: int
    """How many of each size."""
    sets_without_gradient: int
    """As many where the net has no gradient and nothing is foretold."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_sets(self.sets)

    def removal_scores(self, case: Case) -> Scores:
        block = case.block
        counts = (self.sets, self.sets_without_gradient)
        key = ("sensitivity-n", tuple(self.shares), *counts, self.baseline)
        of_sizes = block.memo(key, lambda: self._sets(block))
        found = [_correlation(case, chosen, fall, self.baseline) for chosen, fall in of_sizes]
        mean = torch.stack(found).mean(dim=0)
        return scored(mean, "all sets of one size have the same attribution, or the same effect")

    def _sets(self, block: Block) -> list[tuple[Sets, PerSet]]:
        samples = block.z[0].numel()
        count = self.sets_without_gradient if first_order(block) is None else self.sets
        found = []
        for share in self.shares:
            orders = block.permutations(f"sensitivity-n {share:g}", count, samples)
            chosen = orders[..., : round(share * samples)].contiguous()
            found.append((chosen, _falls_without(block, chosen, self.baseline)))
        return found


def _check_sets(count: int) -> None:
    if count < LEAST_SETS:
        raise ValueError(f"sets = {count} are too few for a regression")


def _falls_without(block: Block, chosen: Sets, baseline: str) -> PerSet:
    """m(z) - m(z with the chosen samples at a baseline), float64."""
    present = torch.zeros_like(block.z, dtype=torch.bool).flatten(1)

    def without(k: int) -> Float[Tensor, "record lead time"]:
        gone = present.scatter(1, chosen[:, k], True)
        return block.without(gone.reshape(block.z.shape), baseline)

    return block.falls(chosen.shape[1], without)


def _of_sets(attribution: Float[Tensor, "record lead time"], chosen: Sets) -> PerSet:
    """The sum of a over each set, float64."""
    flat = attribution.flatten(1).double().unsqueeze(1)
    return flat.expand(-1, chosen.shape[1], -1).gather(2, chosen).sum(dim=2)


@final
@dataclass(frozen=True, kw_only=True)
class Infidelity(Removal):
    """E (b sum of a over S - fall(S))^2 / E fall(S)^2, fall(S) = m(z) - m(z with S at zero), over
    random sets S of regions (Yeh et al. 2019).

    The sets divide the regions, so that each is in one. The moments of the sums are known, and the
    rest is estimated beside what the gradient foretells, see `first_order`.
    """

    regions: str
    """Their kind, see `divide`."""
    size: int
    """Regions in a set, a divisor of all regions."""
    scaled: bool
    """b is the number >= 0 that makes it least, and not 1."""
    rounds: int
    """How often the regions are divided."""
    rounds_without_gradient: int
    """The same where the net has no gradient."""

    def removal_scores(self, case: Case) -> Scores:
        block, regions = case.block, divide(self.regions, case.block.batch)
        if len(regions) // self.size < LEAST_SETS:
            raise Unscorable(f"{len(regions)} regions are no {LEAST_SETS} sets of {self.size}")
        rounds = (self.rounds, self.rounds_without_gradient)
        key = ("region sets", self.regions, self.size, rounds, self.baseline)
        order, fall = block.memo(key, lambda: self._sets(block, regions))
        a, foretold = regions.sums(case.attribution), first_order(block, self.baseline)
        sums = self._of_sets(a, order)
        if foretold is None:
            square, product, fall_square = (
                one.mean(dim=1) for one in (sums.square(), sums * fall, fall.square())
            )
        else:
            g = regions.sums(foretold)
            found = Regression.of(fall, self._of_sets(g, order))
            # Over a division of the regions the means of sums are what they are over all sets.
            sum_mean, fall_mean = self.size * a.mean(dim=1), fall.mean(dim=1)
            square = covariance_of_sums(a, a, self.size) + sum_mean.square()
            product = sum_mean * fall_mean + found.covariance(sums)
            product += found.slope * covariance_of_sums(a, g, self.size)
            fall_square = fall_mean.square() + found.variance()
            fall_square += found.slope.square() * covariance_of_sums(g, g, self.size)
        scale = torch.ones_like(square)
        if self.scaled:  # sums that are all 0 stay what they are
            scale = (product / square.where(square > 0, 1.0)).clamp_min(0)
        error = (scale.square() * square - 2 * scale * product + fall_square).clamp_min(0)
        return scored(error / fall_square, "no set has an effect")

    def _sets(self, block: Block, regions: Regions) -> tuple[Orders, PerSet]:
        """Regions in the order in which they fill the sets, and the fall of each set."""
        count = len(regions)
        without_gradient = first_order(block) is None
        rounds = self.rounds_without_gradient if without_gradient else self.rounds
        order = block.permutations("region sets", rounds, count)
        sets = count // self.size
        if regions.windows is not None:
            of_sets = regions.windows.to(order.device)[order.reshape(len(block), -1, self.size)]
            size = widest(regions.windows)
            falls = falls_without_windows(
                block, of_sets, size, together=self.size, baseline=self.baseline
            )
            if falls is not None:
                return order, falls.squeeze(2)
        set_of = [regions.at(places(order[:, r]) // self.size) for r in range(rounds)]

        def without(k: int) -> Float[Tensor, "record lead time"]:
            return block.without(set_of[k // sets] == k % sets, self.baseline)

        return order, block.falls(rounds * sets, without)

    def _of_sets(self, values: Float[Tensor, "record region"], order: Orders) -> PerSet:
        """The sum over each set, float64."""
        rounds = order.shape[1]
        spread = values.double().unsqueeze(1).expand(-1, rounds, -1).gather(2, order)
        sums: PerSet = spread.unflatten(2, (-1, self.size)).sum(dim=3).flatten(1)
        return sums
