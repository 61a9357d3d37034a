"""Groups of samples by |attribution|, each replaced by random values: how much do they matter?"""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.metrics.faithfulness.falling_order import falling, places
from xai_bench.stats.correlation import spearman

__all__ = ["MonotonicityCorrelation"]


@final
class MonotonicityCorrelation(Scorer):
    """Spearman over groups G of (sum of |a| over G, mean of (m(z with G at u) - m(z))^2 over draws)
    (Nguyen & Rodriguez Martinez 2020); the groups are neighbours in the order of |a|.

    size: samples in a group, a divisor of those of a recording. draws: values u for each group,
    one for all its samples, from U(low, high). Draws as Quantus 0.6 does.
    """

    def __init__(self, *, size: int, draws: int, low: float, high: float) -> None:
        self._size, self._draws, self._low, self._high = size, draws, low, high

    def score(self, case: Case) -> Scores:
        block = case.block
        size = case.attribution.flatten(1).abs()
        order = falling(block, size)
        # Group 0 has the smallest |a|, because the draws are made from there.
        group = ((order.shape[1] - 1 - places(order)) // self._size).reshape(block.z.shape)
        count = order.shape[1] // self._size
        values = self._values(block, count)

        def versions(first: int, end: int) -> Float[Tensor, "record version lead time"]:
            return torch.stack(
                [
                    torch.where(group == k // self._draws, values[:, k, None, None], block.z)
                    for k in range(first, end)
                ],
                dim=1,
            )

        change = block.versions(values.shape[1], versions) - block.log_odds().unsqueeze(1)
        effect = change.square().unflatten(1, (count, self._draws)).mean(dim=2)
        sums = size.double().gather(1, order.flip(1)).unflatten(1, (count, -1)).sum(dim=2)
        return scored(spearman(sums, effect), "all groups have the same attribution or effect")

    def _values(self, block: Block, count: int) -> Float[Tensor, "record version"]:
        """u of each draw of each group, group after group."""
        drawn = [
            np.random.RandomState(seed % 2**32).uniform(self._low, self._high, count * self._draws)
            for seed in block.draw("MonotonicityCorrelation")
        ]
        return torch.from_numpy(np.stack(drawn)).to(block.z)
