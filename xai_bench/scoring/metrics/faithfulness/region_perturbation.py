"""Windows across all leads, set to zero one after the other in the order of their attribution."""

from __future__ import annotations

from typing import Literal, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.nets.local import LocalForward
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block

__all__ = ["RegionPerturbation", "Selectivity"]

Order = Literal["morf", "lerf"]
"""The window of the largest summed attribution first, or that of the smallest."""


@final
class RegionPerturbation(Scorer):
    """mean over k of m(z) - m(z with the first k windows at zero) (Samek et al. 2017).

    width: samples of a window, a divisor of those of a lead. windows: how many are taken.
    """

    def __init__(self, *, width: int, windows: int, order: Order) -> None:
        self._width, self._windows, self._order = width, windows, order

    def score(self, case: Case) -> Scores:
        curve = _curve(case, self._width, self._order)[:, : self._windows]
        fall = case.block.log_odds().unsqueeze(1) - curve
        return scored(fall.mean(dim=1), "the log-odds are not finite")


@final
class Selectivity(Scorer):
    """mean over k of the probability with the k most relevant windows at zero (Montavon et al.
    2018); all windows are taken.

    width: samples of a window, a divisor of those of a lead.
    """

    def __init__(self, *, width: int) -> None:
        self._width = width

    def score(self, case: Case) -> Scores:
        curve = _curve(case, self._width, "morf")
        return scored(curve.sigmoid().mean(dim=1), "the log-odds are not finite")


def _curve(case: Case, width: int, order: Order) -> Float[Tensor, "record window"]:
    """m(z with the first 1, 2, ... windows at zero) up to all."""

    def make() -> Float[Tensor, "record window"]:
        block = case.block
        sums = case.attribution.double().sum(dim=1).unflatten(1, (-1, width)).sum(dim=2)
        ordered = sums.argsort(dim=1, descending=order == "morf", stable=True)
        if block.forward.local is not None:
            return _by_local_passes(block, block.forward.local, ordered, width)
        place = ordered.argsort(dim=1).repeat_interleave(width, dim=1).unsqueeze(1)

        def versions(first: int, end: int) -> Float[Tensor, "record window lead time"]:
            return torch.stack(
                [block.z.masked_fill(place <= step, 0.0) for step in range(first, end)], dim=1
            )

        return block.versions(sums.shape[1], versions)

    return case.keep(("window curve", width, order), make)


def _by_local_passes(
    block: Block, local: LocalForward, ordered: Int64[Tensor, "record window"], width: int
) -> Float[Tensor, "record window"]:
    """The same from one full pass, and from the cells that each further window changes."""
    known = block.keep("known", lambda: local.known(block.z))
    start = ordered * width
    leads = torch.full_like(start, block.z.shape[1])
    windows = torch.stack([torch.zeros_like(leads), leads, start, start + width], dim=2)
    logits = local.sequence(known, windows)
    target = block.batch.target.repeat_interleave(logits.shape[1])
    return block.model.explained(logits.flatten(0, 1), target).double().reshape(ordered.shape)
