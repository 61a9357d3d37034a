"""The plot of quality against cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from xai_bench.report.figures.style import (
    CONTROL,
    FAINT,
    GREY,
    INK,
    METHOD,
    draw_dot,
    plain_axes,
)
from xai_bench.report.formats import ARROWS
from xai_bench.report.leaderboard.order import MetricFacts

__all__ = ["draw_pareto"]

_LABELS = 0.715
"""Where names start, as a share of the width; each is joined to its dot."""
_GAP = 0.055
"""From name to name, as a share of the height, where there is room for it."""


def draw_pareto(points: pd.DataFrame, quality: MetricFacts, *, title: str) -> Figure:
    """Quality over seconds: the front is a line, and names say how many passes a method takes.

    points: the rows that `results.pareto` has of one dataset, protocol and model, of seconds.
    """
    figure = Figure(figsize=(9.0, 4.6))
    axes = figure.add_axes((0.09, 0.13, 0.58, 0.76))
    points = points.sort_values("cost", kind="stable")
    front = points[points["front"]]
    axes.step(front["cost"], front["quality"], color=METHOD, linewidth=1, where="post", zorder=1)
    for row in points.to_dict("records"):
        interval = (float(row["quality_low"]), float(row["quality_high"]))
        place = (float(row["cost"]), float(row["quality"]))
        colour = CONTROL if row["control"] else METHOD
        filled = bool(row["front"] or row["control"])
        draw_dot(axes, place, interval, vertical=True, colour=colour, filled=filled)
    axes.set_xscale("log")
    axes.margins(x=0.08)
    axes.grid(axis="both", color=FAINT, linewidth=0.8)
    plain_axes(axes)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.patch.set_visible(False)  # it would hide the lines from names to dots
    axes.set_xlabel("seconds a recording (median)", fontsize=10)
    axes.set_ylabel(f"{quality.label} {ARROWS[quality.better]}".rstrip(), fontsize=10)
    figure.suptitle(title, fontsize=11, x=0.09, ha="left")
    # The limits as they will be drawn: names are joined to where dots then are.
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    _label(figure, points)
    note = "bold: no other is as good and\nas cheap; grey italics: controls"
    figure.text(_LABELS, 0.02, note, fontsize=8.5, color=INK, va="bottom")
    return figure


def _label(figure: Figure, points: pd.DataFrame) -> None:
    """Names beside the axes, in order of quality."""
    (axes,) = figure.axes
    to_figure = axes.transData + figure.transFigure.inverted()
    dots = to_figure.transform(points[["cost", "quality"]].to_numpy(np.float64))
    heights = _spread(dots[:, 1], low=0.16, high=0.88)
    for row, (x, y), height in zip(points.to_dict("records"), dots, heights, strict=True):
        count = row["passes"]
        passes = "" if np.isnan(count) else f", {count:.0f} pass{'' if count == 1 else 'es'}"
        weight = "bold" if row["front"] else "normal"
        name = f"{row['method']}{passes}"
        colour, slant = (GREY, "italic") if row["control"] else (INK, "normal")
        figure.text(
            _LABELS, height, name, fontsize=9, va="center", color=colour, weight=weight, style=slant
        )
        ends = ([x, _LABELS - 0.025, _LABELS - 0.005], [y, height, height])
        figure.add_artist(Line2D(*ends, color=CONTROL, linewidth=0.6, zorder=0))


def _spread(
    wanted: Float[np.ndarray, " label"], *, low: float, high: float
) -> Float[np.ndarray, " label"]:
    """Heights near those wanted and in their order, no two closer than a gap."""
    gap = min(_GAP, (high - low) / max(len(wanted) - 1, 1))
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    # What is left after the steps must not fall; the mean of the two ways to see to it is centred.
    left = np.clip(wanted[order], low, high) - steps
    up = np.maximum.accumulate(left)
    down = np.minimum.accumulate(left[::-1])[::-1]
    placed = np.clip((up + down) / 2, low, high - steps[-1]) + steps
    heights = np.empty_like(placed)
    heights[order] = placed
    return heights
