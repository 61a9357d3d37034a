"""The answer to one question: a quantity, its interval, and what it is of each recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from torch import Tensor

from xai_bench.stats import mean_auroc, mean_auroc_interval, statistic, statistic_interval
from xai_bench.studies.native_audit.audited_net import Subject
from xai_bench.studies.native_audit.quantities import QUANTITIES

__all__ = ["Answer", "across", "area", "missing", "single"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """One row of the audit of a model."""

    quantity: str
    method: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    """Recordings that it was measured on."""
    reason: str = ""
    """Why there is no value."""
    each: Float[np.ndarray, " record"] | None = None
    """The quantity of each recording, NaN where it is not defined."""


def across(
    subject: Subject,
    quantity: str,
    values: Float[Tensor, " record"] | Float[np.ndarray, " record"],
    *,
    method: str = "native",
    undefined: str = "not defined for any of these recordings",
) -> Answer:
    """The mean or median over the first recordings, as the quantity says, with its interval.

    undefined: the reason where no recording has a finite value.
    """
    found = values.double().cpu().numpy() if isinstance(values, Tensor) else values
    kind = QUANTITIES[quantity].statistic
    assert kind in ("mean", "p50"), f"{quantity} is not one number a recording"
    known = np.isfinite(found)
    if not known.any():
        return missing(quantity, undefined, method=method)
    patients = [subject.patients[row] for row in known.nonzero()[0]]
    low, high = statistic_interval(found[known], patients, kind, seed=subject.seed)
    return Answer(
        quantity=quantity,
        method=method,
        value=statistic(found[known], kind),
        low=low,
        high=high,
        n=int(known.sum()),
        each=np.where(known, found, np.nan),
    )


def area(subject: Subject, quantity: str, columns: Float[np.ndarray, "record column"]) -> Answer:
    """AUROC of values for each column of the task, the mean over columns."""
    truth = subject.truth
    low, high = mean_auroc_interval(columns, truth, subject.patients, seed=subject.seed)
    return Answer(
        quantity=quantity,
        method="native",
        value=mean_auroc(columns, truth),
        low=low,
        high=high,
        n=len(columns),
    )


def single(quantity: str, value: float, *, n: int) -> Answer:
    """A fact of the net, without an interval; n: recordings that it was seen on."""
    return Answer(quantity=quantity, method="native", value=value, n=n)


def missing(quantity: str, reason: str, *, method: str = "native") -> Answer:
    """A quantity that cannot be had, and why."""
    return Answer(quantity=quantity, method=method, value=float("nan"), reason=reason)
