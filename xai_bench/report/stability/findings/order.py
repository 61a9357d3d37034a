"""Which method is first in something, which last, whether that is so; and where native stands."""

from __future__ import annotations

import pandas as pd

from xai_bench.methods import Needs, find_methods
from xai_bench.report.stability.findings.words import apart, between, of_wide, verdict
from xai_bench.stats import compare_pairs
from xai_bench.studies.stability.headline_scores import Headline, Wide

__all__ = ["first_and_last", "native_or_not", "pairs_of"]


def pairs_of(wide: Wide) -> pd.DataFrame:
    """Every two columns compared; higher is better."""
    return compare_pairs(wide.scores, wide.patients, better="higher")


def first_and_last(wide: Wide, pairs: pd.DataFrame, better: str) -> str:
    """The highest and the lowest mean, and whether the highest is apart from the next and the
    lowest; nothing of a single column."""
    order = list(wide.scores.mean().sort_values(ascending=False, kind="stable").index)
    first, last = str(order[0]), str(order[-1])
    if len(order) == 1:
        return f"{of_wide(wide, first)} for {first}"
    said = [
        f"the highest mean is {of_wide(wide, first)} ({first}), "
        f"the lowest {of_wide(wide, last)} ({last})",
        *(
            verdict(between(pairs, first, other), better)
            for other in dict.fromkeys((str(order[1]), last))
        ),
    ]
    return "; ".join(said)


def native_or_not(wide: Wide, pairs: pd.DataFrame, model: str, headline: Headline) -> str | None:
    """Whether the explanation that a net writes itself is ahead of the best post-hoc method.

    None where there are no two sides. All methods are compared, and Holm's p pays for choosing the
    best of them.
    """
    methods = {m.name: m for m in find_methods(list(wide.scores.columns))}
    post_hoc = [name for name, method in methods.items() if Needs.WEIGHTS not in method.needs]
    if "native" not in methods or not post_hoc:
        return None
    means = wide.scores[post_hoc].mean()
    pair = between(pairs, "native", str(means.idxmax()))
    answer = "Not known"
    if apart(pair):
        answer = "Yes" if pair["first"] == "native" else "No"
    question = f"Is native {headline.better} than the best post-hoc method on {model}?"
    return f"{question} {answer}: {verdict(pair, headline.better)}."
