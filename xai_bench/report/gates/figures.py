"""What says which channels matter: a dot for each, a panel for each block of each net."""

from __future__ import annotations

from matplotlib.figure import Figure

from xai_bench.report.figures.style import (
    CONTROL,
    FAINT,
    GREY,
    HIGH,
    INK,
    LOW,
    draw_dot,
    plain_axes,
)
from xai_bench.report.gates.tables import blocks_of
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.gates.study import GATES, REMOVAL, SAYERS

__all__ = ["DPI", "draw_gates"]

DPI = 90
_ROW, _PANEL, _LABEL, _GAP, _HEAD, _FOOT, _BETWEEN = 0.3, 2.3, 2.2, 0.25, 0.75, 0.75, 0.75
"""Inches."""


def draw_gates(result: StudyResult) -> Figure:
    """Mean Spearman's correlations with removals, and their intervals."""
    models = list(result.facts["models"])
    most = max(len(blocks_of(result, model)) for model in models)
    panel_height = _ROW * len(SAYERS)
    width = _LABEL + (_PANEL + _GAP) * most + 0.1
    height = _HEAD + (panel_height + _BETWEEN) * len(models) + _FOOT - _BETWEEN + 0.2
    figure = Figure(figsize=(width, height), facecolor="white")
    for line, model in enumerate(models):
        bottom = height - _HEAD - panel_height - (panel_height + _BETWEEN) * line
        above = (bottom + panel_height + 0.14) / height
        figure.text(0.02, above, model, fontsize=10, weight="bold", color=INK)
        for place, block in enumerate(blocks_of(result, model)):
            left = _LABEL + (_PANEL + _GAP) * place
            frame = (left / width, bottom / height, _PANEL / width, panel_height / height)
            axes = figure.add_axes(frame)
            axes.axvline(0, color=CONTROL, linewidth=0.8, zorder=1)
            for row, name in enumerate(SAYERS):
                axes.axhline(row, color=FAINT, linewidth=0.6, zorder=0)
                found = select(
                    result.table, model=model, block=block, measure="agreement", first=name
                )
                found = select(found, second=REMOVAL)
                if found.empty or found["value"].isna().all():
                    continue
                value, low, high = (float(found.iloc[0][k]) for k in ("value", "ci_low", "ci_high"))
                own = name == GATES
                draw_dot(axes, (value, row), (low, high), colour=LOW if own else HIGH, filled=own)
            plain_axes(axes)
            axes.set_xlim(-1.05, 1.05)
            axes.set_ylim(len(SAYERS) - 0.5, -0.5)
            axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["-1", "-0.5", "0", "0.5", "1"], fontsize=8)
            named = SAYERS if place == 0 else [""] * len(SAYERS)
            axes.set_yticks(range(len(SAYERS)), named)
            axes.set_title(block, fontsize=9, color=INK, pad=4)
    title = "Which channels matter? Agreement with the effect of removing them"
    figure.text(0.02, 1 - 0.28 / height, title, fontsize=11, color=INK)
    note = (
        "Spearman's correlation over the channels of a block, mean over recordings, 95 % interval "
        "over patients.\n1: what is said orders the channels as their removal does; 0: it says "
        "nothing. Filled: the net's own gates."
    )
    figure.text(0.02, 0.12 / height, note, fontsize=8, color=GREY, va="bottom")
    return figure
