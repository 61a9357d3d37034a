"""What each metric tells apart, as a picture."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from xai_bench.report.figures.style import HIGH, LOW, MIDDLE
from xai_bench.zoo import LEAST_AUC, SEPARATIONS

__all__ = ["draw_trust"]

_ROW, _COLUMN, _LABEL, _HEAD, _FOOT = 0.23, 1.05, 2.75, 0.55, 0.75
"""Inches."""
_HEADINGS = {
    "evidence": "oracle\nfrom noise",
    "noticed": "oracle-twin\nfrom noise",
    "training": "trained from\nuntrained",
    "sign": "map from\nits reverse",
}


def draw_trust(table: pd.DataFrame) -> Figure:
    """A square for each metric and separation: blue is told apart, vermilion the wrong way."""
    metrics = list(dict.fromkeys(table["metric"]))
    areas = table.pivot(index="metric", columns="separation", values="value")
    areas = areas.reindex(index=metrics, columns=list(SEPARATIONS)).astype(float)
    height = _HEAD + _ROW * len(metrics) + _FOOT
    width = _LABEL + _COLUMN * len(SEPARATIONS) + 0.2
    figure = Figure(figsize=(width, height))
    box = (_LABEL / width, _FOOT / height, _COLUMN * 4 / width, _ROW * len(metrics) / height)
    axes = figure.add_axes(box)
    colours = LinearSegmentedColormap.from_list("trust", [LOW, MIDDLE, HIGH])
    values = areas.to_numpy()
    axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if math.isnan(value):
            axes.text(column, row, "–", ha="center", va="center", fontsize=7, color="#777777")
            continue
        text = f"{value:.2f}" + ("†" if value < LEAST_AUC else "")
        strong = abs(value - 0.5) > 0.35
        colour = "white" if strong else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    axes.set_xticks(range(len(SEPARATIONS)), list(_HEADINGS.values()), fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(metrics)), metrics, fontsize=7.5)
    axes.tick_params(length=0)
    for edge in _family_edges(table, metrics):
        axes.axhline(edge - 0.5, color="white", linewidth=4)
    axes.spines[:].set_visible(False)
    note = (
        f"AUROC of scores; 0.5 is chance, † below {LEAST_AUC}. "
        "–: not asked, because the metric takes\nno notice of signs, or not defined for one of "
        "the two sides."
    )
    figure.text(0.02, 0.1 / height, note, fontsize=7.5, color="#444444", va="bottom")
    return figure


def _family_edges(table: pd.DataFrame, metrics: list[str]) -> list[int]:
    family = dict(zip(table["metric"], table["family"], strict=True))
    return [i for i in range(1, len(metrics)) if family[metrics[i]] != family[metrics[i - 1]]]
