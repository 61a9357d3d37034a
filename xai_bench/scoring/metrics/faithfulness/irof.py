"""Iterative removal of features: regions go, most relevant first."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.perturbation.regions import divide
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.metrics.faithfulness.falling_order import falling, places

__all__ = ["Irof"]


@final
class Irof(Scorer):
    """Area over p(z with the most relevant regions at zero) / p(z) (Rieger & Hansen 2020).

    The abscissa is the share of regions that are gone, 0 and 1 included. Regions are ordered by
    their mean attribution.

    regions: their kind. step: regions that go at once, a divisor of all regions.
    """

    def __init__(self, *, regions: str, step: int) -> None:
        self._regions, self._step = regions, step

    def score(self, case: Case) -> Scores:
        block = case.block
        regions = divide(self._regions, block.batch)
        means = regions.sums(case.attribution) / regions.sizes().clamp_min(1)
        place = regions.at(places(falling(block, means)))
        steps = len(regions) // self._step

        def versions(first: int, end: int) -> Float[Tensor, "record step lead time"]:
            return torch.stack(
                [
                    block.z.masked_fill(place < self._step * k, 0.0)
                    for k in range(first + 1, end + 1)
                ],
                dim=1,
            )

        curve = torch.cat([block.log_odds().unsqueeze(1), block.versions(steps, versions)], dim=1)
        ratio = curve.sigmoid() / curve[:, :1].sigmoid()
        over = 1 - torch.trapezoid(ratio, dx=1 / steps, dim=1)
        return scored(over, "the probability of the explained class is 0")
