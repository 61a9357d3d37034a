"""Infidelity: how far the fall that an attribution foretells is from the fall that comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block

__all__ = ["Infidelity"]


@final
class Infidelity(Scorer):
    """mean over S of (b sum of a over S - fall(S))^2 / mean over S of fall(S)^2, fall(S) = m(z) -
    m(z with S at zero) (Yeh et al. 2019); the sets S divide the regions at random.

    regions: their kind. size: regions in a set, a divisor of all regions.
    scaled: b is the number >= 0 that makes it least, and not 1.
    """

    def __init__(self, *, regions: str, size: int, scaled: bool) -> None:
        self._regions, self._size, self._scaled = regions, size, scaled

    def score(self, case: Case) -> Scores:
        block = case.block
        key = ("region sets", self._regions, self._size)
        found = block.keep(key, lambda: self._of(block))
        sums = _of_sets(found.regions.sums(case.attribution), found.set_of)
        if self._scaled:
            sums = sums * _best_scale(sums, found.fall)
        missed = (sums - found.fall).square().mean(dim=1)
        return scored(missed / found.fall.square().mean(dim=1), "no set has an effect")

    def _of(self, block: Block) -> _RegionSets:
        regions = divide(self._regions, block.batch)
        count = len(regions)
        drawn = [
            torch.randperm(count, generator=torch.Generator().manual_seed(seed)) // self._size
            for seed in block.draw("region sets")
        ]
        set_of = torch.stack(drawn).to(block.z.device)
        at = regions.at(set_of).unsqueeze(1)

        def versions(first: int, end: int) -> Float[Tensor, "record set lead time"]:
            sets = torch.arange(first, end, device=at.device).reshape(-1, 1, 1)
            return block.z.unsqueeze(1).masked_fill(at == sets, 0.0)

        fall = block.log_odds().unsqueeze(1) - block.versions(count // self._size, versions)
        return _RegionSets(regions=regions, set_of=set_of, fall=fall)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _RegionSets:
    """What no method has a part in."""

    regions: Regions
    set_of: Int64[Tensor, "record region"]
    """The number of the set that each region is in."""
    fall: Float[Tensor, "record set"]
    """m(z) - m(z with the set at zero), float64."""


def _of_sets(
    regions: Float[Tensor, "record region"], set_of: Int64[Tensor, "record region"]
) -> Float[Tensor, "record set"]:
    sums = regions.new_zeros(len(regions), int(set_of.max()) + 1)
    return sums.scatter_add_(1, set_of, regions)


def _best_scale(
    sums: Float[Tensor, "record set"], fall: Float[Tensor, "record set"]
) -> Float[Tensor, "record 1"]:
    """argmin over b >= 0 of mean (b sums - fall)^2; sums that are all 0 stay what they are."""
    square = sums.square().sum(dim=1, keepdim=True)
    best = (sums * fall).sum(dim=1, keepdim=True) / square.where(square > 0, 1.0)
    return best.clamp_min(0)
