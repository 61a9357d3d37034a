"""Localisation on planted evidence, lead by lead: does |attribution| fall where pathology was put?

Written here because Quantus 0.6 rejects masks that differ between leads. All scores take the
absolute attribution (evidence for one class is evidence against the other) and are exact under
ties: a score is the mean over all ways of breaking them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal, final

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.metrics.localisation.evidence_mask import planted

__all__ = [
    "ROCAUC",
    "AboveChance",
    "PointingGame",
    "RelevanceMass",
    "RelevanceRank",
    "above_chance",
]

Magnitude = Float[np.ndarray, " sample"]
Mask = Bool[np.ndarray, " sample"]


class _OnEvidence(Scorer):
    """A function of |a| and the evidence of one recording."""

    def score(self, case: Case) -> Scores:
        magnitude = case.attribution.abs().double().cpu().numpy()

        def one(row: int) -> float:
            mask = planted(case.block, row)
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
class ROCAUC(_OnEvidence):
    """Probability that |a| at a sample of evidence exceeds |a| elsewhere; ties count half."""

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        inside, outside = mask.sum(), (~mask).sum()
        rank_sum = rankdata(magnitude)[mask].sum()
        return float((rank_sum - inside * (inside + 1) / 2) / (inside * outside))


@final
class AboveChance(_OnEvidence):
    """(score - c) / (1 - c): 0 by chance, 1 at best, whatever the size of the evidence.

    of: relevance mass or rank; c, the evidence's share of the recording, is the mean of either over
    all ways of shuffling a.
    """

    def __init__(self, *, of: Literal["mass", "rank"]) -> None:
        self._of = RelevanceMass() if of == "mass" else RelevanceRank()

    def one(self, magnitude: Magnitude, mask: Mask) -> float:
        return above_chance(self._of.one(magnitude, mask), float(mask.mean()))


def above_chance(score: float, chance: float) -> float:
    """(score - chance) / (1 - chance). Raises Unscorable where chance leaves nothing to reach."""
    if chance == 1:
        raise Unscorable("the evidence is everywhere")
    return (score - chance) / (1 - chance)
