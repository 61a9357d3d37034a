"""What each metric tells apart, and which go together, as pictures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from xai_bench.report.figures.squares import draw_squares, name_squares
from xai_bench.report.figures.study_picture import (
    MARGIN,
    PAGE,
    SMALL,
    SMALLEST,
    blank_page,
)
from xai_bench.report.figures.style import GREY
from xai_bench.report.metric_audit.tables import MARKS, share_of_heat
from xai_bench.studies.metric_audit.redundancy import (
    ALIKE,
    clusters,
    order_of_metrics,
    square,
)
from xai_bench.zoo import QUESTIONS

__all__ = ["draw_redundancy", "draw_trust"]

_ROW, _LABEL, _HEAD, _TURNED = 0.16, 1.5, 0.45, 1.4
"""Inches; _TURNED: of names that stand upright."""
_TRUST = "What does each metric tell apart?"
_REDUNDANCY = "Which metrics say the same of the same maps?"
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
    marks = "   ".join(f"{mark} {verdict}" for verdict, mark in MARKS.items())
    note = (
        "Share of recordings in which the better map scores better: 1 always, 0.5 is chance, "
        "a black corner is the wrong way. Moved mass: the smallest share that 90 % of recordings "
        f"notice.\n{marks}   – not asked, or no score."
    )
    inner = _HEAD + _ROW * len(metrics)
    figure, base = blank_page(_TRUST, note, inner)
    height = float(figure.get_size_inches()[1])
    across, up = (PAGE - _LABEL - MARGIN) / PAGE, _ROW * len(metrics) / height
    axes = figure.add_axes((_LABEL / PAGE, base / height, across, up))
    heat = np.full((len(metrics), len(QUESTIONS)), np.nan)
    texts = {}
    for row, metric in enumerate(metrics):
        for column, question in enumerate(QUESTIONS):
            one = found.get((metric, question), {})
            value = float(one.get("value", math.nan))
            verdict = str(one.get("verdict", ""))
            if math.isfinite(value) and verdict != "by construction":
                heat[row, column] = share_of_heat(question, value)
            text = "–"
            if math.isfinite(value):
                text = f"{value:.0%}" if question == "resolution" else f"{value:.2f}"
            elif verdict in MARKS:
                text = ""
            texts[row, column] = text + MARKS.get(verdict, "")
    draw_squares(axes, heat, text=lambda row, column: texts[row, column], points=SMALL)
    headings = [_HEADINGS[name].replace(" ", "\n", 1) for name in QUESTIONS]
    name_squares(axes, metrics, headings, points=SMALL, rotation=0)
    for edge in _family_edges(table, metrics):
        axes.axhline(edge - 0.5, color=GREY, linewidth=0.8)
    return figure


def draw_redundancy(table: pd.DataFrame) -> Figure:
    """Correlations of metrics, those that go together side by side; clusters are framed."""
    ordered = order_of_metrics(table)
    correlations = square(table).loc[ordered, ordered].to_numpy(np.float64)
    side = min(PAGE - _LABEL - MARGIN, 0.3 * len(ordered))
    alone = [
        name
        for name, row in zip(ordered, correlations, strict=True)
        if np.isfinite(row).sum() <= 1 and len(ordered) > 1
    ]
    note = (
        "Spearman's correlation of scores of the same maps, the better way up: blue together, "
        f"vermilion with a black corner against. Framed: |correlation| of {ALIKE:g} or more on "
        "average."
    )
    note += f" White: no map has scores of both ({', '.join(alone)})." if alone else ""
    inner = _TURNED + side
    figure, base = blank_page(_REDUNDANCY, note, inner)
    height = float(figure.get_size_inches()[1])
    axes = figure.add_axes((_LABEL / PAGE, base / height, side / PAGE, side / height))
    draw_squares(axes, correlations, text=lambda row, column: "", points=SMALLEST)
    name_squares(axes, ordered, ordered, points=SMALLEST)
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
    return figure


def _family_edges(table: pd.DataFrame, metrics: list[str]) -> list[int]:
    family = dict(zip(table["metric"], table["family"], strict=True))
    return [i for i in range(1, len(metrics)) if family[metrics[i]] != family[metrics[i - 1]]]
