"""Regions are set to a baseline, zero, one after the other, in the order of their attribution."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.devices import sent
from xai_bench.methods.perturbation.regions import divide
from xai_bench.scoring.engine.base import Case, Removal, Scores, scored
from xai_bench.scoring.engine.parts import (
    LEAD_SAMPLES,
    check_size,
    edges,
    part_of_each,
    sums_of_parts,
)
from xai_bench.scoring.engine.window_falls import falls_without_windows
from xai_bench.scoring.metrics.faithfulness.falling_order import falling, places

__all__ = ["Irof", "RegionPerturbation", "Selectivity"]

Order = Literal["morf", "lerf"]
"""The window of the largest summed attribution first, or that of the smallest."""


@final
@dataclass(frozen=True, kw_only=True)
class Irof(Removal):
    """Area over p(z with the most relevant regions at zero) / p(z) (Rieger & Hansen 2020).

    The abscissa is the share of regions that are gone, 0 and 1 included. Regions are ordered by
    their mean attribution.
    """

    regions: str
    """Their kind, see `divide`."""
    step: int
    """Regions that go at once, a divisor of all regions."""

    def removal_scores(self, case: Case) -> Scores:
        block, regions = case.block, divide(self.regions, case.block.batch)
        means = regions.sums(case.attribution) / regions.sizes().clamp_min(1)
        place = regions.at(places(falling(block, means)))
        steps = len(regions) // self.step
        left = block.versions(
            steps, lambda k: block.without(place < self.step * (k + 1), self.baseline)
        )
        curve = torch.cat([block.log_odds().unsqueeze(1), left], dim=1)
        ratio = curve.sigmoid() / curve[:, :1].sigmoid()
        over = 1 - torch.trapezoid(ratio, dx=1 / steps, dim=1)
        return scored(over, "the probability of the explained class is 0")


@final
@dataclass(frozen=True, kw_only=True)
class RegionPerturbation(Removal):
    """mean over k of m(z) - m(z with the first k windows across all leads at zero) (Samek et al.
    2017)."""

    width: int
    """Samples of a window, see `parts`."""
    windows: int
    """How many are taken."""
    order: Order

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size("width", self.width, LEAD_SAMPLES)

    def removal_scores(self, case: Case) -> Scores:
        curve = _window_curve(case, self.width, self.order, self.baseline)[:, : self.windows]
        return scored((case.block.log_odds().unsqueeze(1) - curve).mean(dim=1))


@final
@dataclass(frozen=True, kw_only=True)
class Selectivity(Removal):
    """mean over k of the probability with the k most relevant windows across all leads at zero
    (Montavon et al. 2018); all windows are taken."""

    width: int
    """Samples of a window, see `parts`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size("width", self.width, LEAD_SAMPLES)

    def removal_scores(self, case: Case) -> Scores:
        return scored(_window_curve(case, self.width, "morf", self.baseline).sigmoid().mean(dim=1))


def _window_curve(
    case: Case, width: int, order: Order, baseline: str
) -> Float[Tensor, "record window"]:
    """m(z with the first 1, 2, ... windows at a baseline) up to all."""

    def make() -> Float[Tensor, "record window"]:
        block, count = case.block, LEAD_SAMPLES // width
        sums = sums_of_parts(case.attribution.double().sum(dim=1), count)
        ordered = sums.argsort(dim=1, descending=order == "morf", stable=True)
        leads, samples = block.z.shape[1:]
        edge = edges(count, samples)
        size = (leads, max(end - start for start, end in pairwise(edge)))
        windows = _windows_of_all_leads(ordered, leads, edge)
        falls = falls_without_windows(block, windows, size, baseline=baseline)
        if falls is not None:
            return block.log_odds().unsqueeze(1) - falls.squeeze(1)
        window = part_of_each(torch.arange(samples, device=block.z.device), count, samples)
        place = ordered.argsort(dim=1)[:, window].unsqueeze(1)
        return block.versions(count, lambda k: block.without(place <= k, baseline))

    return case.memo(("window curve", width, order, baseline), make)


def _windows_of_all_leads(
    ordered: Int64[Tensor, "record window"], leads: int, edge: list[int]
) -> Int64[Tensor, "record 1 window 4"]:
    """One chain of windows, in an order."""
    edges_there = sent(edge, ordered.device)
    first = torch.zeros_like(ordered)
    ends = (first, first + leads, edges_there[ordered], edges_there[ordered + 1])
    return torch.stack(ends, dim=2).unsqueeze(1)
