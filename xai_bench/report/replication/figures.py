"""How many orders of two methods hold: a bar for each metric, a panel for each net."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from xai_bench.report.figures.study_picture import LETTERS, MARGIN, PAGE, SMALL, blank_page
from xai_bench.report.figures.style import FAINT, HIGH, INK, LOW, plain_axes
from xai_bench.studies.replication.replicated_order import VERDICTS, Replicated

__all__ = ["draw_replication"]

_ROW, _LABEL, _GAP, _HEAD, _FOOT = 0.19, 1.4, 0.2, 0.42, 0.22
"""Inches."""
_LOOKS: dict[Replicated, tuple[str, str]] = {
    "holds": (HIGH, ""),
    "undecided": ("#8fbbd9", ""),
    "reversed": (LOW, "////"),
    "pooled only": ("#b8b8b8", "...."),
    "not apart": (FAINT, ""),
}
"""Colour and hatching, by which a print without colour tells them apart."""
_MESSAGE = "How many orders of two methods hold on every fold and every training?"


def draw_replication(table: pd.DataFrame) -> Figure:
    """Shares of pairs; the number that hold is written, and that of reversed ones."""
    nets = list(dict.fromkeys(table["model"]))
    metrics = list(dict.fromkeys(table["metric"]))
    pairs = {net: table[table["model"] == net].groupby("metric").size().max() for net in nets}
    wide = (PAGE - _LABEL - MARGIN - _GAP * (len(nets) - 1)) / len(nets) - 0.06
    high = _ROW * len(metrics)
    counted = ", ".join(f"{count} of {net}" for net, count in pairs.items())
    note = (
        f"Numbers: pairs of methods that hold, or are reversed; pairs a metric: {counted} at most."
    )
    figure, base = blank_page(_MESSAGE, note, _HEAD + high + _FOOT)
    height = float(figure.get_size_inches()[1])
    for place, net in enumerate(nets):
        left = _LABEL + (wide + _GAP) * place
        box = (left / PAGE, (base + _FOOT) / height, wide / PAGE, high / height)
        axes = figure.add_axes(box)
        for line, metric in enumerate(metrics):
            rows = table[(table["model"] == net) & (table["metric"] == metric)]
            counts = rows["verdict"].value_counts()
            start = 0.0
            for verdict in VERDICTS:
                count = int(counts.get(verdict, 0))
                share = count / len(rows) if len(rows) else 0.0
                colour, hatch = _LOOKS[verdict]
                axes.barh(
                    line, share, left=start, color=colour, hatch=hatch, height=0.78,
                    edgecolor="white", linewidth=0,
                )  # fmt: skip
                if count and verdict in ("holds", "reversed"):
                    axes.text(
                        start + share / 2, line, str(count),
                        ha="center", va="center", fontsize=SMALL, color="white",
                    )  # fmt: skip
                start += share
        axes.set_xlim(0, 1)
        axes.set_ylim(len(metrics) - 0.5, -0.5)
        plain_axes(axes)
        axes.set_xticks([0, 0.5, 1], ["0", "half of the pairs", "all"])
        axes.set_yticks(range(len(metrics)), metrics if place == 0 else [""] * len(metrics))
        axes.tick_params(labelsize=SMALL)
        axes.set_title(net, fontsize=LETTERS, weight="bold", color=INK, loc="left", pad=3)
    handles = [
        Patch(facecolor=_LOOKS[name][0], hatch=_LOOKS[name][1], edgecolor="white", label=name)
        for name in VERDICTS
    ]
    at = (_LABEL / PAGE, (base + _FOOT + high + _HEAD + 0.02) / height)
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=at, ncols=len(handles), frameon=False,
        fontsize=SMALL, borderpad=0, handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
    return figure
