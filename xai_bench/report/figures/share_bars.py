"""Small bars: how much of an attribution lies on each lead or wave, for the target and against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.explanation.bar_values import Bars, Range, Values
from xai_bench.report.figures.attribution_colours import AGAINST_EDGE, FOR_EDGE
from xai_bench.report.figures.ecg_paper import add_axes
from xai_bench.report.figures.style import AGAINST, FOR, GREY, INK, SIZE_ALONE

__all__ = ["BARS_HEIGHT", "BARS_LEFT", "bars_width", "draw_bars", "longest_bars", "percent"]

BARS_HEIGHT = 34.0
"""Millimetres below the paper."""
BARS_LEFT = 16.0
"""Millimetres of the words before the first bars."""
_COLUMN = 12.0
"""Millimetres a bar."""
_THICK = 0.5
_NUMBER = 3.6
"""Millimetres that a number takes beyond the end of its bar."""
_NAMES = 5.0
_LEAST = 1e-9

Height = Literal["bottom", "top"]


def bars_width(bars: Bars) -> float:
    """Millimetres."""
    return _COLUMN * len(bars.names)


def longest_bars(all_bars: Sequence[Bars]) -> tuple[float, float]:
    """The longest upwards and the longest downwards, whiskers too: bars that share it compare."""

    def longest(values: Values, over: Range | None) -> float:
        return float(np.max(values if over is None else np.maximum(values, over[1]), initial=0.0))

    up = max((longest(bars.speaks_for, bars.for_range) for bars in all_bars), default=0.0)
    down = max((longest(bars.speaks_against, bars.against_range) for bars in all_bars), default=0.0)
    return up, down


def percent(share: float) -> str:
    """As it stands beside a bar and in the tables of the terminal; nothing for nothing."""
    if share <= 0:
        return ""
    return f"{100 * share:.0f}" if share >= 0.005 else "<1"


def draw_bars(
    figure: Figure,
    bars: Bars,
    *,
    corner: tuple[float, float],
    longest: tuple[float, float],
    signed: bool = True,
) -> Axes:
    """A bar up for what speaks for the target, and one down for what speaks against it, each as
    long as the number at its end, in percent; a whisker over what draws range over.

    corner: lower left, in millimetres from that of the page. longest: see `longest_bars`.
    """
    left, bottom = corner
    height = BARS_HEIGHT - _NAMES
    axes = _bare(add_axes(figure, left, bottom + _NAMES, bars_width(bars), height))
    # As many millimetres a percent up and down, and room for a number beyond either end.
    total = max(sum(longest), _LEAST)
    ends = _NUMBER * (2 if signed else 1)
    per_mm = total / (height - ends)
    axes.set_xlim(-0.5, len(bars.names) - 0.5)
    axes.set_ylim(
        -longest[1] - (_NUMBER if signed else 0.0) * per_mm, longest[0] + _NUMBER * per_mm
    )
    axes.plot([-0.5, len(bars.names) - 0.5], [0, 0], color=GREY, linewidth=0.7)
    colour = FOR if signed else SIZE_ALONE
    _half(axes, bars.speaks_for, bars.for_range, 1, colour, FOR_EDGE)
    _half(axes, bars.speaks_against, bars.against_range, -1, AGAINST, AGAINST_EDGE)
    for x, name in enumerate(bars.names):
        named = "no wave" if name == "none" else name
        text = axes.text(x, -0.02, named, ha="center", va="top", size=9, color=INK)
        text.set_transform(axes.get_xaxis_transform())
    return axes


def _half(
    axes: Axes, values: Values, over: Range | None, sign: int, colour: str, edge: str
) -> None:
    va: Height = "bottom" if sign > 0 else "top"
    for x, value in enumerate(values.tolist()):
        # Hatching tells what speaks against without colour.
        hatch = "" if sign > 0 else "////"
        axes.bar(x, sign * value, width=_THICK, color=colour, hatch=hatch, edgecolor="white", lw=0)
        end = value
        if over is not None and over[1][x] > 0:
            low, end = float(over[0][x]), float(over[1][x])
            axes.plot([x + 0.33] * 2, [sign * low, sign * end], color=edge, linewidth=1.4)
            end = max(end, value)
        if value > 0:
            axes.annotate(
                percent(value),
                (x, sign * end),
                (0, 1.5 * sign),
                textcoords="offset points",
                ha="center",
                va=va,
                size=8,
                color=INK,
            )


def _bare(axes: Axes) -> Axes:
    axes.set_facecolor("none")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes
