"""Axioms: identities that a complete and honest explanation would keep to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.methods.baseline_recordings import Against, make_baseline
from xai_bench.methods.perturbation.local_drops import widest
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.window_falls import falls_without_windows

__all__ = ["Completeness", "InputInvariance", "NonSensitivity"]


@final
class Completeness(Scorer):
    """|sum of a - (m(z) - m(0))| / max(1, |m(z) - m(0)|) (Sundararajan et al. 2017).

    For a method with another baseline, that instead of 0.
    """

    def score(self, case: Case) -> Scores:
        block = case.block
        method = case.method
        if isinstance(method, Against):
            batch = replace(block.batch, seeds=block.seeds(method.name))
            due = block.log_odds() - block.forward(
                make_baseline(method.baseline, block.model, batch), batch.target
            )
        else:
            due = block.log_odds() - block.log_odds_of_zero()
        error = case.attribution.double().sum(dim=(1, 2)) - due
        return scored(error.abs() / due.abs().clamp_min(1))


@final
@dataclass(frozen=True, kw_only=True)
class NonSensitivity(Scorer):
    """Share of regions R of which either the effect is none and the attribution is not, or the
    attribution is none and the effect is not (Nguyen & Rodriguez Martinez 2020).

    The effect is |m(z) - m(z with R at zero)|, the attribution |sum of a over R|; none is at most
    `least` times the largest of the recording.
    """

    regions: str
    """Their kind, see `divide`."""
    least: float

    def score(self, case: Case) -> Scores:
        block = case.block
        regions = divide(self.regions, block.batch)
        effect = block.memo(
            ("regions alone", self.regions), lambda: _fall_without_each(block, regions)
        )
        differ = self._none(effect) ^ self._none(regions.sums(case.attribution))
        share = differ.double().mean(dim=1)
        some = effect.isfinite().all(dim=1) & effect.any(dim=1)
        return scored(share.where(some, torch.nan), "no region has an effect")

    def _none(self, sizes: Float[Tensor, "record region"]) -> Bool[Tensor, "record region"]:
        return sizes.abs() <= self.least * sizes.abs().amax(dim=1, keepdim=True)


def _fall_without_each(block: Block, regions: Regions) -> Float[Tensor, "record region"]:
    """m(z) - m(z with one region at zero), float64."""
    if regions.windows is not None:
        windows = regions.windows.to(block.z.device)[:, None].expand(len(block), -1, -1, -1)
        falls = falls_without_windows(block, windows, widest(regions.windows))
        if falls is not None:
            return falls.squeeze(2)
    return block.falls(len(regions), lambda k: block.z.masked_fill(regions.index == k, 0.0))


@final
@dataclass(frozen=True, kw_only=True)
class InputInvariance(Scorer):
    """||a(x + c) - a(x)|| / ||a(x)||, c a constant in millivolt for each lead, which the model's
    normalisation takes out again (Kindermans et al. 2019)."""

    sd: float
    """c is drawn from a normal distribution of this standard deviation, in millivolt."""

    def score(self, case: Case) -> Scores:
        block = case.block
        z = block.memo(("offset", self.sd), lambda: self._moved(block))
        moved = block.explain(case.method, f"offset of {self.sd:g} mV", z).squeeze(1)
        a = case.attribution.double()
        change = (moved.double() - a).flatten(1).norm(dim=1) / a.flatten(1).norm(dim=1)
        return scored(change, "the attribution of the moved recording is not finite")

    def _moved(self, block: Block) -> Float[Tensor, "record 1 lead time"]:
        leads = block.millivolt.shape[1]
        offset = self.sd * block.normal("offset", (leads, 1))
        return block.model.normalise(block.millivolt + offset).unsqueeze(1)
