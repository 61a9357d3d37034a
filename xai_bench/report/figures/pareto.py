"""Quality against cost: which methods no other method beats at both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from xai_bench.report.figures.dots import CONTROL, FAINT, INK, METHOD, draw_dot, plain_axes
from xai_bench.report.formats import ARROWS
from xai_bench.report.leaderboard.order import MetricFacts
from xai_bench.results import COMPARABLE, is_control

__all__ = ["draw_pareto", "pareto"]

_PASSES = ("forward_passes", "backward_passes")
_FACTS = ("quality", "quality_low", "quality_high", "cost", "passes", "random", "sign")
_LABELS = 0.715
"""Where names start, as a share of the width; each is joined to its dot."""
_GAP = 0.055
"""From name to name, as a share of the height, where there is room for it."""


def pareto(
    leaderboard: pd.DataFrame,
    quality: str = "faithfulness_correlation",
    cost: str = "seconds_p50",
) -> pd.DataFrame:
    """The methods of each dataset, protocol and model that have a score of both metrics.

    Columns: dataset, protocol, model, method, quality with its interval quality_low, quality_high,
    cost, passes (forward and backward), random (what that control scores), front. A method is on
    the front if no other of its model is at least as good, by its mean, and as cheap, and better or
    cheaper. Controls explain nothing and are left out, and so are models that classify too badly.
    """
    competes = ~leaderboard["method"].map(is_control).astype(bool)
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
            "random": of_quality["random"],
            "sign": 1 if of_quality["direction"] == "higher" else -1,
        }
        rows.append(row)
    found = pd.DataFrame(rows, columns=[*COMPARABLE, "method", *_FACTS])
    front = pd.Series(False, index=found.index)
    for _, rivals in found.groupby(list(COMPARABLE), sort=False):
        good, dear = rivals["sign"] * rivals["quality"], rivals["cost"]
        for row_of in rivals.index:
            beats = (good >= good[row_of]) & (dear <= dear[row_of])
            beats &= (good > good[row_of]) | (dear < dear[row_of])
            front[row_of] = not beats.any()
    return found.drop(columns="sign").assign(front=front)


def draw_pareto(points: pd.DataFrame, quality: MetricFacts, *, title: str) -> Figure:
    """Quality over seconds: the front is a line, and names say how many passes a method takes.

    points: the rows that `pareto` has of one dataset, protocol and model, of seconds.
    """
    figure = Figure(figsize=(9.0, 4.6))
    axes = figure.add_axes((0.09, 0.13, 0.58, 0.76))
    points = points.sort_values("cost", kind="stable")
    floor = points["random"].iloc[0]
    if not np.isnan(floor):
        axes.axhline(floor, color=CONTROL, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    front = points[points["front"]]
    axes.step(front["cost"], front["quality"], color=METHOD, linewidth=1, where="post", zorder=1)
    for row in points.to_dict("records"):
        interval = (float(row["quality_low"]), float(row["quality_high"]))
        place = (float(row["cost"]), float(row["quality"]))
        draw_dot(axes, place, interval, vertical=True, filled=bool(row["front"]))
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
    note = "filled, bold: no other is both\nas good and as cheap; dashed: random"
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
        figure.text(_LABELS, height, name, fontsize=9, va="center", color=INK, weight=weight)
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
