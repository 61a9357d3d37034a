"""What says which channels matter: a dot for each, a panel for each block of each net."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.report.figures.layer_words import layer_words
from xai_bench.report.figures.study_picture import LETTERS, MARGIN, PAGE, blank_page
from xai_bench.report.figures.style import (
    CONTROL,
    FAINT,
    HIGH,
    INK,
    draw_dot,
    plain_axes,
    style,
)
from xai_bench.report.gates.tables import blocks_of
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.gates.study import GATES, REMOVAL, SAYERS

__all__ = ["draw_gates"]

_ROW, _LABEL, _GAP, _HEAD, _FOOT = 0.19, 1.5, 0.16, 0.42, 0.22
"""Inches of a row; of what stands beside, between, above and below panels."""
_MESSAGE = "Which channels matter? Agreement with the effect of removing them"
_NOTE = (
    "n = {n} recordings. Spearman's correlation over the channels of a block, mean over "
    "recordings; lines: 95 % intervals, bootstrap over patients. 1: what is said orders the "
    "channels as their removal does; 0: it says nothing. Filled: the net's own gates."
)


def draw_gates(result: StudyResult) -> Figure:
    """Mean Spearman's correlations with removals, and their intervals."""
    models = list(result.facts["models"])
    most = max(len(blocks_of(result, model)) for model in models)
    wide = (PAGE - _LABEL - MARGIN - _GAP * (most - 1)) / most
    high = _ROW * len(SAYERS)
    step = _HEAD + high + _FOOT
    inner = step * len(models)
    figure, base = blank_page(_MESSAGE, _NOTE.format(n=result.facts["n"]), inner)
    height = float(figure.get_size_inches()[1])
    shown = select(result.table, measure="agreement", second=REMOVAL)
    lowest = min(-0.1, float(shown["ci_low"].min()))
    for line, model in enumerate(models):
        bottom = base + inner - step * line - _HEAD - high
        above = (bottom + high + 0.2) / height
        figure.text(MARGIN / PAGE, above, model, fontsize=LETTERS, weight="bold", color=INK)
        for place, block in enumerate(blocks_of(result, model)):
            left = _LABEL + (wide + _GAP) * place
            axes = figure.add_axes((left / PAGE, bottom / height, wide / PAGE, high / height))
            axes.axvline(0, color=CONTROL, linewidth=0.8, zorder=1)
            for row, name in enumerate(SAYERS):
                axes.axhline(row, color=FAINT, linewidth=0.6, zorder=0)
                found = select(shown, model=model, block=block, first=name)
                if found.empty or found["value"].isna().all():
                    continue
                value, low, upper = (
                    float(found.iloc[0][k]) for k in ("value", "ci_low", "ci_high")
                )
                own = name == GATES
                colour = style(GATES).colour if own else HIGH
                draw_dot(axes, (value, row), (low, upper), colour=colour, filled=own, size=4.5)
            plain_axes(axes)
            axes.set_xlim(lowest - 0.05, 1.05)
            axes.set_ylim(len(SAYERS) - 0.5, -0.5)
            axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            axes.set_yticks(range(len(SAYERS)), SAYERS if place == 0 else [""] * len(SAYERS))
            axes.tick_params(labelsize=LETTERS)
            axes.set_title(layer_words(block), fontsize=LETTERS, color=INK, pad=4)
    return figure
