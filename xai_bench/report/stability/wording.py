"""How estimates and verdicts are written in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from xai_bench.methods import METHODS, Needs
from xai_bench.report.formats import p_of_a_sentence, span
from xai_bench.stats import ALPHA
from xai_bench.studies.stability.headline_scores import Headline, PairedScores

__all__ = [
    "estimate",
    "listed",
    "lowest_to_highest",
    "mean_of",
    "n_of",
    "native_verdict",
    "of_row",
    "span_of_means",
    "verdict",
]

_DIGITS, _SMALL_DIGITS, _SMALL = 2, 3, 0.1
"""Decimals, and those where all numbers are below `_SMALL`."""


def estimate(value: float, low: float, high: float) -> str:
    """0.93 [0.91, 0.95], or the value alone where it has no interval."""
    known = [number for number in (value, low, high) if not math.isnan(number)]
    digits = _SMALL_DIGITS if max(map(abs, known), default=1) < _SMALL else _DIGITS
    first, *ends = (f"{round(number, digits) + 0.0:.{digits}f}" for number in known)  # never "-0"
    return f"{first} [{', '.join(ends)}]" if len(ends) == 2 else first


def of_row(row: pd.Series, value: str = "value") -> str:
    """The `estimate` of a row of a table of estimates, or of `compare_pairs` its "difference"."""
    return estimate(row[value], row["ci_low"], row["ci_high"])


def mean_of(scores: PairedScores, name: str) -> str:
    """The `estimate` of the mean of one column."""
    return estimate(*scores.mean(name))


def verdict(pair: pd.Series, better: str) -> str:
    """Of a row of `compare_pairs`: that the first is `better` ("more stable") than the second and
    by how much, or that they cannot be told apart, by which half of the rule of `told_apart`, and
    which difference could not be seen."""
    first, second = pair["first"], pair["second"]
    if pair["apart"]:
        size, low, high = (abs(pair[name]) for name in ("difference", "ci_low", "ci_high"))
        by = estimate(size, min(low, high), max(low, high))
        return f"{first} is {better} than {second} by {by} (Holm {p_of_a_sentence(pair['p_holm'])})"
    words = f"{first} and {second} cannot be told apart"
    if math.isnan(pair["p_holm"]):
        return f"{words} with {int(pair['patients'])} patients"
    known = f"the least detectable with {int(pair['patients'])} patients is {pair['least']:.2g}"
    if math.isinf(pair["least"]):
        known = f"with {int(pair['patients'])} patients no difference would be, among so many pairs"
    return f"{words} (difference {_doubted(pair)}; {known})"


def _doubted(pair: pd.Series) -> str:
    """The difference, its interval and p, and which of the two does not exclude zero."""
    size, p = of_row(pair, "difference"), f"Holm {p_of_a_sentence(pair['p_holm'])}"
    if pair["ci_low"] <= 0 <= pair["ci_high"]:
        return f"{size} reaches 0, {'though ' if pair['p_holm'] < ALPHA else ''}{p}"
    return f"{size}, but {p} is not below {ALPHA}"


def span_of_means(scores: PairedScores) -> str:
    """The lowest and the highest mean with their names, such as 0.92 [0.92, 0.93] (a) to 0.98
    [0.97, 0.98] (b); of one column its own."""
    names = list(map(str, scores.scores.mean().sort_values(kind="stable").index))
    ends = dict.fromkeys((names[0], names[-1]))
    return " to ".join(f"{mean_of(scores, name)} ({name})" for name in ends)


def native_verdict(scores: PairedScores, model: str, headline: Headline) -> Iterator[str]:
    """Whether the explanation that a net writes itself is ahead of the best post-hoc method.

    Nothing where there are no two sides. All methods are compared, and Holm's p pays for choosing
    the best of them.
    """
    native = {name for name, method in METHODS.items() if Needs.WEIGHTS in method.needs}
    post_hoc = [name for name in scores.names if name.partition("@")[0] not in native]
    if "native" not in scores.names or not post_hoc:
        return
    pair = scores.pair("native", str(scores.scores[post_hoc].mean().idxmax()))
    answer = "Not known"
    if pair["apart"]:
        answer = "Yes" if pair["first"] == "native" else "No"
    question = f"Is native {headline.better} than the best post-hoc method on {model}?"
    yield f"{question} {answer}: {verdict(pair, headline.better)}."


def lowest_to_highest(rows: pd.DataFrame) -> str:
    """Of a table's rows, one a method, the lowest and the highest value; "" of none."""
    ordered = rows[rows["value"].notna()].sort_values("value", kind="stable")
    if ordered.empty:
        return ""
    low, high = ((of_row(row), row["method"]) for row in (ordered.iloc[0], ordered.iloc[-1]))
    if len(ordered) == 1:
        return f"{low[0]} ({low[1]})"
    if low[0] == high[0]:
        return f"{low[0]} (all methods)"
    return f"{low[0]} ({low[1]}) to {high[0]} ({high[1]})"


def n_of(rows: pd.DataFrame) -> str:
    """How many recordings the rows of a table, one a method, are of: 21 to 32."""
    return span(int(rows["n"].min()), int(rows["n"].max()))


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), parts[-1]])
