"""The audit on one page of figures: small multiples, a row in each panel for every net."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.report.figures.style import open_axes
from xai_bench.report.native_audit.shown import SHOWN, Panel
from xai_bench.report.native_audit.tables import Estimates, estimates_of, models_of

__all__ = ["DPI", "draw"]

DPI = 80

_COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00")
"""Okabe and Ito (2008): told apart by people with any colour vision."""
_MARKERS = "osD^vP"
_GREY, _FAINT = "#888888", "#e4e4e4"

# Inches.
_WIDTH, _LEFT, _MARGIN = 13.0, 1.25, 0.15
_INNER = _WIDTH - _LEFT - _MARGIN
_ROW, _HEAD, _LEGEND, _FOOT = 0.44, 0.34, 0.5, 0.95
_GAP, _SCATTER_GAP, _SCATTER_FOOT = 0.3, 0.5, 0.62
_FEWEST_ROWS, _FEWEST_SCATTERS = 3, 4
"""Of fewer nets panels would be too low, or too large."""


def draw(table: pd.DataFrame, scores: pd.DataFrame | None) -> Figure:
    """Dots with 95 % intervals; between them, frozen against true drops of each recording, where
    the scores of recordings are known."""
    models, estimates = models_of(table), estimates_of(table)
    square = (_INNER - (len(models) - 1) * _SCATTER_GAP) / max(len(models), _FEWEST_SCATTERS)
    rows = [SHOWN.panel[first : first + 3] for first in range(0, len(SHOWN.panel), 3)]
    tall = [_ROW * max(len(models), _FEWEST_ROWS)] * len(rows)
    tall[-1] *= 1.4  # six methods
    height = sum(tall) + len(rows) * (_HEAD + _FOOT) + _HEAD + square + _SCATTER_FOOT + _MARGIN
    figure = Figure(figsize=(_WIDTH, height), facecolor="white")

    def place(left: float, top: float, wide: float, high: float) -> Axes:
        """Axes by their upper left corner, in inches from that of the page."""
        frame = (left / _WIDTH, 1 - (top + high) / height, wide / _WIDTH, high / height)
        return figure.add_axes(frame)

    top = _MARGIN
    wide = (_INNER - 2 * _GAP) / 3
    for number, panels in enumerate(rows):
        for column, panel in enumerate(panels):
            axes = place(_LEFT + column * (wide + _GAP), top + _HEAD, wide, tall[number])
            below = _LEGEND / tall[number]
            _dots(axes, panel, models, estimates, named=column == 0, below=below)
        top += _HEAD + tall[number] + _FOOT
        if number == 0:
            for column, model in enumerate(models):
                left = _LEFT + column * (square + _SCATTER_GAP)
                axes = place(left, top + _HEAD, square, square)
                _scatter(axes, model, scores, named=column == 0)
            top += _HEAD + square + _SCATTER_FOOT
    return figure


def _dots(
    axes: Axes,
    panel: Panel,
    models: Sequence[str],
    estimates: Estimates,
    *,
    named: bool,
    below: float,
) -> None:
    """below: where the legend begins, in heights of the axes under them."""
    axes.set_yticks(range(len(models)), models if named else [""] * len(models))
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.set_title(panel.title, loc="left", size=10, weight="bold")
    open_axes(axes)
    axes.tick_params(axis="y", length=0)
    why_empty = _why_empty(panel, models, estimates)
    if why_empty:
        axes.text(
            0.5, 0.5, f"not asked:\n{why_empty}", transform=axes.transAxes,
            ha="center", va="center", size=9, color=_GREY,
        )  # fmt: skip
        axes.set_xticks([])
        return
    for mark in panel.marks:
        axes.axvline(mark, color=_GREY, lw=0.8, ls=":", zorder=0)
    for row in range(1, len(models)):
        axes.axhline(row - 0.5, color=_FAINT, lw=0.8, zorder=0)
    count = len(panel.lines)
    for k, series in enumerate(panel.lines):
        shift = 0.72 * ((k + 0.5) / count - 0.5)
        colour = _COLOURS[k]
        for row, model in enumerate(models):
            estimate = estimates.get((model, series.method, series.quantity))
            if estimate is None or math.isnan(estimate["value"]):  # of recordings without a twin
                continue
            value, *ends = (estimate[name] / series.of for name in ("value", "ci_low", "ci_high"))
            axes.plot(ends, [row + shift] * 2, lw=1.4, color=colour, solid_capstyle="butt")
            axes.plot(value, row + shift, _MARKERS[k], ms=4.5, color=colour)
        axes.plot([], [], _MARKERS[k], ms=4.5, color=colour, label=series.label)
    if panel.limits:
        axes.set_xlim(*panel.limits)
    axes.set_xlabel(panel.xlabel, size=9)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.03, -below),
        ncols=min(count, 3),
        frameon=False,
        fontsize=9,
        handletextpad=0.0,
        columnspacing=0.8,
        borderpad=0.0,
    )


def _why_empty(panel: Panel, models: Sequence[str], estimates: Estimates) -> str:
    """Why nothing of a panel is known of any net, or ""."""
    found = [
        estimates[key]
        for model in models
        for series in panel.lines
        if (key := (model, series.method, series.quantity)) in estimates
    ]
    if any(not math.isnan(one["value"]) for one in found):
        return ""
    reasons = [str(one["reason"]) for one in found if one["reason"]]
    return reasons[0] if reasons else "nothing is known of these recordings"


def _scatter(axes: Axes, model: str, scores: pd.DataFrame | None, *, named: bool) -> None:
    """Drops by the top segments of each recording: as the demo says, and as they are."""
    axes.set_title(f"3  {model}", loc="left", size=10, weight="bold")
    axes.set_xlabel("drop by frozen W, top 5 segments", size=9)
    if named:
        axes.set_ylabel("true drop, W written anew", size=9)
    open_axes(axes)
    if scores is None:
        return
    of_model = scores[(scores["model"] == model) & (scores["method"] == "native")]
    frozen, true = (
        of_model.loc[of_model["quantity"] == f"top5_{what}", "score"].to_numpy()
        for what in ("frozen", "true")
    )
    both = np.concatenate([frozen, true, [0.0]])
    low, high = np.nanmin(both), np.nanmax(both)
    room = 0.06 * (high - low)
    ends = (low - room, high + room)
    axes.plot(ends, ends, color=_GREY, lw=0.8, ls=":", zorder=0)
    axes.plot(frozen, true, "o", color=_COLOURS[2], ms=4.5, mfc="none", mew=1.1)
    axes.set(xlim=ends, ylim=ends)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
