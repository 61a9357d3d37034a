"""Localisation on planted evidence, lead by lead: does |attribution| fall where pathology was put?

Written here because Quantus 0.6 rejects masks that differ between leads. All four scores take the
absolute attribution (evidence for one class is evidence against the other) and are exact under
ties: a score is the mean over all ways of breaking them.
"""

from __future__ import annotations

from typing import final

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata

from xai_bench.scoring.base import Case, Scorer

__all__ = ["ROCAUC", "PointingGame", "RelevanceMass", "RelevanceRank"]

Magnitude = Float[np.ndarray, " sample"]
Mask = Bool[np.ndarray, " sample"]


def _flat(case: Case) -> tuple[Magnitude, Mask]:
    mask = case.evidence()
    case.check()
    magnitude = case.attribution[0].abs().double()
    return magnitude.flatten().cpu().numpy(), mask.flatten().cpu().numpy()


@final
class RelevanceMass(Scorer):
    """sum of |a| inside the evidence / sum of |a| (Arras et al. 2022)."""

    def score(self, case: Case) -> float:
        magnitude, mask = _flat(case)
        return float(magnitude[mask].sum() / magnitude.sum())


@final
class RelevanceRank(Scorer):
    """Share of the K largest |a| that lie inside the evidence, K = its size (Arras et al. 2022)."""

    def score(self, case: Case) -> float:
        magnitude, mask = _flat(case)
        size = int(mask.sum())
        threshold = np.partition(magnitude, -size)[-size]
        above, tied = magnitude > threshold, magnitude == threshold
        places = size - above.sum()
        hits = mask[above].sum() + places * mask[tied].mean()
        return float(hits / size)


@final
class PointingGame(Scorer):
    """1 if the largest |a| lies inside the evidence (Zhang et al. 2018)."""

    def score(self, case: Case) -> float:
        magnitude, mask = _flat(case)
        return float(mask[magnitude == magnitude.max()].mean())


@final
class ROCAUC(Scorer):
    """Probability that |a| at a sample of evidence exceeds |a| elsewhere; ties count half."""

    def score(self, case: Case) -> float:
        magnitude, mask = _flat(case)
        inside, outside = mask.sum(), (~mask).sum()
        rank_sum = rankdata(magnitude)[mask].sum()
        return float((rank_sum - inside * (inside + 1) / 2) / (inside * outside))
