"""The audit in figures: one a question, its message above, a row in each panel for every net."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.report.figures.study_picture import (
    LETTERS,
    MARGIN,
    PAGE,
    SMALL,
    blank_page,
)
from xai_bench.report.figures.style import (
    FAINT,
    GREY,
    HIGH,
    INK,
    Style,
    open_axes,
    ordered,
    style,
)
from xai_bench.report.formats import span
from xai_bench.report.native_audit.findings import finding
from xai_bench.report.native_audit.shown import METHODS, SHOWN, Look, Panel, Series
from xai_bench.report.native_audit.tables import Estimates, estimates_of, models_of
from xai_bench.stats import RESAMPLES
from xai_bench.studies.native_audit.quantities import QUESTIONS

__all__ = ["PICTURES", "draw_question", "questions_drawn"]

PICTURES = {
    **{
        number: f"audit-{number}-{question.title.partition(':')[0].lower().replace(' ', '-')}.png"
        for number, question in QUESTIONS.items()
    },
    METHODS: "audit-methods.png",
}
"""Files, by the number of their question."""

_LOOKS: Mapping[Look, Style] = {
    "whole": Style(INK, "s", False),
    "map": style("native"),
    "other": Style(HIGH, "D", False),
    "third": Style("#009E73", "^", False),
    "faint": style("random"),
}
_STATISTICS = {"mean": "means", "p50": "lower medians", "AUROC": "AUROC", "maximum": "maxima"}

# Inches.
_LEFT, _GAP, _HEAD, _FOOT, _LINE_OF_WORDS = 1.0, 0.2, 0.26, 0.4, 0.15
_LINE, _ROOM = 0.092, 0.1
"""Of a row: a line of it, and what stands around them."""
_FEWEST_ROWS, _FEWEST_SCATTERS = 2, 4
"""Of fewer nets panels would be too low, or too large."""
_SCATTER_GAP, _SCATTER_LEFT, _SCATTER_FOOT = 0.34, 0.5, 0.38


def questions_drawn(table: pd.DataFrame) -> list[int]:
    """Those of which these recordings say something, in the order of the page."""
    return [number for number in PICTURES if any(_panels_drawn(table, number))]


def draw_question(table: pd.DataFrame, scores: pd.DataFrame | None, number: int) -> Figure:
    """Dots with 95 % intervals; of question 3 also frozen against true drops of each recording,
    where the scores of recordings are known.

    number: of `questions_drawn`.
    """
    models, estimates = models_of(table), estimates_of(table)
    panels = list(_panels_drawn(table, number))
    row = _ROOM + _LINE * max(2, *(len(panel.lines) for panel in panels))
    tall = row * max(len(models), _FEWEST_ROWS)
    each = (PAGE - _LEFT - MARGIN - (len(panels) - 1) * _GAP) / len(panels)
    foot = _FOOT + _LINE_OF_WORDS * max(panel.xlabel.count("\n") for panel in panels)
    alike = len({tuple(line.label for line in panel.lines) for panel in panels}) == 1
    room = PAGE - _LEFT - MARGIN if alike else each
    legend = max(
        math.ceil(len(panel.lines) / _columns(panel, room)) if len(panel.lines) > 1 else 0
        for panel in panels
    )
    below = foot + _LINE_OF_WORDS * legend
    scatters = number == 3 and scores is not None
    square = (PAGE - _SCATTER_LEFT - MARGIN - (len(models) - 1) * _SCATTER_GAP) / max(
        len(models), _FEWEST_SCATTERS
    )
    above = square + _HEAD + _SCATTER_FOOT if scatters else 0.0
    note = _note(table, panels, scatters=scatters)
    figure, base = blank_page(finding(table, number), note, above + _HEAD + tall + below)
    height = float(figure.get_size_inches()[1])

    def place(left: float, bottom: float, wide: float, high: float) -> Axes:
        return figure.add_axes((left / PAGE, bottom / height, wide / PAGE, high / height))

    for column, panel in enumerate(panels):
        axes = place(_LEFT + column * (each + _GAP), base + below, each, tall)
        _dots(axes, panel, models, estimates, named=column == 0)
        if len(panel.lines) > 1 and (column == 0 or not alike):
            axes.legend(
                loc="upper left", bbox_to_anchor=(-0.02, -(foot - 0.04) / tall),
                ncols=_columns(panel, room), frameon=False, fontsize=SMALL, handletextpad=0.1,
                columnspacing=0.9, borderpad=0.0, labelspacing=0.25,
            )  # fmt: skip
    if scatters:
        for column, model in enumerate(models):
            left = _SCATTER_LEFT + column * (square + _SCATTER_GAP)
            axes = place(left, base + below + tall + _HEAD + _SCATTER_FOOT, square, square)
            _scatter(axes, model, scores, named=column == 0)
    return figure


def _panels_drawn(table: pd.DataFrame, number: int) -> Iterator[Panel]:
    """Panels of a figure of which something is known."""
    known = table[table["value"].notna()]
    found = set(zip(known["method"], known["quantity"], strict=True))
    for panel in SHOWN.panels(number):
        if any((line.method, line.quantity) in found for line in panel.lines):
            yield panel


def _columns(panel: Panel, inches: float) -> int:
    """Of a legend: as many as its longest words leave room for."""
    longest = max(len(line.label) for line in panel.lines)
    return max(1, min(len(panel.lines), int(inches / (0.3 + 0.052 * longest))))


def _note(table: pd.DataFrame, panels: Sequence[Panel], *, scatters: bool) -> str:
    """How many recordings, and what dots and lines are."""
    wanted = {(line.method, line.quantity) for panel in panels for line in panel.lines}
    keys = pd.Series(list(zip(table["method"], table["quantity"], strict=True)), index=table.index)
    rows = table[keys.isin(wanted) & table["value"].notna()]
    shown = [_STATISTICS[name] for name in dict.fromkeys(rows["statistic"])]
    absent = _absent(table, panels)
    return (
        f"n = {span(rows['n'].min(), rows['n'].max())} recordings a net. Dots: {', '.join(shown)}; "
        f"lines: 95 % intervals, bootstrap over patients, {RESAMPLES} resamples."
        + (
            " Circles: a recording each, its drop of log-odds without the top 5 segments; dotted: "
            "as frozen W says."
            if scatters
            else ""
        )
        + (f" Not drawn: {absent}." if absent else "")
    )


def _absent(table: pd.DataFrame, panels: Sequence[Panel]) -> str:
    """What these nets or recordings have no number of, by the reason that the table has."""
    models, estimates = models_of(table), estimates_of(table)
    reasons: dict[str, list[str]] = {}
    for panel in panels:
        for line in panel.lines:
            without: dict[str, list[str]] = {}
            for model in models:
                row = estimates.get((model, line.method, line.quantity))
                if row is not None and row["reason"]:
                    without.setdefault(str(row["reason"]), []).append(model)
            for reason, names in without.items():
                whose = "" if len(names) == len(models) else f" of {', '.join(names)}"
                reasons.setdefault(reason, []).append(f"{line.label}{whose}")
    return "; ".join(
        f"{', '.join(dict.fromkeys(names))} ({reason})" for reason, names in reasons.items()
    )


def _look(series: Series, panel: Panel) -> Style:
    return style(series.method) if panel.of_methods else _LOOKS[series.look]


def _dots(
    axes: Axes, panel: Panel, models: Sequence[str], estimates: Estimates, *, named: bool
) -> None:
    axes.set_yticks(range(len(models)), models if named else [""] * len(models))
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.set_title(panel.title, loc="left", size=LETTERS + 0.5, color=INK, pad=5)
    open_axes(axes)
    axes.tick_params(labelsize=LETTERS)
    axes.tick_params(axis="y", length=0)
    for mark in panel.marks:
        axes.axvline(mark, color=GREY, lw=0.8, ls=":", zorder=0)
    for row in range(1, len(models)):
        axes.axhline(row - 0.5, color=FAINT, lw=0.8, zorder=0)
    lines = {line.method: line for line in panel.lines}
    drawn = [lines[name] for name in ordered(lines)] if panel.of_methods else panel.lines
    for k, series in enumerate(drawn):
        shift = 0.72 * ((k + 0.5) / len(drawn) - 0.5)
        look, known = _look(series, panel), False
        size = 5.5 if look.control else 3.6  # a cross has no area
        for row, model in enumerate(models):
            estimate = estimates.get((model, series.method, series.quantity))
            if estimate is None or math.isnan(estimate["value"]):  # of recordings without a twin
                continue
            value, *ends = (estimate[name] / series.of for name in ("value", "ci_low", "ci_high"))
            axes.plot(ends, [row + shift] * 2, lw=1.3, color=look.colour, solid_capstyle="butt")
            axes.plot(value, row + shift, look.marker, ms=size, color=look.colour)
            known = True
        if known:
            axes.plot([], [], look.marker, ms=size, color=look.colour, label=series.label)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.set_xlabel(panel.xlabel, size=LETTERS, labelpad=2)


def _scatter(axes: Axes, model: str, scores: pd.DataFrame | None, *, named: bool) -> None:
    """Drops by the top segments of each recording: as the demo says, and as they are."""
    axes.set_title(model, loc="left", size=LETTERS + 0.5, color=INK, pad=4)
    axes.set_xlabel("drop by frozen W", size=SMALL, labelpad=2)
    if named:
        axes.set_ylabel("true drop", size=SMALL, labelpad=2)
    open_axes(axes)
    axes.tick_params(labelsize=SMALL)
    if scores is None:
        return
    of_model = scores[(scores["model"] == model) & (scores["method"] == "native")]
    frozen, true = (
        of_model.loc[of_model["quantity"] == f"top5_{what}", "score"].to_numpy()
        for what in ("frozen", "true")
    )
    both = pd.Series([*frozen, *true, 0.0])
    low, high = float(both.min()), float(both.max())
    room = 0.06 * (high - low)
    ends = (low - room, high + room)
    axes.plot(ends, ends, color=GREY, lw=0.8, ls=":", zorder=0)
    look = _LOOKS["map"]
    axes.plot(frozen, true, look.marker, color=look.colour, ms=3.4, mfc="none", mew=0.9)
    axes.set(xlim=ends, ylim=ends)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3))
