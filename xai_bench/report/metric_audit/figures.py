"""What each metric tells apart, and which go together, as pictures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from xai_bench.report.figures.style import HIGH, LOW, MIDDLE
from xai_bench.report.metric_audit.tables import MARKS, share_of_heat
from xai_bench.studies.metric_audit.redundancy import (
    ALIKE,
    clusters,
    order_of_metrics,
    square,
)
from xai_bench.zoo import QUESTIONS

__all__ = ["DPI", "draw_redundancy", "draw_trust"]

DPI = 110
_ROW, _COLUMN, _LABEL, _HEAD, _FOOT = 0.23, 0.82, 2.45, 0.6, 0.8
"""Inches."""
_HEADINGS = {
    "noise": "truth from\nnoise",
    "amplitude": "truth from\n|z|",
    "slope": "truth from\n|dz/dt|",
    "blurred": "truth from\nblurred",
    "shifted": "truth from\nshifted",
    "unsigned": "truth from\nits sizes",
    "resolution": "moved mass\nnoticed",
    "used": "used from\nnot used",
    "training": "trained from\nuntrained",
    "sign": "map from\nits reverse",
    "reliability": "reliability\n(ICC)",
}


def draw_trust(table: pd.DataFrame) -> Figure:
    """A square for each metric and question: blue is told apart, vermilion the wrong way."""
    metrics = list(dict.fromkeys(table["metric"]))
    found = {(row["metric"], row["question"]): row for row in table.to_dict("records")}
    height = _HEAD + _ROW * len(metrics) + _FOOT
    width = _LABEL + _COLUMN * len(QUESTIONS) + 0.2
    figure = Figure(figsize=(width, height))
    across, up = _COLUMN * len(QUESTIONS) / width, _ROW * len(metrics) / height
    axes = figure.add_axes((_LABEL / width, _FOOT / height, across, up))
    heat = np.full((len(metrics), len(QUESTIONS)), np.nan)
    for row, metric in enumerate(metrics):
        for column, question in enumerate(QUESTIONS):
            one = found.get((metric, question), {})
            value = float(one.get("value", math.nan))
            verdict = str(one.get("verdict", ""))
            settled = verdict == "by construction"
            if math.isfinite(value) and not settled:
                heat[row, column] = share_of_heat(question, value)
            text = "–"
            if math.isfinite(value):
                text = f"{value:.0%}" if question == "resolution" else f"{value:.2f}"
            elif verdict in MARKS:
                text = ""
            text += MARKS.get(verdict, "")
            grey = settled or not math.isfinite(value)
            strong = abs(heat[row, column]) > 0.7
            colour = "#777777" if grey else "white" if strong else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    _squares(axes, heat)
    axes.set_xticks(range(len(QUESTIONS)), [_HEADINGS[name] for name in QUESTIONS], fontsize=7.5)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(metrics)), metrics, fontsize=7.5)
    for edge in _family_edges(table, metrics):
        axes.axhline(edge - 0.5, color="white", linewidth=4)
    marks = "   ".join(f"{mark} {verdict}" for verdict, mark in MARKS.items())
    note = (
        "Share of recordings in which the better map scores better; 0.5 is chance. Moved mass: the "
        "smallest share that 90 % of recordings notice.\n"
        f"{marks}   – not asked, or no score."
    )
    figure.text(0.02, 0.12 / height, note, fontsize=7.5, color="#444444", va="bottom")
    return figure


def draw_redundancy(table: pd.DataFrame) -> Figure:
    """Correlations of metrics, those that go together side by side; clusters are framed."""
    ordered = order_of_metrics(table)
    correlations = square(table).loc[ordered, ordered].to_numpy(np.float64)
    side = max(4.0, 0.19 * len(ordered))
    left, foot, head = 2.3, 0.5, 2.2
    width, height = left + side + 0.2, head + side + foot
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((left / width, foot / height, side / width, side / height))
    _squares(axes, correlations)
    axes.set_xticks(range(len(ordered)), ordered, rotation=90, fontsize=7)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(ordered)), ordered, fontsize=7)
    numbers = clusters(table)
    start = 0
    for place in range(1, len(ordered) + 1):
        if place < len(ordered) and numbers[ordered[place]] == numbers[ordered[start]]:
            continue
        if place - start > 1:
            corners = [start - 0.5, place - 0.5]
            axes.plot(
                [corners[0], corners[1], corners[1], corners[0], corners[0]],
                [corners[0], corners[0], corners[1], corners[1], corners[0]],
                color="black",
                linewidth=1.2,
            )
        start = place
    note = (
        "Spearman's correlation of scores of the same maps, the better way up; blue together, "
        f"vermilion against. Framed: |correlation| of {ALIKE:g} or more on average."
    )
    figure.text(0.02, 0.15 / height, note, fontsize=7.5, color="#444444", va="bottom")
    return figure


def _squares(axes: Axes, heat: np.ndarray) -> None:
    colours = LinearSegmentedColormap.from_list("heat", [LOW, MIDDLE, HIGH])
    axes.imshow(np.ma.masked_invalid(heat), cmap=colours, vmin=-1, vmax=1, aspect="auto")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _family_edges(table: pd.DataFrame, metrics: list[str]) -> list[int]:
    family = dict(zip(table["metric"], table["family"], strict=True))
    return [i for i in range(1, len(metrics)) if family[metrics[i]] != family[metrics[i - 1]]]
