"""The audit on one page of figures: small multiples, a row in each panel for every net."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.studies.native_audit.audited_net import RIVALS
from xai_bench.studies.native_audit.study import Audit

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


@final
@dataclass(frozen=True, slots=True)
class _Series:
    """What one colour of a panel shows."""

    label: str
    quantity: str
    method: str = "native"
    scale: float = 1.0


@final
@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    xlabel: str
    series: Sequence[_Series]
    marks: Sequence[float] = ()
    """Where to draw a line: chance, or what would be right."""
    limits: tuple[float, float] | None = None


def _by_method(quantity: str) -> tuple[_Series, ...]:
    return tuple(_Series(method, quantity, method) for method in RIVALS)


_KINDS = (("noise", "noise"), ("wander", "wander"), ("mix", "same class"))
_TOP = (
    _Panel(
        "1  Which part classifies?",
        "AUROC",
        (
            _Series("logit", "auroc_logit"),
            _Series("Σ W z", "auroc_terms"),
            _Series("b", "auroc_bias"),
        ),
        marks=(0.5,),
        limits=(0.0, 1.02),
    ),
    _Panel(
        "1  How much of it is b?",
        "share of |b|",
        (
            _Series("beside |Σ W z|", "net_bias_share"),
            _Series("beside Σ |W z|", "bias_share"),
        ),
        limits=(0.0, 1.02),
    ),
    _Panel(
        "2, 6  Same heart, another map?",
        "rank correlation with W z",
        (
            _Series("W centred", "gauge_rank"),
            _Series("single column", "column_rank"),
            _Series("swapped leads", "swapped_rank"),
            _Series("reversed leads", "reversed_rank"),
        ),
        marks=(0.0, 1.0),
    ),
)
_BELOW = (
    _Panel(
        "3  Does W say what changes do?",
        "cosine, rank correlation, or share",
        (
            _Series("cosine with dm/dz", "gradient_cosine"),
            _Series("rank of drops", "drop_rank"),
            _Series("dependence", "dependence"),
        ),
        marks=(0.0, 1.0),
    ),
    _Panel(
        "4  Local fidelity of W, against a constant",
        "R_F; right of 0.5, W is better than nothing",
        tuple(_Series(words, f"fidelity_{kind}") for kind, words in _KINDS),
        marks=(0.5,),
        limits=(0.0, 1.0),
    ),
    _Panel(
        "4  Local fidelity of W, against the gradient",
        "R_F; left of 0.5, the gradient is better than W",
        tuple(_Series(words, f"against_tangent_{kind}") for kind, words in _KINDS),
        marks=(0.5,),
        limits=(0.0, 1.0),
    ),
    _Panel(
        "5  On how much does W z stand?",
        "effective share of all",
        (
            _Series("leads", "effective_leads", scale=1 / 12),
            _Series("waves", "effective_waves", scale=1 / 5),
            _Series("samples", "effective_samples"),
        ),
        marks=(1.0,),
        limits=(0.0, 1.02),
    ),
    _Panel(
        "6  Another form of the file",
        "AUROC",
        (
            _Series("as trained", "auroc_logit"),
            _Series("500 Hz, resampled", "resampled_auroc"),
            _Series("500 Hz as it is", "fast_auroc"),
            _Series("swapped leads", "swapped_auroc"),
            _Series("reversed", "reversed_auroc"),
        ),
        marks=(0.5,),
        limits=(0.0, 1.02),
    ),
    _Panel(
        "7  Samples taken from the healthy twin",
        "fall of log-odds; all samples, or as many as the evidence",
        (
            _Series("all", "patch_twin"),
            _Series("evidence", "patch_evidence"),
            _Series("top W z", "patch_top"),
            _Series("random", "patch_random"),
        ),
        marks=(0.0,),
    ),
    _Panel(
        "7  The same by method",
        "fall of log-odds, top samples",
        _by_method("patch_top"),
        marks=(0.0,),
    ),
    _Panel(
        "3  Segments ranked, by method",
        "rank correlation of sums and true drops",
        _by_method("drop_rank"),
        marks=(0.0, 1.0),
    ),
    _Panel(
        "3  Top 5 segments removed, by method",
        "true drop of log-odds",
        _by_method("top5_true"),
        marks=(0.0,),
    ),
)


def draw(audit: Audit) -> Figure:
    """Dots with 95 % intervals; between them, frozen against true drops of each recording."""
    models = list(audit.answers)
    square = (_INNER - (len(models) - 1) * _SCATTER_GAP) / max(len(models), _FEWEST_SCATTERS)
    rows = [_TOP, *(_BELOW[first : first + 3] for first in range(0, len(_BELOW), 3))]
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
            _dots(axes, panel, audit, named=column == 0, below=_LEGEND / tall[number])
        top += _HEAD + tall[number] + _FOOT
        if number == 0:
            for column, model in enumerate(models):
                left = _LEFT + column * (square + _SCATTER_GAP)
                axes = place(left, top + _HEAD, square, square)
                _scatter(axes, audit, model, named=column == 0)
            top += _HEAD + square + _SCATTER_FOOT
    return figure


def _dots(axes: Axes, panel: _Panel, audit: Audit, *, named: bool, below: float) -> None:
    """below: where the legend begins, in heights of the axes under them."""
    models = list(audit.answers)
    for mark in panel.marks:
        axes.axvline(mark, color=_GREY, lw=0.8, ls=":", zorder=0)
    for row in range(1, len(models)):
        axes.axhline(row - 0.5, color=_FAINT, lw=0.8, zorder=0)
    count = len(panel.series)
    for k, series in enumerate(panel.series):
        shift = 0.72 * ((k + 0.5) / count - 0.5)
        colour = _COLOURS[k]
        for row, model in enumerate(models):
            answer = audit.answer(model, series.quantity, series.method)
            if math.isnan(answer.value):
                continue
            ends = [answer.low * series.scale, answer.high * series.scale]
            axes.plot(ends, [row + shift] * 2, lw=1.4, color=colour, solid_capstyle="butt")
            axes.plot(answer.value * series.scale, row + shift, _MARKERS[k], ms=4.5, color=colour)
        axes.plot([], [], _MARKERS[k], ms=4.5, color=colour, label=series.label)
    axes.set_yticks(range(len(models)), models if named else [""] * len(models))
    axes.set_ylim(len(models) - 0.5, -0.5)
    if panel.limits:
        axes.set_xlim(*panel.limits)
    axes.set_title(panel.title, loc="left", size=10, weight="bold")
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
    _plain(axes)
    axes.tick_params(axis="y", length=0)


def _scatter(axes: Axes, audit: Audit, model: str, *, named: bool) -> None:
    """Drops by the top segments of each recording: as the demo says, and as they are."""
    frozen = audit.answer(model, "top5_frozen").each
    true = audit.answer(model, "top5_true").each
    axes.set_title(f"3  {model}", loc="left", size=10, weight="bold")
    axes.set_xlabel("drop by frozen W, top 5 segments", size=9)
    if named:
        axes.set_ylabel("true drop, W written anew", size=9)
    _plain(axes)
    if frozen is None or true is None:
        return
    both = np.concatenate([frozen, true, [0.0]])
    low, high = np.nanmin(both), np.nanmax(both)
    room = 0.06 * (high - low)
    ends = (low - room, high + room)
    axes.plot(ends, ends, color=_GREY, lw=0.8, ls=":", zorder=0)
    axes.plot(frozen, true, "o", color=_COLOURS[2], ms=4.5, mfc="none", mew=1.1)
    axes.set(xlim=ends, ylim=ends)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
