"""Where controls stand between the floor and the best method: what the leaderboard has of methods.

A leaderboard has skills of all, where random and a ceiling are known, and places of methods alone.
"""

from __future__ import annotations

import pandas as pd

from xai_bench.types import is_control

__all__ = ["shares"]

_OF = ["dataset", "protocol", "model", "metric"]


def shares(leaderboard: pd.DataFrame) -> pd.Series:
    """Of each row its skill, or else its place: 0 is the floor, 1 the ceiling or the best method.

    The place of a control is (mean - floor) / (best - floor) of the means in the table, where its
    methods have places; NaN where there is no floor. leaderboard: rows of `results.leaderboard`.
    """
    found = leaderboard["skill"].where(leaderboard["skill"].notna(), leaderboard["place"])
    for _, rows in leaderboard.groupby(_OF, sort=False):
        best = rows.loc[rows["place"] == 1.0, "mean"]
        floors = set(rows["floor"].dropna()) - {""}
        floor = rows.loc[rows["method"].isin(list(floors)), "mean"]
        if best.empty or len(floor) != 1:
            continue
        controls = rows[rows["method"].map(is_control).astype(bool)]
        low, high = float(floor.iloc[0]), float(best.iloc[0])
        found.loc[controls.index] = (controls["mean"] - low) / (high - low)
    return found
