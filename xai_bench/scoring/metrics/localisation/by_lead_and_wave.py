"""Localisation along one axis: the leads that carry the pathology, the waves that carry it."""

from __future__ import annotations

from typing import final

import numpy as np
from jaxtyping import Float, Float64, Int, Int8

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.metrics.localisation.evidence_mask import planted
from xai_bench.scoring.metrics.localisation.on_evidence import above_chance
from xai_bench.types import WAVES

__all__ = ["LeadConcordance", "WaveMass"]


@final
class LeadConcordance(Scorer):
    """Probability that of two leads with unequal evidence the one with more has more |a|.

    Evidence is counted in samples, and |a| summed; equal sums count half. Where evidence is in some
    leads only, and alike in those, this is the area under the ROC curve over leads.
    """

    def score(self, case: Case) -> Scores:
        sums = case.attribution.abs().double().sum(dim=2).cpu().numpy()

        def one(row: int) -> float:
            return _concordance(sums[row], planted(case.block, row).sum(dim=1).cpu().numpy())

        return one_by_one(len(case.block), one)


@final
class WaveMass(Scorer):
    """(q - c) / (1 - c): q is the share of |a|, c the share of time, of the waves with evidence.

    share: a kind of wave (P, PR, QRS, ST, T, TP) has evidence if at least this share of all lies on
    it, whatever the lead.
    """

    def __init__(self, *, share: float) -> None:
        self._share = share

    def score(self, case: Case) -> Scores:
        batch = case.block.batch
        in_time = case.attribution.abs().double().sum(dim=1).cpu().numpy()

        def one(row: int) -> float:
            evidence = planted(case.block, row).sum(dim=0).cpu().numpy()
            if batch.waves is None:
                raise Unscorable("this dataset has no waves")
            waves = batch.waves[row].cpu().numpy()
            inside = np.isin(waves, np.flatnonzero(_shares(evidence, waves) >= self._share))
            mass = in_time[row][inside].sum() / in_time[row].sum()
            return above_chance(float(mass), float(inside.mean()))

        return one_by_one(len(case.block), one)


def _concordance(sums: Float64[np.ndarray, " lead"], evidence: Int[np.ndarray, " lead"]) -> float:
    more = evidence[:, None] > evidence
    if not more.any():
        raise Unscorable("all leads have the same amount of evidence")
    difference = sums[:, None] - sums
    return float(((difference > 0) + (difference == 0) / 2)[more].mean())


def _shares(
    evidence: Int[np.ndarray, " time"], waves: Int8[np.ndarray, " time"]
) -> Float[np.ndarray, " kind"]:
    """The share of the evidence on each kind of wave."""
    shares: Float[np.ndarray, " kind"]
    shares = np.bincount(waves, weights=evidence / evidence.sum(), minlength=len(WAVES))
    return shares
