"""Estimates of quantities with their intervals, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from torch import Tensor

from xai_bench.stats import mean_auroc, mean_auroc_interval, statistic, statistic_interval
from xai_bench.studies.native_audit.audited_net import METHODS, AuditedNet
from xai_bench.studies.native_audit.quantities import QUANTITIES

__all__ = ["Measured", "QuantityEstimate", "auroc_of_columns", "by_method", "estimates"]
__all__ += ["over_recordings"]

_NAN = float("nan")

Measured = Mapping[str, Float[Tensor, " record"] | str]
"""By quantity: the values of the first recordings, or why there are none."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantityEstimate:
    """One row of the audit of a model; a fact of the net itself has no interval."""

    quantity: str
    method: str = "native"
    value: float = _NAN
    ci_low: float = _NAN
    ci_high: float = _NAN
    n: int = 0
    """Recordings that it was measured on."""
    reason: str = ""
    """Why there is no value."""
    scores: Float[np.ndarray, " record"] | None = None
    """The quantity of each of the first recordings, NaN where it is not defined."""


def over_recordings(
    audited: AuditedNet,
    quantity: str,
    values: Float[Tensor, " record"],
    *,
    method: str = "native",
    undefined: str = "not defined for any of these recordings",
) -> QuantityEstimate:
    """The mean or median over the first recordings, as the quantity says, with its interval.

    undefined: the reason where no recording has a finite value.
    """
    scores = values.double().cpu().numpy()
    kind = QUANTITIES[quantity].statistic
    assert kind in ("mean", "p50"), f"{quantity} is not one number a recording"
    known = np.isfinite(scores)
    if not known.any():
        return QuantityEstimate(quantity=quantity, method=method, reason=undefined)
    patients = [audited.patients[row] for row in known.nonzero()[0]]
    low, high = statistic_interval(scores[known], patients, kind, seed=audited.seed)
    return QuantityEstimate(
        quantity=quantity,
        method=method,
        value=statistic(scores[known], kind),
        ci_low=low,
        ci_high=high,
        n=int(known.sum()),
        scores=np.where(known, scores, np.nan),
    )


def estimates(
    audited: AuditedNet, measured: Measured, *, method: str = "native", **undefined: str
) -> Iterator[QuantityEstimate]:
    """`over_recordings` of each quantity, in their order, or why it cannot be had."""
    for quantity, values in measured.items():
        if isinstance(values, str):
            yield QuantityEstimate(quantity=quantity, method=method, reason=values)
        else:
            yield over_recordings(audited, quantity, values, method=method, **undefined)


def auroc_of_columns(
    audited: AuditedNet, quantity: str, columns: Float[np.ndarray, "record column"]
) -> QuantityEstimate:
    """AUROC of values for each column of the task, the mean over columns."""
    truth = audited.truth
    if (truth == truth[0]).all():
        return QuantityEstimate(quantity=quantity, reason="these recordings are all of one class")
    low, high = mean_auroc_interval(columns, truth, audited.patients, seed=audited.seed)
    return QuantityEstimate(
        quantity=quantity,
        value=mean_auroc(columns, truth),
        ci_low=low,
        ci_high=high,
        n=len(columns),
    )


def by_method(
    audited: AuditedNet,
    quantities: Iterable[str],
    measure: Callable[[str], Measured],
    **undefined: str,
) -> Iterator[QuantityEstimate]:
    """What is measured of each method, or why a method that cannot explain the net has none."""
    names = tuple(quantities)
    for method in METHODS:
        why_not = audited.unable.get(method)
        measured = measure(method) if why_not is None else dict.fromkeys(names, why_not)
        yield from estimates(audited, measured, method=method, **undefined)
