"""The study of baselines at a glance: whether orders hold, and whom the baseline helps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xai_bench.report.figures.style import GREY, HIGH, INK, LOW, MIDDLE
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.types import ZERO

__all__ = ["DPI", "draw_baselines"]

DPI = 110

_CELL, _ROW = 0.62, 0.27
"""Inches."""
_LEFT, _GAP, _HEAD, _BETWEEN, _FOOT = 1.75, 1.75, 1.3, 0.45, 0.75
_COLOURS = LinearSegmentedColormap.from_list("baselines", [LOW, MIDDLE, HIGH])


def draw_baselines(result: StudyResult) -> Figure:
    """A row of panels for each net. Left: Kendall's tau of the orders with zero and with another
    baseline; then for each method that begins at a baseline, how often it is better from another
    one than from zero, by the baseline of the metric, the mean over metrics."""
    models, shown = result.facts["models"], result.facts["baselines"]
    metrics, others = list(result.facts["metrics"]), [name for name in shown if name != ZERO]
    gains = select(result.table, measure="gain")
    methods = list(dict.fromkeys(gains["method"]))
    rows = max(len(metrics), len(others))
    step = _BETWEEN + _ROW * rows
    width = _LEFT + _CELL * len(others) + (_GAP + _CELL * len(shown)) * len(methods) + 0.9
    height = _HEAD + step * len(models) + _FOOT
    figure = Figure(figsize=(width, height), facecolor="white")

    def axes_at(x: float, top: float, size: tuple[int, int]) -> Axes:
        high, wide = _ROW * size[0], _CELL * size[1]
        frame = (x / width, (top - high) / height, wide / width, high / height)
        return figure.add_axes(frame)

    for place, model in enumerate(models):
        top = height - _HEAD - step * place
        orders = select(result.table, measure="order", model=model, first=ZERO)
        values = _grid(orders, "metric", metrics, "second", others)
        axes = axes_at(_LEFT, top, values.shape)
        _heat(axes, values, (metrics, others), (-1, 1), named=place == 0)
        figure.text(0.02, (top + 0.1) / height, model, size=10, weight="bold", color=INK)
        for number, method in enumerate(methods):
            x = _LEFT + _CELL * len(others) + _GAP + (_GAP + _CELL * len(shown)) * number
            of_method = select(gains, model=model, method=method)
            mean = of_method.groupby(["first", "second"])["value"].mean().reset_index()
            values = _grid(mean, "first", others, "second", shown)
            names = [f"{method}@{name}" for name in others]
            axes = axes_at(x, top, values.shape)
            _heat(axes, values, (names, shown), (0, 1), named=place == 0)
            for row, name in enumerate(others):
                axes.add_patch(_frame(shown.index(name), row))
    figure.text(_LEFT / width, 1 - 0.25 / height, "Kendall's τ with zero", size=9, color=INK)
    if methods:
        x = (_LEFT + _CELL * len(others) + _GAP) / width
        title = "How often better than from zero"
        figure.text(x, 1 - 0.25 / height, title, size=9, color=INK)
    note = (
        "Left: of the orders that a metric gives methods with zero and with the baseline named "
        "above; 1 is the same order.\nRight: share of recordings in which a method from another "
        "baseline scores better than from zero, by the baseline of\nthe metric (above); mean over "
        "metrics; a half is no better. Framed: the metric has the baseline of the method. "
        "–: not known."
    )
    figure.text(0.02, 0.12 / height, note, size=8, color=GREY, va="bottom")
    return figure


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, fill=False, edgecolor=INK, lw=1.4)


def _grid(
    table: pd.DataFrame, row_key: str, rows: Sequence[str], column_key: str, columns: Sequence[str]
) -> Float[np.ndarray, "row column"]:
    values = np.full((len(rows), len(columns)), np.nan)
    for row in table.to_dict("records"):
        if row[row_key] in rows and row[column_key] in columns:
            values[rows.index(row[row_key]), columns.index(row[column_key])] = row["value"]
    return values


def _heat(
    axes: Axes,
    values: Float[np.ndarray, "row column"],
    names: tuple[Sequence[str], Sequence[str]],
    ends: tuple[float, float],
    *,
    named: bool,
) -> None:
    low, high = ends
    axes.imshow(np.ma.masked_invalid(values), cmap=_COLOURS, vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        dark = abs(2 * (value - low) / (high - low) - 1) > 0.7
        axes.text(
            column, row, "–" if math.isnan(value) else f"{value:.2f}",
            ha="center", va="center", size=7.5,
            color=GREY if math.isnan(value) else "white" if dark else INK,
        )  # fmt: skip
    axes.set_yticks(range(len(names[0])), names[0], size=8)
    if named:
        axes.xaxis.tick_top()
        axes.set_xticks(range(len(names[1])), names[1], size=8, rotation=40, ha="left")
    else:
        axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
