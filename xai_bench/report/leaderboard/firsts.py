"""Which methods are first most often, by the ranks of a leaderboard."""

from __future__ import annotations

import pandas as pd

from xai_bench.report.stability.wording import listed
from xai_bench.results.method_comparison import NOT_ASKED

__all__ = ["leaders"]


def leaders(rows: pd.DataFrame) -> str:
    """Such as "ig-16 of imn (14 of 18), deeplift of resnet1d (9 of 18)"; "" of no ranks.

    Of each model the methods that have rank 1, alone or beside others, in most of its metrics that
    no audit flags. Where a method is not shown better than a control, it is not first. rows: of a
    leaderboard, of one dataset and protocol, without empty texts.
    """
    ranked = rows[rows["rank"].notna() & (rows["flags"] == "")]
    found = []
    for model, of_model in ranked.groupby("model", sort=False):
        beats = of_model["not_better_than"].isin(["", NOT_ASKED])
        first = of_model[(of_model["rank"] == 1) & beats]
        counts = first.groupby("method", sort=False).size()
        if counts.empty:
            continue
        most = counts[counts == counts.max()]
        names = listed([str(name) for name in most.index])
        found.append(f"{names} of {model} ({most.iloc[0]} of {of_model['metric'].nunique()})")
    return ", ".join(found)
