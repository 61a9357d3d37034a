"""What a scorer is: recordings and what one method says of them in, a number for each out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.memo import Memo
from xai_bench.methods import Method
from xai_bench.methods.base import CannotExplain
from xai_bench.scoring.engine.block import Block
from xai_bench.types import NOT_FINITE

__all__ = ["Case", "Scorer", "Scores", "Unscorable"]
__all__ += ["evaluate", "one_by_one", "scored"]


class Unscorable(Exception):  # noqa: N818 - not an error: the score of this recording is NaN
    """This recording has no score, for the reason given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """One number for each recording of a block."""

    values: Float[Tensor, " record"]
    """float64 on the CPU; NaN where a metric is not defined."""
    reasons: tuple[str, ...]
    """Why it is not, or an empty text."""


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """A block of recordings and what one method says about them."""

    block: Block
    method: Method
    attribution: Float[Tensor, "record lead time"]
    """Of a recording in `wrong` there is a ramp instead, so that scorers need no care."""
    wrong: tuple[str, ...] = field(init=False)
    """Why an attribution cannot be scored, or an empty text, for each recording."""
    memo: Memo = field(default_factory=Memo)
    """What is made once for all metrics of this method."""

    def __post_init__(self) -> None:
        flat = self.attribution.flatten(1)
        finite, says_something = flat.isfinite().all(1), flat.any(1)
        self.wrong = tuple(
            "the attribution is not finite"
            if not is_finite
            else ("" if says else "the attribution is zero everywhere")
            for is_finite, says in zip(finite.tolist(), says_something.tolist(), strict=True)
        )
        if any(self.wrong):
            ramp = torch.linspace(0, 1, flat.shape[1], device=flat.device)
            usable = (finite & says_something).reshape(-1, 1, 1)
            ramp = ramp.reshape(1, *self.attribution.shape[1:])
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

    @abstractmethod
    def score(self, case: Case) -> Scores:
        """One score for each recording. Raises Unscorable where none of the block has one."""


def evaluate(scorer: Scorer, case: Case) -> Scores:
    """What a scorer says, but nothing of attributions that cannot be scored."""
    try:
        found = scorer.score(case)
    except (Unscorable, CannotExplain) as reason:
        nothing = torch.full((len(case.block),), torch.nan)
        found = scored(nothing, str(reason))
    if not scorer.reads_attribution:
        return found
    reasons = tuple(a or b for a, b in zip(case.wrong, found.reasons, strict=True))
    failed = torch.tensor([bool(reason) for reason in reasons])
    return Scores(values=found.values.masked_fill(failed, torch.nan), reasons=reasons)


def scored(values: Float[Tensor, " record"], undefined: str = NOT_FINITE) -> Scores:
    """Scores of which those that are not finite are undefined, for the reason given."""
    values = values.double().cpu()
    return Scores(
        values=values.where(values.isfinite(), torch.nan),
        reasons=tuple("" if finite else undefined for finite in values.isfinite().tolist()),
    )


def one_by_one(count: int, score: Callable[[int], float]) -> Scores:
    """Scores of a function of one recording, which may raise Unscorable."""
    values, reasons = [], []
    for row in range(count):
        try:
            values.append(score(row))
            reasons.append("")
        except (Unscorable, CannotExplain) as reason:
            values.append(float("nan"))
            reasons.append(str(reason))
    return Scores(values=torch.tensor(values, dtype=torch.float64), reasons=tuple(reasons))
