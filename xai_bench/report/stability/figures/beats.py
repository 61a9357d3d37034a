"""Similarity of a beat's attribution to that of the next beat, whole and wave by wave."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xai_bench.report.figures.style import CONTROL, INK, style
from xai_bench.report.stability.figures.boxes import SPREAD, boxes, centre
from xai_bench.report.stability.figures.sheet import column, legend, methods_of, plain, strips
from xai_bench.studies.stability.beat_by_beat import PARTS
from xai_bench.studies.stability.headline_scores import MEASURE
from xai_bench.studies.stability.schema import FLOORS

__all__ = ["draw_beats"]

_HEIGHT = 3.1
_FLOOR = FLOORS["beats"]


def draw_beats(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Boxes over recordings; a dashed line across each is the mean of the floor."""
    rows = scores[(scores["question"] == "beats") & (scores["measure"] == MEASURE)]
    means = table[(table["question"] == "beats") & (table["measure"] == MEASURE)]
    methods = methods_of(rows)
    figure, found = strips(column(rows, "model"), _HEIGHT)
    for model, strip in found:
        axes = strip.subplots()
        of_model = rows[(rows["model"] == model) & (rows["condition"] == "next beat")]
        palette = {method: style(method).colour for method in methods}
        boxes(axes, of_model, x="against", order=PARTS, hue="method", palette=palette)
        _floors(axes, means[(means["model"] == model) & (means["condition"] == _FLOOR)], methods)
        axes.axhline(0, color=INK, lw=0.8, ls=":")
        axes.set_xticks(range(len(PARTS)), ["whole beat", *PARTS[1:]])
        axes.set_ylabel("similarity (Spearman)", size=9)
        for place in range(1, len(PARTS)):
            axes.axvline(place - 0.5, color="#cccccc", lw=0.8)
        plain(axes)
        axes.tick_params(axis="x", length=0)
    line = Line2D([], [], color=CONTROL, ls="--", lw=1.4, label=f"dashed: {_FLOOR}")
    legend(figure, methods, [line])
    return figure


def _floors(axes: Axes, rows: pd.DataFrame, methods: list[str]) -> None:
    half = SPREAD / len(methods) / 2
    for _, row in rows.iterrows():
        number = methods.index(str(row["method"]))
        at = centre(PARTS.index(str(row["against"])), number, len(methods))
        ends, level = [at - half, at + half], [float(row["mean"])] * 2
        axes.plot(ends, level, color=INK, ls=(0, (2, 1)), lw=1.4, zorder=4)
