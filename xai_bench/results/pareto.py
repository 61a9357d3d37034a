"""Quality against cost: which methods no other method beats at both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from xai_bench.results.leaderboard import COMPARABLE
from xai_bench.types import is_control

__all__ = ["pareto"]

_PASSES = ("forward_passes", "backward_passes")
_CONTROLS = ("amplitude", "slope", "random")
"""Those that explain nothing and could be had instead; the others know what a method cannot."""
_FACTS = ("quality", "quality_low", "quality_high", "cost", "passes", "sign", "control")


def pareto(
    leaderboard: pd.DataFrame,
    quality: str = "faithfulness_correlation",
    cost: str = "seconds_p50",
) -> pd.DataFrame:
    """The methods of each dataset, protocol and model that have a score of both metrics.

    Columns: dataset, protocol, model, method, quality with its interval quality_low, quality_high,
    cost, passes (forward and backward), control, front. A method is on the front if no other of its
    model is at least as good, by its mean, and as cheap, and better or cheaper. The controls
    amplitude, slope and random stand beside the methods and neither are on the front nor keep a
    method from it; models that classify too badly are left out.
    """
    control = leaderboard["method"].map(is_control).astype(bool)
    competes = ~control | leaderboard["method"].isin(_CONTROLS)
    competes &= (leaderboard["status"] == "ok") & (leaderboard["quality"] != "unreliable")
    rows = []
    pairs = leaderboard[competes].groupby([*COMPARABLE, "method"], sort=False)
    for pair, of_pair in pairs:
        by_metric = of_pair.set_index("metric")
        if quality not in by_metric.index or cost not in by_metric.index:
            continue
        of_quality, means = by_metric.loc[quality], by_metric["mean"]
        row: dict[str, Any] = dict(zip([*COMPARABLE, "method"], pair, strict=True))
        row |= {
            "quality": of_quality["mean"],
            "quality_low": of_quality["ci_low"],
            "quality_high": of_quality["ci_high"],
            "cost": means[cost],
            "passes": sum(means.get(name, np.nan) for name in _PASSES),
            "sign": 1 if of_quality["direction"] == "higher" else -1,
            "control": row["method"] in _CONTROLS,
        }
        rows.append(row)
    found = pd.DataFrame(rows, columns=[*COMPARABLE, "method", *_FACTS])
    front = pd.Series(False, index=found.index)
    methods = found[~found["control"].astype(bool)]
    for _, rivals in methods.groupby(list(COMPARABLE), sort=False):
        good, dear = rivals["sign"] * rivals["quality"], rivals["cost"]
        for row_of in rivals.index:
            beats = (good >= good[row_of]) & (dear <= dear[row_of])
            beats &= (good > good[row_of]) | (dear < dear[row_of])
            front[row_of] = not beats.any()
    return found.drop(columns="sign").assign(front=front)
