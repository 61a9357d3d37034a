"""The audit of metrics in a terminal, as a file and as a picture."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from rich.box import HORIZONTALS
from rich.table import Table
from rich.text import Text

from xai_bench.errors import OutputError
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.results import to_csv
from xai_bench.studies.metric_audit import SEPARATIONS
from xai_bench.zoo import LEAST_AUC

__all__ = ["draw_trust", "trust_table", "write_trust"]

_LOW, _MIDDLE, _HIGH = "#D55E00", "#f4f1ea", "#0072B2"
"""Vermilion and blue after Okabe and Ito (2008), told apart with every kind of colour vision."""
_ROW, _COLUMN, _LABEL, _HEAD, _FOOT = 0.23, 1.05, 2.75, 0.55, 0.75
"""Inches."""


def trust_table(found: pd.DataFrame) -> Table:
    """A row for each metric, a column for each separation; flagged ones are marked with a †."""
    table = Table(
        box=HORIZONTALS,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=Text("what metrics tell apart (AUROC)", style="bold"),
        caption=Text(f"with 95 % intervals; † below {LEAST_AUC}; – see trust.csv", style="dim"),
        caption_justify="left",
    )
    table.add_column("metric", no_wrap=True)  # a name that is broken cannot be typed
    for separation in SEPARATIONS:
        table.add_column(separation, justify="right")
    for family, rows in found.groupby("family", sort=False):
        table.add_section()
        table.add_row(Text(str(family), style="bold"))
        for metric, of_metric in rows.groupby("metric", sort=False):
            by_name = {str(row["separation"]): row for row in of_metric.to_dict("records")}
            table.add_row(f"  {metric}", *(_cell(by_name[name]) for name in SEPARATIONS))
    return table


def write_trust(found: pd.DataFrame, folder: Path) -> None:
    """trust.csv and trust.png. Raises OutputError."""
    try:
        (folder / "trust.csv").write_text(to_csv(found), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror}") from error
    save_figure(draw_trust(found), folder / "trust.png", dpi=110)


def draw_trust(found: pd.DataFrame) -> Figure:
    """A square for each metric and separation: blue is told apart, vermilion the wrong way."""
    metrics = list(dict.fromkeys(found["metric"]))
    areas = found.pivot(index="metric", columns="separation", values="auc")
    areas = areas.reindex(index=metrics, columns=list(SEPARATIONS)).astype(float)
    height = _HEAD + _ROW * len(metrics) + _FOOT
    width = _LABEL + _COLUMN * len(SEPARATIONS) + 0.2
    figure = Figure(figsize=(width, height))
    box = (_LABEL / width, _FOOT / height, _COLUMN * 4 / width, _ROW * len(metrics) / height)
    axes = figure.add_axes(box)
    colours = LinearSegmentedColormap.from_list("trust", [_LOW, _MIDDLE, _HIGH])
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
    axes.set_xticks(range(len(SEPARATIONS)), [_heading(name) for name in SEPARATIONS], fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(metrics)), metrics, fontsize=7.5)
    axes.tick_params(length=0)
    for edge in _family_edges(found, metrics):
        axes.axhline(edge - 0.5, color="white", linewidth=4)
    axes.spines[:].set_visible(False)
    note = (
        f"AUROC of scores; 0.5 is chance, † below {LEAST_AUC}. "
        "–: not asked, because the metric takes\nno notice of signs, or not defined for one of "
        "the two sides."
    )
    figure.text(0.02, 0.1 / height, note, fontsize=7.5, color="#444444", va="bottom")
    return figure


def _heading(separation: str) -> str:
    return {
        "evidence": "oracle\nfrom noise",
        "noticed": "oracle-twin\nfrom noise",
        "training": "trained from\nuntrained",
        "sign": "map from\nits reverse",
    }[separation]


def _family_edges(found: pd.DataFrame, metrics: list[str]) -> list[int]:
    family = dict(zip(found["metric"], found["family"], strict=True))
    return [i for i in range(1, len(metrics)) if family[metrics[i]] != family[metrics[i - 1]]]


def _cell(row: Mapping[Hashable, Any]) -> Text:
    area, low, high = (float(row[name]) for name in ("auc", "ci_low", "ci_high"))
    if math.isnan(area):
        return Text("–", style="dim")
    text = Text(f"{area:.2f}" + ("†" if area < LEAST_AUC else ""))
    if not math.isnan(low):
        text.append(f" {low:.2f}–{high:.2f}", style="dim")
    return text
