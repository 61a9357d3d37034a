"""The study of baselines at a glance: whether orders hold, and whom the baseline helps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xai_bench.report.figures.squares import draw_squares, name_squares
from xai_bench.report.figures.study_picture import (
    LETTERS,
    MARGIN,
    PAGE,
    SMALL,
    SMALLEST,
    blank_page,
)
from xai_bench.report.figures.style import INK
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.types import ZERO

__all__ = ["draw_baselines"]

_ROW, _LEAST, _MOST = 0.19, 0.26, 0.5
"""Inches of a row; of a column at least and at most."""
_METRICS, _NAMES, _GAP, _HEAD, _BETWEEN = 1.22, 0.82, 0.14, 0.85, 0.3
_MESSAGE = "Does the order of methods hold with another baseline, and whom does a baseline help?"
_NOTE = (
    "n = {n} recordings. Left: Kendall's τ of the orders that a metric gives methods with zero and "
    "with the baseline named above; 1 is the same order, a black corner is reversed. Right: share "
    "of recordings in which a method from the baseline on the left scores better than from zero, "
    "by the baseline of the metric (above), mean over metrics; a half is no better, a black corner "
    "is worse. Framed: metric and method have the same baseline. –: the method has no map of this "
    "net."
)


def draw_baselines(result: StudyResult) -> Figure:
    """A row of panels for each net. Left: Kendall's tau of the orders with zero and with another
    baseline; then for each method that begins at a baseline, how often it is better from another
    one than from zero, by the baseline of the metric, the mean over metrics."""
    models, shown = result.facts["models"], result.facts["baselines"]
    metrics, others = list(result.facts["metrics"]), [name for name in shown if name != ZERO]
    gains = select(result.table, measure="gain")
    methods = list(dict.fromkeys(gains["method"]))
    columns = len(others) + len(shown) * len(methods)
    names = _METRICS + (_NAMES if methods else 0.0) + _GAP * len(methods)
    cell = min(max((PAGE - names - MARGIN) / columns, _LEAST), _MOST)
    width = max(PAGE, names + cell * columns + MARGIN)
    step = _BETWEEN + _ROW * max(len(metrics), len(others))
    inner = _HEAD + step * len(models)
    figure, base = blank_page(_MESSAGE, _NOTE.format(n=result.facts["n"]), inner, width=width)
    height = float(figure.get_size_inches()[1])

    def axes_at(x: float, top: float, size: tuple[int, int]) -> Axes:
        high, wide = _ROW * size[0], cell * size[1]
        return figure.add_axes((x / width, (top - high) / height, wide / width, high / height))

    for place, model in enumerate(models):
        top = base + inner - _HEAD - step * place
        orders = select(result.table, measure="order", model=model, first=ZERO)
        values = _grid(orders, "metric", metrics, "second", others)
        axes = axes_at(_METRICS, top, values.shape)
        draw_squares(axes, values, points=SMALLEST)
        name_squares(axes, metrics, others if place == 0 else [], points=SMALL, rotation=40)
        figure.text(MARGIN / width, (top + 0.07) / height, model, size=LETTERS, weight="bold")
        x = _METRICS + cell * len(others) + _GAP + _NAMES
        if place == 0:
            _head(figure, (MARGIN + 0.0, top), "Kendall's τ with zero")
        for number, method in enumerate(methods):
            of_method = select(gains, model=model, method=method)
            mean = of_method.groupby(["first", "second"])["value"].mean().reset_index()
            values = _grid(mean, "first", others, "second", shown)
            axes = axes_at(x, top, values.shape)
            draw_squares(axes, values, ends=(0, 1), points=SMALLEST)
            name_squares(
                axes, others if number == 0 else [], shown if place == 0 else [], points=SMALL,
                rotation=40,
            )  # fmt: skip
            for row, name in enumerate(others):
                axes.add_patch(_frame(shown.index(name), row))
            if place == 0:
                start = x - (_NAMES if number == 0 else 0.0)
                _head(figure, (start, top), f"{method}: better than from zero")
            x += cell * len(shown) + _GAP
    return figure


def _head(figure: Figure, at: tuple[float, float], text: str) -> None:
    """Over the names of a panel; at: its upper left corner, inches."""
    width, height = figure.get_size_inches()
    y = (at[1] + _HEAD - 0.08) / height
    figure.text(at[0] / width, y, text, size=LETTERS, color=INK, va="top")


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, fill=False, edgecolor=INK, lw=1.2)


def _grid(
    table: pd.DataFrame, row_key: str, rows: Sequence[str], column_key: str, columns: Sequence[str]
) -> Float[np.ndarray, "row column"]:
    values = np.full((len(rows), len(columns)), np.nan)
    for row in table.to_dict("records"):
        if row[row_key] in rows and row[column_key] in columns:
            values[rows.index(row[row_key]), columns.index(row[column_key])] = row["value"]
    return values
