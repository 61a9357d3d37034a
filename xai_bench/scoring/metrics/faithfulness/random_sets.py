"""Random sets of samples, the same for all methods: what does setting them to zero cost?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block
from xai_bench.stats.correlation import pearson

__all__ = ["FaithfulnessCorrelation", "SensitivityN"]


@final
class FaithfulnessCorrelation(Scorer):
    """corr over random sets S of (sum of a over S, m(z) - m(z with S at zero)) (Bhatt et al. 2020).

    sets: how many; size: samples in each. Draws as Quantus 0.6 does.
    """

    def __init__(self, *, sets: int, size: int) -> None:
        self._sets, self._size = sets, size

    def score(self, case: Case) -> Scores:
        block = case.block
        chosen, fall = block.keep(("random sets", self._sets, self._size), lambda: self._of(block))
        sums = _sums(case.attribution, chosen)
        return scored(pearson(sums, fall), "all sets have the same attribution, or the same effect")

    def _of(self, block: Block) -> tuple[Int64[Tensor, "record set sample"], Float[Tensor, "r s"]]:
        count = block.z[0].numel()
        drawn = [self._draw(count, seed) for seed in block.draw("FaithfulnessCorrelation")]
        chosen = torch.from_numpy(np.stack(drawn)).to(block.z.device)
        return chosen, fall_without(block, chosen)

    def _draw(self, count: int, seed: int) -> Int64[np.ndarray, "set sample"]:
        random = np.random.RandomState(seed % 2**32)
        sets = np.empty((self._sets, self._size), dtype=np.int64)
        for one in sets:
            one[:] = random.choice(count, self._size, replace=False)
        return sets


@final
class SensitivityN(Scorer):
    """mean over sizes n of corr over random sets S, |S| = n, of (sum of a over S, m(z) - m(z with
    S at zero)) (Ancona et al. 2018).

    shares: the sizes, as shares of a recording's samples. sets: how many of each size.
    """

    def __init__(self, *, shares: Sequence[float], sets: int) -> None:
        self._shares, self._sets = tuple(shares), sets

    def score(self, case: Case) -> Scores:
        block = case.block
        key = ("sensitivity-n", self._shares, self._sets)
        of_sizes = block.keep(key, lambda: self._of(block))
        found = [pearson(_sums(case.attribution, chosen), fall) for chosen, fall in of_sizes]
        mean = torch.stack(found).mean(dim=0)
        return scored(mean, "all sets of one size have the same attribution, or the same effect")

    def _of(
        self, block: Block
    ) -> list[tuple[Int64[Tensor, "record set sample"], Float[Tensor, "record set"]]]:
        count = block.z[0].numel()
        drawn = [self._draw(count, seed) for seed in block.draw("sensitivity-n")]
        of_sizes = [torch.stack(sets).to(block.z.device) for sets in zip(*drawn, strict=True)]
        return [(chosen, fall_without(block, chosen)) for chosen in of_sizes]

    def _draw(self, count: int, seed: int) -> list[Int64[Tensor, "set sample"]]:
        """The sets of one recording, those of each size."""
        generator = torch.Generator().manual_seed(seed)
        return [
            torch.stack(
                [
                    torch.randperm(count, generator=generator)[: round(share * count)]
                    for _ in range(self._sets)
                ]
            )
            for share in self._shares
        ]


def fall_without(
    block: Block, chosen: Int64[Tensor, "record set sample"]
) -> Float[Tensor, "record set"]:
    """m(z) - m(z with the chosen samples at zero), float64."""
    flat = block.z.flatten(1)

    def versions(first: int, end: int) -> Float[Tensor, "record set lead time"]:
        sets = chosen[:, first:end]
        blanked = flat.unsqueeze(1).repeat(1, sets.shape[1], 1).scatter_(2, sets, 0.0)
        return blanked.reshape(*sets.shape[:2], *block.z.shape[1:])

    return block.log_odds().unsqueeze(1) - block.versions(chosen.shape[1], versions)


def _sums(
    attribution: Float[Tensor, "record lead time"], chosen: Int64[Tensor, "record set sample"]
) -> Float[Tensor, "record set"]:
    flat = attribution.flatten(1).double().unsqueeze(1)
    return flat.expand(-1, chosen.shape[1], -1).gather(2, chosen).sum(dim=2)
