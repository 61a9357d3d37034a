"""Ranks that know ties: a method is behind those whose intervals are apart from its own."""

from __future__ import annotations

import pandas as pd

from xai_bench.types import is_control

__all__ = ["COMPARABLE", "rank_rows"]

COMPARABLE = ("dataset", "protocol", "model")
"""Only rows that agree in these share a table and a rank."""
_SIGN = {"higher": 1.0, "lower": -1.0}


def rank_rows(table: pd.DataFrame) -> pd.Series:
    """The rank of each row of a leaderboard among the methods of its model and metric.

    rank = 1 + the number of methods whose interval is apart from this one's and better. Methods
    whose intervals overlap are not told apart by it, so that several may be first, and a method
    without an interval is behind none. Rows without a mean, controls, and models that classify too
    badly have no rank.
    """
    ranks = pd.Series(pd.NA, index=table.index, dtype="Int64")
    sign = table["direction"].map(_SIGN).astype(float)
    unreliable = (table["quality"] == "unreliable").groupby(
        [table[name] for name in COMPARABLE], sort=False
    )
    ranked = (
        table["mean"].notna()
        & sign.notna()
        & ~table["method"].map(is_control).astype(bool)
        & ~unreliable.transform("any")
    )
    for _, rows in table[ranked].groupby([*COMPARABLE, "metric"], sort=False):
        ends = pd.concat([rows["ci_low"], rows["ci_high"]], axis=1).mul(sign[rows.index], axis=0)
        worst, best = ends.min(axis=1, skipna=False), ends.max(axis=1, skipna=False)
        for row in rows.index:
            ranks[row] = 1 + int((worst > best[row]).sum())
    return ranks
