"""Similarity to the trained net's attribution as layers lose what they learnt."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.figures.style import INK
from xai_bench.report.stability.figures.sheet import (
    column,
    legend,
    methods_of,
    plain,
    strips,
    track,
)
from xai_bench.studies.stability.headline_scores import MEASURE

__all__ = ["draw_weights"]

_HEIGHT = 3.4


def draw_weights(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Curves with bands: one group of layers after another from the output on, and each alone."""
    rows = table[
        (table["question"] == "weights") & (table["measure"] == MEASURE) & (table["given"] == "all")
    ]
    figure, found = strips(column(rows, "model"), _HEIGHT)
    for model, strip in found:
        of_model = rows[rows["model"] == model]
        left, right = strip.subplots(1, 2, sharey=True)
        _cascade(left, of_model[of_model["condition"] == "cascade"])
        _alone(right, of_model[of_model["condition"] == "independent"])
        left.set_ylabel("similarity of |a| (Spearman)", size=9)
    legend(figure, methods_of(rows))
    return figure


def _cascade(axes: Axes, rows: pd.DataFrame) -> None:
    """From the trained net, where every attribution is what it is."""
    for method in reversed(methods_of(rows)):
        of_method = rows[rows["method"] == method].sort_values("level")
        start = {"level": 0.0, "mean": 1.0, "ci_low": 1.0, "ci_high": 1.0}
        whole = pd.concat([pd.DataFrame([start]), of_method[list(start)]], ignore_index=True)
        track(axes, method, whole["level"].to_numpy(np.float64), whole)
    axes.axhline(0, color=INK, lw=0.8, ls=":")
    axes.set_title("cascade, from the output on", size=9, loc="left")
    axes.set_xlabel("share of layers randomised", size=9)
    plain(axes)


def _alone(axes: Axes, rows: pd.DataFrame) -> None:
    groups = list(dict.fromkeys(rows.sort_values("level", kind="stable")["against"]))
    for method in reversed(methods_of(rows)):
        of_method = rows[rows["method"] == method].set_index("against").loc[groups]
        track(axes, method, np.arange(len(groups), dtype=np.float64), of_method)
    axes.axhline(0, color=INK, lw=0.8, ls=":")
    axes.set_title("one group of layers alone", size=9, loc="left")
    plain(axes)
    names = [name.replace(" to ", "\nto ") for name in groups]
    axes.set_xticks(range(len(groups)), names, fontsize=7.5, rotation=90)
    axes.set_xlabel("from the output (left) to the input", size=9)
