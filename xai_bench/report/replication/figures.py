"""How many orders of two methods hold: a bar for each metric, a panel for each net."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from xai_bench.report.figures.style import FAINT, GREY, HIGH, INK, LOW, plain_axes
from xai_bench.studies.replication.replicated_order import VERDICTS, Replicated

__all__ = ["DPI", "draw_replication"]

DPI = 110
_ROW, _PANEL, _LABEL, _HEAD, _FOOT = 0.27, 3.6, 2.0, 0.75, 0.35
"""Inches."""
_COLOURS: dict[Replicated, str] = {
    "holds": HIGH,
    "undecided": "#8fbbd9",
    "reversed": LOW,
    "pooled only": "#b8b8b8",
    "not apart": FAINT,
}


def draw_replication(table: pd.DataFrame) -> Figure:
    """Shares of pairs; the number that hold is written, and that of reversed ones."""
    nets = list(dict.fromkeys(table["model"]))
    metrics = list(dict.fromkeys(table["metric"]))
    height = _HEAD + _FOOT + _ROW * len(metrics)
    width = _LABEL + (_PANEL + 0.3) * len(nets)
    figure = Figure(figsize=(width, height), facecolor="white")
    for place, net in enumerate(nets):
        left = _LABEL + (_PANEL + 0.3) * place
        box = (left / width, _FOOT / height, _PANEL / width, _ROW * len(metrics) / height)
        axes = figure.add_axes(box)
        for line, metric in enumerate(metrics):
            rows = table[(table["model"] == net) & (table["metric"] == metric)]
            counts = rows["verdict"].value_counts()
            start = 0.0
            for verdict in VERDICTS:
                count = int(counts.get(verdict, 0))
                share = count / len(rows) if len(rows) else 0.0
                axes.barh(line, share, left=start, color=_COLOURS[verdict], height=0.78)
                if count and verdict in ("holds", "reversed"):
                    axes.text(
                        start + share / 2, line, str(count),
                        ha="center", va="center", fontsize=7.5, color="white",
                    )  # fmt: skip
                start += share
        axes.set_xlim(0, 1)
        axes.set_ylim(len(metrics) - 0.5, -0.5)
        plain_axes(axes)
        axes.set_xticks([0, 0.5, 1], ["0", "half of the pairs", "all"], fontsize=8)
        axes.set_yticks(range(len(metrics)), metrics if place == 0 else [""] * len(metrics))
        figure.text(
            left / width, (height - 0.62) / height, net, fontsize=9, weight="bold", color=INK
        )
    x = _LABEL / width
    for verdict in VERDICTS:
        figure.text(x, (height - 0.28) / height, "■", fontsize=10, color=_COLOURS[verdict])
        figure.text(x + 0.16 / width, (height - 0.27) / height, verdict, fontsize=8, color=GREY)
        x += (0.42 + 0.075 * len(verdict)) / width
    return figure
