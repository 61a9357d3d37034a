"""What a scorer is: recordings and what one method says of them in, a number for each out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from xai_bench.memo import Memo
from xai_bench.methods import Method
from xai_bench.methods.base import CannotExplain
from xai_bench.scoring.engine.block import Block
from xai_bench.types import BASELINES, NOT_FINITE, ZERO

__all__ = ["Case", "Removal", "Scorer", "Scores", "Unscorable"]
__all__ += ["evaluate", "one_by_one", "scored"]


WRONG = ("", "the attribution is not finite", "the attribution is zero everywhere")
"""Why an attribution cannot be scored, whatever the metric."""


class Unscorable(Exception):  # noqa: N818 - not an error: the score of this recording is NaN
    """This recording has no score, for the reason given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """One number for each recording of a block, where it was computed: nothing waits for it."""

    values: Float64[Tensor, " record"]
    """NaN where a metric is not defined."""
    codes: Int64[Tensor, " record"]
    """Why it is not: a place in `reasons`; 0 where it is."""
    reasons: tuple[str, ...]
    """The first is empty."""

    def reason_of_each(self) -> tuple[str, ...]:
        """The reason for each recording, or an empty text. Waits for the device."""
        return tuple(self.reasons[code] for code in self.codes.tolist())


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """A block of recordings and what one method says about them."""

    block: Block
    method: Method
    attribution: Float[Tensor, "record lead time"]
    """Of a recording in `wrong` there is a ramp instead, so that scorers need no care."""
    wrong: Int64[Tensor, " record"] = field(init=False)
    """Why an attribution cannot be scored, a place in WRONG; 0 where it can."""
    memo: Memo = field(default_factory=Memo)
    """What is made once for all metrics of this method."""

    def __post_init__(self) -> None:
        flat = self.attribution.flatten(1)
        not_finite = ~flat.isfinite().all(dim=1)
        says_nothing = ~not_finite & ~flat.any(dim=1)
        self.wrong = not_finite + 2 * says_nothing
        ramp = torch.linspace(0, 1, flat.shape[1], device=flat.device)
        ramp = ramp.reshape(1, *self.attribution.shape[1:])
        usable = (self.wrong == 0).reshape(-1, 1, 1)
        self.attribution = torch.where(usable, self.attribution, ramp)

    def only(self, row: int) -> Case:
        """One recording of the block, as a case that shares nothing made."""
        attribution = self.attribution[row : row + 1]
        return Case(block=self.block.only(row), method=self.method, attribution=attribution)


class Scorer(ABC):
    """Computes one metric. Subclasses are final; their arguments are the card's [params].

    A recording's score never depends on the others of its block.
    """

    reads_attribution: ClassVar[bool] = True
    """An attribution that is zero everywhere or not finite has no score."""
    depends_on_machine: ClassVar[bool] = False
    """Whether another device, or another version of what computes, means another score."""
    references: int = 0
    """How many of the first recordings of a run it compares each recording with."""

    @abstractmethod
    def score(self, case: Case) -> Scores:
        """One score for each recording. Raises Unscorable where none of the block has one."""


@dataclass(frozen=True, kw_only=True)
class Removal(Scorer):
    """A scorer that removes samples: they become those of a baseline."""

    baseline: str = ZERO
    """One of BASELINES, see `methods.baseline_recordings`. Cards leave it out; METRIC@BASELINE says
    it."""

    def __post_init__(self) -> None:
        if self.baseline not in BASELINES:
            raise ValueError(f"no baseline '{self.baseline}' in {', '.join(BASELINES)}")

    @abstractmethod
    def removal_scores(self, case: Case) -> Scores:
        """As `score`, of recordings that their baseline may be."""

    def score(self, case: Case) -> Scores:
        """None of a recording that is its own baseline: nothing can be removed."""
        found = self.removal_scores(case)
        if self.baseline == ZERO:
            return found
        block = case.block
        is_own = (block.baseline(self.baseline) == block.z).flatten(1).all(dim=1)
        return replace(
            found,
            values=found.values.masked_fill(is_own, torch.nan),
            codes=found.codes.masked_fill(is_own, len(found.reasons)),
            reasons=(*found.reasons, f"the recording is its own baseline, {self.baseline}"),
        )


def evaluate(scorer: Scorer, case: Case) -> Scores:
    """What a scorer says, but nothing of attributions that cannot be scored."""
    device = case.attribution.device
    try:
        found = scorer.score(case)
    except (Unscorable, CannotExplain) as reason:
        nothing = torch.full((len(case.block),), torch.nan, device=device)
        found = scored(nothing, str(reason))
    values, codes = found.values.to(device), found.codes.to(device)
    if not scorer.reads_attribution:
        return Scores(values=values, codes=codes, reasons=found.reasons)
    codes = torch.where(codes > 0, codes + len(WRONG) - 1, 0).where(case.wrong == 0, case.wrong)
    return Scores(
        values=values.where(codes == 0, torch.nan),
        codes=codes,
        reasons=(*WRONG, *found.reasons[1:]),
    )


def scored(
    values: Float[Tensor, " record"],
    undefined: str = NOT_FINITE,
    *,
    failed: Sequence[tuple[Bool[Tensor, " record"], str]] = (),
) -> Scores:
    """Scores of which those that are not finite are undefined, for the reason given.

    failed: where there is no score for another reason, which counts before those that follow.
    """
    values = values.double()
    codes = (~values.isfinite()).long()
    for code, (where, _) in reversed([*enumerate(failed, start=2)]):
        codes = torch.where(where, code, codes)
    return Scores(
        values=values.where(codes == 0, torch.nan),
        codes=codes,
        reasons=("", undefined, *(reason for _, reason in failed)),
    )


def one_by_one(count: int, score: Callable[[int], float]) -> Scores:
    """Scores of a function of one recording that computes on the CPU and may raise Unscorable."""
    values, codes, reasons = [], [], {"": 0}
    for row in range(count):
        try:
            values.append(score(row))
            codes.append(0)
        except (Unscorable, CannotExplain) as reason:
            values.append(float("nan"))
            codes.append(reasons.setdefault(str(reason), len(reasons)))
    return Scores(
        values=torch.tensor(values, dtype=torch.float64),
        codes=torch.tensor(codes),
        reasons=tuple(reasons),
    )
