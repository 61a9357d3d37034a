"""Localisation: does |attribution| fall where pathology was planted?

Written here because Quantus 0.6 rejects masks that differ between leads. All scores take the
absolute attribution (evidence for one class is evidence against the other) and are exact under
ties: a score is the mean over all ways of breaking them.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
import scipy
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.engine.block import Block
from xai_bench.types import WAVES

__all__ = ["AboveChance", "LeadConcordance", "PointingGame", "RelevanceMass", "RocAuc"]
__all__ += ["RelevanceRank", "WaveMass", "evidence_of"]

Magnitude = Float[np.ndarray, " sample"]
Mask = Bool[np.ndarray, " sample"]


def evidence_of(block: Block, row: int) -> Bool[Tensor, "lead time"]:
    """The evidence planted in one recording. Raises Unscorable where there is none."""
    if block.batch.evidence is None:
        raise Unscorable("this dataset has no planted evidence")
    evidence = block.batch.evidence[row]
    if not evidence.any():
        raise Unscorable("no pathology was planted in this recording")
    return evidence


class _OnEvidence(Scorer):
    """A function of |a| and the evidence of one recording, lead by lead."""

    def score(self, case: Case) -> Scores:
        magnitude = case.attribution.abs().double().cpu().numpy()

        def one(row: int) -> float:
            mask = evidence_of(case.block, row)
            return self.one(magnitude[row].ravel(), mask.flatten().cpu().numpy())

        return one_by_one(len(case.block), one)

    @abstractmethod
    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        """The score of one recording."""


@final
class RelevanceMass(_OnEvidence):
    """sum of |a| inside the evidence / sum of |a| (Arras et al. 2022)."""

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        return float(magnitude[mask].sum() / magnitude.sum())


@final
class RelevanceRank(_OnEvidence):
    """Share of the K largest |a| that lie inside the evidence, K = its size (Arras et al. 2022)."""

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        size = int(mask.sum())
        threshold = np.partition(magnitude, -size)[-size]
        above, tied = magnitude > threshold, magnitude == threshold
        places = size - above.sum()
        hits = mask[above].sum() + places * mask[tied].mean()
        return float(hits / size)


@final
class PointingGame(_OnEvidence):
    """1 if the largest |a| lies inside the evidence (Zhang et al. 2018)."""

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        return float(mask[magnitude == magnitude.max()].mean())


@final
class RocAuc(_OnEvidence):
    """Probability that |a| at a sample of evidence exceeds |a| elsewhere; ties count half."""

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        inside, outside = mask.sum(), (~mask).sum()
        rank_sum = scipy.stats.rankdata(magnitude)[mask].sum()
        return float((rank_sum - inside * (inside + 1) / 2) / (inside * outside))


@final
@dataclass(frozen=True, kw_only=True)
class AboveChance(_OnEvidence):
    """(score - c) / (1 - c): 0 by chance, 1 at best, whatever the size of the evidence.

    c, the evidence's share of the recording, is the mean of either score over all ways of shuffling
    a.
    """

    of: Literal["mass", "rank"]
    """The score: relevance mass or relevance rank."""

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        plain = RelevanceMass() if self.of == "mass" else RelevanceRank()
        return _above_chance(plain.one(magnitude, mask), float(mask.mean()))


@final
class LeadConcordance(Scorer):
    """Probability that of two leads with unequal evidence the one with more has more |a|.

    Evidence is counted in samples, and |a| summed; equal sums count half. Where evidence is in some
    leads only, and alike in those, this is the area under the ROC curve over leads.
    """

    def score(self, case: Case) -> Scores:
        sums = case.attribution.abs().double().sum(dim=2).cpu().numpy()

        def one(row: int) -> float:
            evidence = evidence_of(case.block, row).sum(dim=1).cpu().numpy()
            more = evidence[:, None] > evidence
            if not more.any():
                raise Unscorable("all leads have the same amount of evidence")
            difference = sums[row][:, None] - sums[row]
            return float(((difference > 0) + (difference == 0) / 2)[more].mean())

        return one_by_one(len(case.block), one)


@final
@dataclass(frozen=True, kw_only=True)
class WaveMass(Scorer):
    """(q - c) / (1 - c): q is the share of |a|, c the share of time, of the waves with evidence."""

    share: float
    """A kind of wave (P, PR, QRS, ST, T, TP) has evidence if at least this share of all lies on it,
    whatever the lead."""

    def score(self, case: Case) -> Scores:
        batch = case.block.batch
        in_time = case.attribution.abs().double().sum(dim=1).cpu().numpy()

        def one(row: int) -> float:
            evidence = evidence_of(case.block, row).sum(dim=0).cpu().numpy()
            if batch.waves is None:
                raise Unscorable("this dataset has no waves")
            waves = batch.waves[row].cpu().numpy()
            parts = evidence / evidence.sum()
            on_each = np.bincount(waves, weights=parts, minlength=len(WAVES))
            inside = np.isin(waves, np.flatnonzero(on_each >= self.share))
            mass = in_time[row][inside].sum() / in_time[row].sum()
            return _above_chance(float(mass), float(inside.mean()))

        return one_by_one(len(case.block), one)


def _above_chance(score: float, chance: float) -> float:
    """(score - chance) / (1 - chance). Raises Unscorable where chance leaves nothing to reach."""
    if chance == 1:
        raise Unscorable("the evidence is everywhere")
    return (score - chance) / (1 - chance)
