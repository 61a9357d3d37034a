"""Similarity to the clean recording's attribution: against noise, shifts, and other changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xai_bench.report.figures.style import CONTROL, style
from xai_bench.report.stability.figures.sheet import (
    column,
    legend,
    methods_of,
    plain,
    strips,
    track,
)
from xai_bench.studies.stability.headline_scores import MEASURE
from xai_bench.studies.stability.schema import FLOORS, NOISES

__all__ = ["draw_input"]

_HEIGHT = 4.6
_FLOOR = FLOORS["input"]
_SPREAD = 0.7
"""Of the room between two conditions, what their methods take."""


def draw_input(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """For each model, small multiples over what has several levels, and dots of what has none."""
    rows = table[
        (table["question"] == "input") & (table["measure"] == MEASURE) & (table["given"] == "all")
    ]
    figure, found = strips(column(rows, "model"), _HEIGHT)
    for model, strip in found:
        of_model = rows[rows["model"] == model]
        tracks = [name for name in column(of_model, "condition") if name in (*NOISES, "shift")]
        grid = strip.add_gridspec(2, max(len(tracks), 1), height_ratios=(1, 0.9))
        first = None
        for place, condition in enumerate(tracks):
            axes = strip.add_subplot(grid[0, place], sharey=first)
            _levels(axes, of_model, condition)
            if first is None:
                first = axes
                axes.set_ylabel("similarity\n(Spearman)", size=9)
            else:
                axes.tick_params(labelleft=False)
        _dots(strip.add_subplot(grid[1, :]), of_model[~of_model["condition"].isin(tracks)])
    legend(
        figure,
        methods_of(rows),
        [Line2D([], [], color=CONTROL, ls="--", lw=1.2, label=f"dashed: {_FLOOR}")],
    )
    return figure


def _levels(axes: Axes, rows: pd.DataFrame, condition: str) -> None:
    """Levels evenly apart, the mildest first; the floor of each method that is no control."""
    noise = condition in NOISES
    of_condition = rows[rows["condition"] == condition]
    levels = sorted(set(of_condition["level"]), reverse=noise)
    for method in reversed(methods_of(rows)):
        of_method = of_condition[of_condition["method"] == method].set_index("level")
        track(axes, method, np.arange(len(levels), dtype=np.float64), of_method.loc[levels])
        floor = rows[(rows["condition"] == _FLOOR) & (rows["method"] == method)]
        for value in floor["mean"]:
            axes.axhline(value, color=style(method).colour, ls=(0, (4, 3)), lw=0.9, zorder=0)
    axes.set_title(condition, size=9)
    axes.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    axes.set_xlabel("SNR, dB" if noise else "samples", size=9)
    axes.margins(x=0.12)
    plain(axes)


def _dots(axes: Axes, rows: pd.DataFrame) -> None:
    """Methods side by side at each condition, with their intervals; the floor at the end."""
    methods = methods_of(rows)
    keys = list(dict.fromkeys(zip(rows["condition"], rows["level"].fillna(0.0), strict=True)))
    keys.sort(key=lambda key: key[0] == _FLOOR)
    for place, (condition, level) in enumerate(keys):
        here = rows[(rows["condition"] == condition) & (rows["level"].fillna(0.0) == level)]
        for number, method in enumerate(methods):
            x = place + _SPREAD * ((number + 0.5) / len(methods) - 0.5)
            look = style(method)
            for row in here[here["method"] == method].itertuples():
                ends = [row.ci_low, row.ci_high]
                axes.plot([x, x], ends, color=look.colour, lw=1.6, solid_capstyle="butt")
                axes.plot([x], [row.mean], look.marker, color=look.colour, ms=5.5)
        if place:
            axes.axvline(place - 0.5, color="#cccccc", lw=0.8)
    axes.set_xticks(range(len(keys)), [_words(*key) for key in keys])
    axes.set_xlim(-0.5, len(keys) - 0.5)
    axes.set_ylabel("similarity\n(Spearman)", size=9)
    plain(axes)
    axes.tick_params(axis="x", length=0)


def _words(condition: str, level: float) -> str:
    if condition == "gain":
        return f"gain {level:+g} %"
    if condition == "resampled":
        return f"via {level:g} Hz\nand back"
    return condition.replace("another ", "another\n")
