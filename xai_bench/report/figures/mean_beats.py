"""Mean attributions over beats of each class, method below method, behind the mean beat."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32, Int64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.figures.attribution_colours import (
    BAR_ROOM,
    ColourScale,
    colour_scale,
    draw_bar,
    draw_colours,
)
from xai_bench.report.figures.ecg_paper import MM_PER_INCH
from xai_bench.report.figures.style import GREY, INK
from xai_bench.report.figures.write_figure import write_figure
from xai_bench.tasks import Task
from xai_bench.types import Recordings

__all__ = ["draw_mean_beats"]

_WIDTH, _HEIGHT = 78.0, 15.0
"""Millimetres of a panel."""
_LEFT, _TOP, _BOTTOM, _GAP = 52.0, 18.0, 32.0, 3.0
_LEAST_WIDE = 226.0
"""The bar of colours with its words."""
_TICK_S = 0.2
_HALF = 0.5
"""Evidence is drawn where this share of the beats has it."""


def draw_mean_beats(
    beats: Recordings,
    maps: Mapping[str, Float32[np.ndarray, "record lead time"]],
    target: Int64[np.ndarray, " record"],
    task: Task,
    title: str,
) -> bytes:
    """A PNG: a row a method, a column a class, of beats that are cut around their R peaks.

    Of the first lead: the mean beat with a band of one standard deviation, and behind it the mean
    map, each panel with colours of its own, violet for a method without a sign; a line below it
    where half of the beats have planted evidence. maps: attributions for `target`, by method. A
    class without a beat is left out.
    """
    classes = [k for k in range(len(task.classes)) if (target == k).any()]
    wide = max(_LEFT + len(classes) * (_WIDTH + _GAP), _LEAST_WIDE)
    high = _TOP + len(maps) * (_HEIGHT + _GAP) + _BOTTOM
    figure = Figure(figsize=(wide / MM_PER_INCH, high / MM_PER_INCH), dpi=110, facecolor="white")
    figure.text(4 / wide, 1 - 6 / high, title, size=11, color=INK, va="center")
    for row, (method, of_method) in enumerate(maps.items()):
        bottom = high - _TOP - (row + 1) * (_HEIGHT + _GAP)
        middle = (bottom + _HEIGHT / 2) / high
        scale = ColourScale(end=1.0, signed=bool((of_method < 0).any()))
        figure.text((_LEFT - 3) / wide, middle, method, size=9, ha="right", va="center", color=INK)
        for column, k in enumerate(classes):
            left = _LEFT + column * (_WIDTH + _GAP)
            axes = figure.add_axes((left / wide, bottom / high, _WIDTH / wide, _HEIGHT / high))
            of_class = target == k
            _draw(axes, beats[of_class], of_method[of_class, 0].mean(axis=0), scale)
            axes.tick_params(labelbottom=row == len(maps) - 1)
            if row == len(maps) - 1:
                axes.set_xlabel("seconds", size=8, color=GREY)
            if row == 0:
                count = int(of_class.sum())
                said = f"{task.classes[k]}: {count} beat{'s' if count > 1 else ''}"
                axes.set_title(f"{said}, lead {beats.leads[0]}", size=10, color=INK)
    label = "mean attribution, each panel in its own unit"
    if any(not (of_method < 0).any() for of_method in maps.values()):
        label += "; violet: a map without a sign"
    draw_bar(figure, (wide - BAR_ROOM[0]) / 2, 3.0, ColourScale(end=1.0), label, zero=False)
    into = io.BytesIO()
    write_figure(figure, into, format="png")
    return into.getvalue()


def _draw(
    axes: Axes, beats: Recordings, mean_map: Float32[np.ndarray, " time"], scale: ColourScale
) -> None:
    rate = beats.rate_hz
    signal = beats.signal[:, 0]
    mean, sd = signal.mean(axis=0), signal.std(axis=0)
    low, high = float((mean - sd).min()), float((mean + sd).max())
    room = 0.12 * (high - low)
    edges = (low - 2 * room, high + room)
    draw_colours(axes, mean_map / colour_scale(mean_map[None]), rate, edges, scale)
    time = np.arange(len(mean)) / rate
    axes.fill_between(time, mean - sd, mean + sd, color=INK, alpha=0.12, linewidth=0, zorder=2)
    axes.plot(time, mean, color=INK, linewidth=1.0, zorder=3)
    if beats.evidence is not None:
        share = np.asarray(beats.evidence[:, 0]).mean(axis=0)
        there = np.where(share >= _HALF, low - room, np.nan)
        axes.plot(time, there, color=INK, linewidth=2.5, solid_capstyle="butt", zorder=4)
    ticks = np.arange(0, len(mean) / rate - _TICK_S / 2, _TICK_S)
    axes.set(xlim=(0, len(mean) / rate), ylim=edges, yticks=[], xticks=ticks)
    axes.tick_params(length=2, labelsize=8, colors=GREY)
    for spine in axes.spines.values():
        spine.set_color(GREY)
        spine.set_linewidth(0.5)
