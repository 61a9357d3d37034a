"""Kendall's tau as a map: a square for each net and metric, a panel for each two data sets."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.figures.squares import draw_squares, name_squares
from xai_bench.report.figures.study_picture import LETTERS, MARGIN, PAGE, SMALL, blank_page
from xai_bench.report.figures.style import INK
from xai_bench.report.rankings.tables import UNRELIABLE, unreliable_nets
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.rankings.study import EVERY

__all__ = ["draw_rankings"]

_ROW, _LABEL, _HEAD, _TITLE, _WIDEST, _RIGHT = 0.165, 1.3, 0.85, 0.22, 0.62, 0.3
"""Inches; of a column at most."""
_MESSAGE = "Do two data sets put methods in the same order?"


def draw_rankings(result: StudyResult) -> Figure:
    """Blue is the same order, vermilion the reverse; bold where the interval is above zero,
    and a dagger where two methods swap with certainty."""
    shown = result.table[result.table["metric"] != EVERY]
    known = shown[shown["value"].notna()]
    metrics = [name for name in dict.fromkeys(shown["metric"]) if name in set(known["metric"])]
    panels = [
        (str(first), str(second), rows)
        for (first, second), rows in known.groupby(["first", "second"], sort=False)
    ]
    nets = [list(dict.fromkeys(rows["model"])) for _, _, rows in panels]
    cell = min((PAGE - _LABEL - _RIGHT) / max(len(metrics), 1), _WIDEST)
    inner = _HEAD + sum(_TITLE + _ROW * len(of_panel) for of_panel in nets)
    note = (
        "Kendall's τ of the orders of methods on two data sets: 1 is the same order, -1 the "
        "reverse (a black corner). Bold: its 95 % interval, bootstrap over patients, is above 0. "
        "†: two methods swap places with certainty. –: not compared, or all methods tied. "
        f"{UNRELIABLE}: the net classifies too badly on one of the two."
    )
    figure, base = blank_page(_MESSAGE, note, inner)
    height = float(figure.get_size_inches()[1])
    top = base + inner - _HEAD
    for place, ((first, second, rows), of_panel) in enumerate(zip(panels, nets, strict=True)):
        title = (top - _TITLE + 0.05) / height
        words = f"{first} and {second}"
        figure.text(MARGIN / PAGE, title, words, size=LETTERS, weight="bold", color=INK)
        top -= _TITLE
        high = _ROW * len(of_panel)
        box = (_LABEL / PAGE, (top - high) / height, cell * len(metrics) / PAGE, high / height)
        axes = figure.add_axes(box)
        _panel(axes, rows, of_panel, metrics)
        bad = unreliable_nets(result, first, second)
        labels = [net + UNRELIABLE * (net in bad) for net in of_panel]
        name_squares(axes, labels, metrics if place == 0 else [], points=SMALL, rotation=35)
        if place == 0:
            axes.tick_params(axis="x", pad=16)  # above the title of the panel
        top -= high
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, nets: list[str], metrics: list[str]) -> None:
    found = {(row["model"], row["metric"]): row for row in rows.to_dict("records")}
    values = np.full((len(nets), len(metrics)), np.nan)
    for (net, metric), row in found.items():
        values[nets.index(net), metrics.index(metric)] = row["value"]

    def text(line: int, column: int) -> str:
        value = float(values[line, column])
        if math.isnan(value):
            return "–"
        swaps = found[nets[line], metrics[column]]["pairs_swap"]
        return f"{round(value, 2) + 0.0:.2f}" + ("†" if swaps else "")

    def bold(line: int, column: int) -> bool:
        row = found.get((nets[line], metrics[column]))
        return row is not None and bool(row["ci_low"] > 0)

    draw_squares(axes, values, text=text, bold=bold, points=SMALL)
