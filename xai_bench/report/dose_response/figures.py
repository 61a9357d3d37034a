"""Dose response in curves: a strip for each model, small multiples of its lesions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from xai_bench.report.dose_response.dose_rows import Asked, asked_of
from xai_bench.report.figures.study_picture import LETTERS
from xai_bench.report.figures.style import CONTROL, INK
from xai_bench.report.stability.figure_parts import legend, methods_of, plain, strips, track
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.dose_response.response_curves import THE_MODEL

__all__ = ["draw"]


_BESIDE = 4
"""Lesions beside each other at most."""
_HEIGHT = 3.0
"""Inches of a row of lesions, both panels."""
_NOTE = (
    "Dose: how much of the lesion was planted, mV. Above: change of log-odds since dose 0, and of "
    "what methods give to the evidence where it is in their unit. Below: share of |attribution| "
    "within the evidence. Muscle noise and wander are controls that say nothing of the class."
)


def draw(result: StudyResult) -> Figure:
    """Of each lesion above the change of log-odds since dose 0, and that of attribution within the
    evidence where it has their unit; below, the share of |attribution| within the evidence."""
    each = list(asked_of(result))
    lines = max(
        -(-sum(asked.model == model for asked in each) // _BESIDE)
        for model in {asked.model for asked in each}
    )
    drawn = result.table["measure"].isin(["change", "share"])
    of_methods = result.table["method"] != THE_MODEL
    figure, of_models = strips(result.table[drawn & of_methods], _HEIGHT * lines, _NOTE)
    for rows, strip in of_models:
        _draw_model(strip, [asked for asked in each if asked.model == rows["model"].iloc[0]])
    methods = methods_of(result.table)
    model = Line2D([], [], color=INK, marker="s", lw=2.0, ms=5, label="the model's log-odds")
    chance = Line2D([], [], color=CONTROL, ls="--", lw=1.2, label="dashed: chance")
    legend(figure, methods, [model, chance])
    return figure


def _draw_model(strip: SubFigure, each: Sequence[Asked]) -> None:
    beside = min(len(each), _BESIDE)
    lines = -(-len(each) // _BESIDE)
    grid = strip.subplots(2 * lines, beside, squeeze=False, sharex=True, sharey=False)
    for number, asked in enumerate(each):
        line, column = divmod(number, _BESIDE)
        above, below = grid[2 * line, column], grid[2 * line + 1, column]
        _changes(above, asked)
        _shares(below, asked)
        words = f"{_lesion_words(asked.lesion)},\nexplained: {asked.target}"
        above.set_title(words, size=LETTERS)
        below.set_xlabel("dose, mV", size=LETTERS)
        below.tick_params(labelbottom=True)  # another line of lesions may stand under it
        if column == 0:
            above.set_ylabel("change,\nlog-odds", size=LETTERS)
            below.set_ylabel("share in\nevidence", size=LETTERS)
    for number in range(len(each), beside * lines):
        line, column = divmod(number, _BESIDE)
        for axes in grid[2 * line : 2 * line + 2, column]:
            axes.set_axis_off()


def _lesion_words(name: str) -> str:
    """Such as "ST elevation anterior" of "st-elevation-anterior"."""
    first, *rest = name.split("-")
    return " ".join([first.upper() if first in ("p", "q", "qrs", "st", "t") else first, *rest])


def _changes(axes: Axes, asked: Asked) -> None:
    axes.axhline(0, color=INK, lw=0.8, ls=":")
    for method in reversed(asked.methods):
        if asked.in_log_odds(method):
            rows = asked.curve(method, "change")
            track(axes, method, rows["dose"].to_numpy(np.float64), rows)
    _model_track(axes, asked.curve(THE_MODEL, "change"))
    plain(axes)


def _model_track(axes: Axes, rows: pd.DataFrame) -> None:
    """Under no method's colours."""
    doses = rows["dose"].to_numpy(np.float64)
    axes.fill_between(doses, rows["ci_low"], rows["ci_high"], color=INK, alpha=0.12, linewidth=0)
    axes.plot(doses, rows["value"], "s-", color=INK, lw=1.6, ms=3.4)


def _shares(axes: Axes, asked: Asked) -> None:
    chance = asked.row(THE_MODEL, "evidence")
    if chance is not None:
        axes.axhline(chance["value"], color=CONTROL, ls="--", lw=1.2, zorder=0)
    for method in reversed(asked.methods):
        rows = asked.curve(method, "share")
        track(axes, method, rows["dose"].to_numpy(np.float64), rows)
    axes.margins(y=0.12)
    plain(axes)
