"""The audit on one page of figures: small multiples, a row in each panel for every net."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from xai_bench.audit.ask import Audit
from xai_bench.audit.subject import RIVALS

__all__ = ["DPI", "draw"]

DPI = 80

_COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00")
"""Okabe and Ito (2008): told apart by people with any colour vision."""
_MARKERS = "osD^vP"
_GREY = "#888888"
_ROW_INCHES = 0.42
_WIDTH = 13.0


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
            _Series("leads swapped", "swapped_rank"),
            _Series("leads reversed", "reversed_rank"),
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
            _Series("rank of segment drops", "drop_rank"),
            _Series("hypernetwork dependence", "dependence"),
        ),
        marks=(0.0, 1.0),
    ),
    _Panel(
        "4  W beside the recording, against m(z)",
        "R_F; right of 0.5 W is better than no model",
        tuple(_Series(words, f"fidelity_{kind}") for kind, words in _KINDS),
        marks=(0.5,),
        limits=(0.0, 1.0),
    ),
    _Panel(
        "4  ... and against the tangent",
        "R_F; left of 0.5 the gradient is better than W",
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
            _Series("leads swapped", "swapped_auroc"),
            _Series("leads reversed", "reversed_auroc"),
        ),
        marks=(0.5,),
        limits=(0.0, 1.02),
    ),
    _Panel(
        "7  Samples taken from the healthy twin",
        "fall of log-odds",
        (
            _Series("all", "patch_twin"),
            _Series("the evidence", "patch_evidence"),
            _Series("as many, top W z", "patch_top"),
            _Series("as many, random", "patch_random"),
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
    tall = 1.3 + _ROW_INCHES * max(len(models), 3)
    rows = len(_BELOW) // 3
    heights = [tall, 2.9, *[tall] * rows]
    figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained", facecolor="white")
    parts: Sequence[SubFigure] = list(
        figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    )
    _row(list(parts[0].subplots(1, 3)), _TOP, audit)
    _scatters(list(parts[1].subplots(1, len(models), squeeze=False)[0]), audit)
    for part, first in zip(parts[2:], range(0, len(_BELOW), 3), strict=True):
        _row(list(part.subplots(1, 3)), _BELOW[first : first + 3], audit)
    return figure


def _row(panels: Sequence[Axes], wanted: Sequence[_Panel], audit: Audit) -> None:
    for place, (axes, panel) in enumerate(zip(panels, wanted, strict=True)):
        _dots(axes, panel, audit, named=place == 0)


def _dots(axes: Axes, panel: _Panel, audit: Audit, *, named: bool) -> None:
    models = list(audit.answers)
    for mark in panel.marks:
        axes.axvline(mark, color=_GREY, lw=0.8, ls=":", zorder=0)
    count = len(panel.series)
    for k, series in enumerate(panel.series):
        shift = 0.66 * ((k + 0.5) / count - 0.5)
        for row, model in enumerate(models):
            answer = audit.answer(model, series.quantity, series.method)
            if math.isnan(answer.value):
                continue
            at = row + shift
            low, high = answer.low * series.scale, answer.high * series.scale
            axes.plot([low, high], [at, at], color=_COLOURS[k], lw=1.4, solid_capstyle="butt")
            value = answer.value * series.scale
            axes.plot(value, at, _MARKERS[k], color=_COLOURS[k], ms=4.5)
        axes.plot([], [], _MARKERS[k], color=_COLOURS[k], ms=4.5, label=series.label)
    for row in range(1, len(models)):
        axes.axhline(row - 0.5, color="#eeeeee", lw=0.8, zorder=0)
    axes.set_yticks(range(len(models)), models if named else [""] * len(models))
    axes.set_ylim(len(models) - 0.5, -0.5)
    if panel.limits:
        axes.set_xlim(*panel.limits)
    axes.set_title(panel.title, loc="left", size=10, weight="bold")
    axes.set_xlabel(panel.xlabel, size=9)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=min(count, 3), frameon=False,
        fontsize=8, handletextpad=0.1, columnspacing=1.0,
    )  # fmt: skip
    _plain(axes)
    axes.tick_params(axis="y", length=0)


def _scatters(panels: Sequence[Axes], audit: Audit) -> None:
    """Drops of the top 5 segments of each recording: as the demo says, and as it is."""
    for place, (axes, model) in enumerate(zip(panels, audit.answers, strict=True)):
        frozen = audit.answer(model, "top5_frozen").each
        true = audit.answer(model, "top5_true").each
        axes.set_title(f"3  {model}", loc="left", size=10, weight="bold")
        if frozen is None or true is None:
            continue
        both = np.concatenate([frozen, true, [0.0]])
        low, high = np.nanmin(both), np.nanmax(both)
        room = 0.06 * (high - low)
        ends = (low - room, high + room)
        axes.plot(ends, ends, color=_GREY, lw=0.8, ls=":", zorder=0)
        axes.plot(frozen, true, "o", color=_COLOURS[2], ms=4.5, mfc="none", mew=1.1)
        axes.set(xlim=ends, ylim=ends)
        axes.set_box_aspect(1)
        axes.set_xlabel("drop by frozen W", size=9)
        if place == 0:
            axes.set_ylabel("true drop, W written anew", size=9)
        _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
