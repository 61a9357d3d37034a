"""Method accuracy at a glance: cosines in colour, a panel for each kind of parts."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from xai_bench.report.figures.style import CONTROL, FAINT, GREY, HIGH, INK, LOW, MIDDLE
from xai_bench.report.method_accuracy.accuracy_rows import AccuracyRows
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.method_accuracy.accuracy_measures import PARTS
from xai_bench.types import is_control

__all__ = ["DPI", "draw"]

DPI = 110

_CELL, _ROW = 0.44, 0.2
"""Inches."""
_LEFT, _ABOVE, _BELOW = 1.5, 1.75, 0.1
_COLOURS = LinearSegmentedColormap.from_list("accuracy", [LOW, MIDDLE, HIGH])
_DARK = 0.7
"""Cosines beyond it are written in white."""


def draw(result: StudyResult) -> Figure:
    """Methods x nets: the cosine with the truth in samples, regions and leads, from -1 to 1."""
    rows = AccuracyRows(result)
    wide = _CELL * len(rows.models)
    high = _ROW * len(rows.methods)
    size = (_LEFT + len(PARTS) * (wide + _CELL), _ABOVE + high + _BELOW)
    figure = Figure(figsize=size, facecolor="white")
    for number, parts in enumerate(PARTS):
        left = _LEFT + number * (wide + _CELL)
        frame = (left / size[0], _BELOW / size[1], wide / size[0], high / size[1])
        _panel(figure.add_axes(frame), rows, parts, named=number == 0)
    return figure


def _panel(axes: Axes, rows: AccuracyRows, parts: str, *, named: bool) -> None:
    models, methods = rows.models, rows.methods
    for y, method in enumerate(methods):
        for x, model in enumerate(models):
            _square(axes, rows, (x, y), model, method, parts)
    axes.set_xlim(0, len(models))
    axes.set_ylim(len(methods), 0)
    labels = [name if rows.is_unique(name, parts) else f"{name} *" for name in models]
    axes.set_xticks([x + 0.5 for x in range(len(models))], labels, rotation=90, size=8)
    axes.xaxis.tick_top()
    axes.set_yticks([y + 0.5 for y in range(len(methods))], methods if named else [], size=8)
    for label in axes.get_yticklabels():
        label.set_color(GREY if is_control(label.get_text()) else INK)
    rivals = sum(not is_control(name) for name in methods)
    axes.axhline(rivals, color=INK, linewidth=1.0)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(PARTS[parts].split(",")[0], size=10, weight="bold")


def _square(
    axes: Axes, rows: AccuracyRows, at: tuple[int, int], model: str, method: str, parts: str
) -> None:
    row = rows.row(model, method, parts, "cosine")
    value = math.nan if row is None else float(row["value"])
    unknown = math.isnan(value)
    axes.fill_between(
        [at[0] + 0.03, at[0] + 0.97], at[1] + 0.04, at[1] + 0.96, linewidth=0,
        color=FAINT if unknown else _COLOURS((value + 1) / 2),
    )  # fmt: skip
    text = "" if unknown else f"{round(value, 2) + 0.0:.2f}"
    colour = CONTROL if unknown else "white" if abs(value) > _DARK else INK
    axes.text(at[0] + 0.5, at[1] + 0.54, text, ha="center", va="center", size=6.5, color=colour)
