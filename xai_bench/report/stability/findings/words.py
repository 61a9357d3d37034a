"""How numbers and verdicts are written in findings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from xai_bench.stats import statistic_interval
from xai_bench.studies.stability.headline_scores import Wide

__all__ = [
    *("SIGNIFICANT", "apart", "between", "estimate", "listed", "of_wide", "p_value", "span"),
    "verdict",
]

SIGNIFICANT = 0.05
_DIGITS, _SMALL_DIGITS, _SMALL = 2, 3, 0.1
"""Decimals, and those where all numbers are below `_SMALL`."""


def estimate(mean: float, low: float, high: float) -> str:
    """0.93 [0.91, 0.95], or the mean alone where it has no interval."""
    known = [value for value in (mean, low, high) if not math.isnan(value)]
    digits = _SMALL_DIGITS if max(map(abs, known), default=1) < _SMALL else _DIGITS
    first, *ends = (f"{round(value, digits) + 0.0:.{digits}f}" for value in known)  # never "-0"
    return f"{first} [{', '.join(ends)}]" if len(ends) == 2 else first


def of_wide(wide: Wide, name: str) -> str:
    """The `estimate` of one column."""
    known = wide.scores[name].notna().to_numpy()
    values = wide.scores[name].to_numpy(np.float64)[known]
    patients = [patient for patient, there in zip(wide.patients, known, strict=True) if there]
    return estimate(float(values.mean()), *statistic_interval(values, patients, "mean"))


def p_value(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def apart(pair: pd.Series) -> bool:
    """Whether both the interval and Holm's p of a row of `compare_pairs` exclude no difference."""
    return bool(pair["p_holm"] < SIGNIFICANT and pair["ci_low"] * pair["ci_high"] > 0)


def verdict(pair: pd.Series, better: str) -> str:
    """Of a row of `compare_pairs`: that the first is `better` ("more stable") than the second and
    by how much, or that they cannot be told apart and which difference could not be seen."""
    first, second = pair["first"], pair["second"]
    by = estimate(*(abs(pair[name]) for name in ("difference", *_ends(pair))))
    if apart(pair):
        return f"{first} is {better} than {second} by {by} (Holm {p_value(pair['p_holm'])})"
    words = f"{first} and {second} cannot be told apart"
    if math.isnan(pair["p_holm"]):
        return f"{words} with {int(pair['patients'])} patients"
    signed = estimate(pair["difference"], pair["ci_low"], pair["ci_high"])
    return (
        f"{words} (difference {signed}, Holm {p_value(pair['p_holm'])}; the least detectable with "
        f"{int(pair['patients'])} patients is {pair['least']:.2g})"
    )


def between(pairs: pd.DataFrame, one: str, other: str) -> pd.Series:
    """The row of `compare_pairs` of two names, in whichever order it has them."""
    both = {one, other}
    found = [{row["first"], row["second"]} == both for _, row in pairs.iterrows()]
    return pairs[found].iloc[0]


def span(rows: pd.DataFrame) -> str:
    """Of a table's rows, one a method, the lowest and the highest mean; "" of none."""
    ordered = rows[rows["mean"].notna()].sort_values("mean", kind="stable")
    if ordered.empty:
        return ""
    low, high = (
        (estimate(row["mean"], row["ci_low"], row["ci_high"]), row["method"])
        for row in (ordered.iloc[0], ordered.iloc[-1])
    )
    if len(ordered) == 1:
        return f"{low[0]} ({low[1]})"
    if low[0] == high[0]:
        return f"{low[0]} (all methods)"
    return f"{low[0]} ({low[1]}) to {high[0]} ({high[1]})"


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), parts[-1]])


def _ends(pair: pd.Series) -> tuple[str, str]:
    """Of the size of a difference; the lower end of its size first."""
    return ("ci_low", "ci_high") if pair["difference"] > 0 else ("ci_high", "ci_low")
