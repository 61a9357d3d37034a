"""Is what is called relevant needed, and is it enough? At five shares of a recording."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import final

from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.metrics.faithfulness.curves import with_only_largest, without_largest

__all__ = ["Comprehensiveness", "Sufficiency"]


class _OfShares(Scorer):
    """mean over shares q of m(z) - m(what is left of z). percent: the shares."""

    def __init__(self, *, percent: Sequence[int]) -> None:
        self._percent = percent

    def score(self, case: Case) -> Scores:
        counts = [case.block.z[0].numel() * share // 100 for share in self._percent]
        fall = case.block.log_odds() - self.left(case, counts).mean(dim=1)
        return scored(fall, "the log-odds are not finite")

    @abstractmethod
    def left(self, case: Case, counts: Sequence[int]) -> Float[Tensor, "record count"]:
        """m of what is left for each number of samples."""


@final
class Comprehensiveness(_OfShares):
    """The q samples of the largest a are at zero (DeYoung et al. 2020)."""

    def left(self, case: Case, counts: Sequence[int]) -> Float[Tensor, "record count"]:
        return without_largest(case, counts)


@final
class Sufficiency(_OfShares):
    """All is at zero but the q samples of the largest a (DeYoung et al. 2020)."""

    def left(self, case: Case, counts: Sequence[int]) -> Float[Tensor, "record count"]:
        return with_only_largest(case, counts)
