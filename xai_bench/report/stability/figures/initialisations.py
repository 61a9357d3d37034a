"""Similarity between nets: of other seeds, of another architecture, and untrained."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from xai_bench.report.figures.style import INK
from xai_bench.report.stability.figures.boxes import boxes
from xai_bench.report.stability.figures.sheet import (
    column,
    label_methods,
    methods_of,
    plain,
    strips,
)
from xai_bench.report.stability.published import SELF_CONSISTENCY
from xai_bench.studies.stability.headline_scores import MEASURE
from xai_bench.studies.stability.initialisations import JOINED
from xai_bench.studies.stability.schema import FLOORS

__all__ = ["draw_initialisations"]

_HEIGHT = 3.1
_BAND = "#f0e9d8"
_KINDS = {
    "same net": ("#0072B2", "the same net, another seed"),
    "another net": ("#a8d3ee", "another net"),
    FLOORS["initialisations"]: ("#ffffff", "the same net, untrained (floor)"),
}
"""Dark, light and white, which a print without colour shows too."""


def draw_initialisations(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Boxes over recordings, of each the mean over pairs of nets; the published range as a band."""
    rows = scores[(scores["question"] == "initialisations") & (scores["measure"] == MEASURE)]
    keys = ["model", "method", "condition", "record_id"]
    each = rows.groupby(keys, sort=False)["score"].mean().reset_index()
    kinds = [name for name in _KINDS if name in set(each["condition"])]
    figure, found = strips(column(each, "model"), _HEIGHT)
    for model, strip in found:
        axes = strip.subplots()
        of_model = each[each["model"] == model]
        methods = methods_of(of_model)
        palette = {name: _KINDS[name][0] for name in kinds if name in set(of_model["condition"])}
        axes.axhspan(*SELF_CONSISTENCY, color=_BAND, zorder=0)
        axes.axhline(0, color=INK, lw=0.8, ls=":")
        boxes(axes, of_model, x="method", order=methods, hue="condition", palette=palette)
        label_methods(axes, methods)
        axes.set_ylabel("similarity (Spearman)", size=9)
        plain(axes)
        words = _nets(rows[rows["model"] == model], table[table["model"] == model])
        strip.suptitle(f"{model}  ({words})", x=0.01, ha="left", size=11, weight="bold")
    handles = [
        Patch(facecolor=_KINDS[name][0], edgecolor=INK, alpha=0.8, label=_KINDS[name][1])
        for name in kinds
    ]
    low, high = SELF_CONSISTENCY
    handles.append(Patch(facecolor=_BAND, label=f"published, {low:.2f} – {high:.2f}"))
    figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False, fontsize=9)
    return figure


def _nets(scores: pd.DataFrame, table: pd.DataFrame) -> str:
    same = scores[scores["condition"] == "same net"]
    names = {name for pair in same["against"] for name in pair.split(JOINED)}
    others = column(table[table["condition"] == "another net"], "against")
    seeds = f"{len(names)} seeds" if names else "one seed"
    return "; another net: ".join([seeds, ", ".join(others)] if others else [seeds])
