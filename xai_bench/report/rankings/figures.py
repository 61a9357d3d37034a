"""Kendall's tau as a map: a square for each net and metric, a panel for each two data sets."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from xai_bench.report.figures.style import GREY, HIGH, INK, LOW, MIDDLE
from xai_bench.report.rankings.tables import UNRELIABLE, unreliable_nets
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.rankings.study import EVERY

__all__ = ["DPI", "draw_rankings"]

DPI = 110
_ROW, _COLUMN, _LABEL, _HEAD, _FOOT, _TITLE = 0.27, 0.62, 1.75, 1.15, 0.62, 0.32
"""Inches."""


def draw_rankings(result: StudyResult) -> Figure:
    """Blue is the same order, vermilion the reverse; bold where the interval is above zero, and a
    dagger where two methods swap with certainty."""
    shown = result.table[result.table["metric"] != EVERY]
    known = shown[shown["value"].notna()]
    metrics = [name for name in dict.fromkeys(shown["metric"]) if name in set(known["metric"])]
    panels = [
        (str(first), str(second), rows)
        for (first, second), rows in known.groupby(["first", "second"], sort=False)
    ]
    nets = [list(dict.fromkeys(rows["model"])) for _, _, rows in panels]
    height = _FOOT + _HEAD + sum(_TITLE + _ROW * len(of_panel) for of_panel in nets)
    width = _LABEL + _COLUMN * max(len(metrics), 6) + 0.6
    figure = Figure(figsize=(width, height), facecolor="white")
    top = height - _HEAD
    for place, ((first, second, rows), of_panel) in enumerate(zip(panels, nets, strict=True)):
        top -= _TITLE
        bottom = top - _ROW * len(of_panel)
        box = (_LABEL / width, bottom / height, _COLUMN * len(metrics) / width)
        axes = figure.add_axes((*box, (top - bottom) / height))
        _panel(axes, rows, of_panel, metrics)
        bad = unreliable_nets(result, first, second)
        labels = [net + UNRELIABLE * (net in bad) for net in of_panel]
        axes.set_yticks(range(len(of_panel)), labels, fontsize=8)
        figure.text(
            0.02,
            (top + 0.08) / height,
            f"{first} and {second}",
            fontsize=9,
            weight="bold",
            color=INK,
            va="bottom",
        )
        if place == 0:
            axes.xaxis.tick_top()
            axes.set_xticks(range(len(metrics)), metrics, fontsize=8, rotation=40, ha="left")
            axes.tick_params(axis="x", pad=16)
        top = bottom
    note = (
        "Kendall's τ of the orders of methods on two data sets: 1 is the same order, -1 the "
        "reverse. Bold: its 95 % interval\nis above 0. †: two methods swap places with certainty. "
        "–: not compared, or all methods tied. "
        f"{UNRELIABLE}: the net classifies too badly on one of the two."
    )
    figure.text(0.02, 0.1 / height, note, fontsize=8, color=GREY, va="bottom")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, nets: list[str], metrics: list[str]) -> None:
    found = {(row["model"], row["metric"]): row for row in rows.to_dict("records")}
    values = np.full((len(nets), len(metrics)), np.nan)
    for (net, metric), row in found.items():
        values[nets.index(net), metrics.index(metric)] = row["value"]
    colours = LinearSegmentedColormap.from_list("tau", [LOW, MIDDLE, HIGH])
    axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=-1, vmax=1, aspect="auto")
    for (line, column), value in np.ndenumerate(values):
        if math.isnan(value):
            axes.text(column, line, "–", ha="center", va="center", fontsize=7, color=GREY)
            continue
        row = found[nets[line], metrics[column]]
        text = f"{value:.2f}" + ("†" if row["pairs_swap"] else "")
        colour = "white" if abs(value) > 0.7 else "black"
        weight = "bold" if row["ci_low"] > 0 else "normal"
        axes.text(
            column, line, text, ha="center", va="center", fontsize=7.5, color=colour, weight=weight
        )
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
