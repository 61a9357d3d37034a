"""Method accuracy at a glance: cosines in colour, a panel for each kind of parts."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from xai_bench.report.figures.squares import draw_squares, name_squares
from xai_bench.report.figures.study_picture import LETTERS, MARGIN, PAGE, SMALLEST, blank_page
from xai_bench.report.figures.style import GREY, INK, ordered
from xai_bench.report.method_accuracy.accuracy_rows import AccuracyRows
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.method_accuracy.accuracy_measures import PARTS
from xai_bench.types import is_control

__all__ = ["draw"]

_ROW, _LEAST = 0.145, 0.2
"""Inches of a row; of a column at least."""
_LEFT, _GAP, _ABOVE = 1.12, 0.1, 1.42
_MESSAGE = "How like the truth of known nets is a method's map, in samples, regions and leads?"
_NOTE = (
    "Cosine of map and truth, mean over {n} recordings: 1 is the truth, 0 says nothing of it; blue "
    "towards 1, vermilion below 0 (well below: a black corner). –: the method has no map of this "
    "net. * of these parts the truth is a convention. Under the line: controls."
)


def draw(result: StudyResult) -> Figure:
    """Methods x nets: the cosine with the truth in samples, regions and leads, from -1 to 1."""
    rows = AccuracyRows(result)
    models, methods = rows.models, ordered(rows.methods)
    columns = len(models) * len(PARTS)
    cell = max((PAGE - _LEFT - MARGIN - _GAP * (len(PARTS) - 1)) / columns, _LEAST)
    cell = min(cell, 0.5)
    width = max(PAGE, _LEFT + columns * cell + _GAP * (len(PARTS) - 1) + MARGIN)
    high = _ROW * len(methods)
    note = _NOTE.format(n=result.facts["n"])
    figure, base = blank_page(_MESSAGE, note, high + _ABOVE, width=width)
    height = float(figure.get_size_inches()[1])
    for number, (parts, words) in enumerate(PARTS.items()):
        left = _LEFT + number * (cell * len(models) + _GAP)
        frame = (left / width, base / height, cell * len(models) / width, high / height)
        axes = figure.add_axes(frame)
        found = [
            [rows.row(model, method, parts, "cosine") for model in models] for method in methods
        ]
        values = np.array(
            [[math.nan if one is None else float(one["value"]) for one in line] for line in found]
        ).reshape(len(methods), len(models))
        draw_squares(axes, values, text=partial(_words, values), points=SMALLEST)
        labels = [name if rows.is_unique(name, parts) else f"{name} *" for name in models]
        name_squares(axes, methods if number == 0 else [""] * len(methods), labels, points=SMALLEST)
        for label, method in zip(axes.get_yticklabels(), methods, strict=True):
            label.set_color(GREY if is_control(method) else INK)
        axes.axhline(sum(not is_control(name) for name in methods) - 0.5, color=INK, linewidth=0.8)
        place = (left / width, (base + high + _ABOVE - 0.12) / height)
        figure.text(*place, words.split(",")[0], size=LETTERS, weight="bold", color=INK)
    return figure


def _words(values: Float[np.ndarray, "row column"], row: int, column: int) -> str:
    return _short(float(values[row, column]))


def _short(value: float) -> str:
    """Two digits in little room: .97, -.04, 1."""
    if math.isnan(value):
        return "–"
    text = f"{round(value, 2) + 0.0:.2f}"
    return text.replace("0.", ".") if abs(value) < 0.995 else text.partition(".")[0]
