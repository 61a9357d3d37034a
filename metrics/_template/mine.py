"""A scorer of your own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from xai_bench.scoring import Case, Scorer, Scores
from xai_bench.scoring.engine.base import scored


@final
@dataclass(frozen=True, kw_only=True)
class LargestShare(Scorer):
    """How much of |a| the most important samples hold, over all leads."""

    share: float
    """Of the samples."""

    def score(self, case: Case) -> Scores:
        a = case.attribution.flatten(1).abs()
        most = a.topk(max(1, round(self.share * a.shape[1])), dim=1).values
        return scored(most.sum(dim=1) / a.sum(dim=1))
