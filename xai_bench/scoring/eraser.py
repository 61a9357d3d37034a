"""Is what is called relevant needed, and is it enough? At five shares of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from xai_bench.scoring.base import Case, Scorer, Scores, scored
from xai_bench.scoring.curves import with_only_largest, without_largest

__all__ = ["Comprehensiveness", "Sufficiency"]


@final
class Comprehensiveness(Scorer):
    """mean over shares q of m(z) - m(z with the q samples of the largest a at zero) (DeYoung et al.
    2020).

    percent: the shares.
    """

    def __init__(self, *, percent: Sequence[int]) -> None:
        self._percent = percent

    def score(self, case: Case) -> Scores:
        kept = without_largest(case, _counts(case, self._percent))
        fall = case.block.log_odds() - kept.mean(dim=1)
        return scored(fall, "the log-odds are not finite")


@final
class Sufficiency(Scorer):
    """mean over shares q of m(z) - m(all at zero but the q samples of the largest a) (DeYoung et
    al. 2020).

    percent: the shares.
    """

    def __init__(self, *, percent: Sequence[int]) -> None:
        self._percent = percent

    def score(self, case: Case) -> Scores:
        kept = with_only_largest(case, _counts(case, self._percent))
        fall = case.block.log_odds() - kept.mean(dim=1)
        return scored(fall, "the log-odds are not finite")


def _counts(case: Case, percent: Sequence[int]) -> list[int]:
    return [case.block.z[0].numel() * share // 100 for share in percent]
