"""Iterative removal of features: stretches of single leads go, most relevant first."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.regions import lead_segments
from xai_bench.scoring.base import Case, Scorer, Scores, scored
from xai_bench.scoring.order import falling, places

__all__ = ["Irof"]


@final
class Irof(Scorer):
    """Area over p(z with the most relevant regions at zero) / p(z) (Rieger & Hansen 2020).

    The abscissa is the share of regions that are gone, 0 and 1 included. Regions are ordered by
    their mean attribution.

    segments: of each lead. step: regions that go at once, a divisor of leads x segments.
    """

    def __init__(self, *, segments: int, step: int) -> None:
        self._segments, self._step = segments, step

    def score(self, case: Case) -> Scores:
        block = case.block
        leads, samples = block.z.shape[1:]
        region = lead_segments(leads, samples, segments=self._segments).to(block.z.device)
        place = places(falling(block, self._means(case)))[:, region]
        steps = leads * self._segments // self._step

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

    def _means(self, case: Case) -> Float[Tensor, "record region"]:
        samples = case.attribution.shape[2]
        segment = lead_segments(1, samples, segments=self._segments)[0]
        # A lead at a time in the same way, so that leads with equal attributions tie exactly.
        means = [
            case.attribution[:, :, segment == one].double().mean(dim=2)
            for one in range(self._segments)
        ]
        return torch.stack(means, dim=2).flatten(1)
