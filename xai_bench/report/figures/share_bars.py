"""Small bars: how much of what speaks for the target, and against it, lies on a lead or a wave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.explanation.attribution_regions import Shares
from xai_bench.report.figures.ecg_paper import add_axes
from xai_bench.report.figures.style import AGAINST, FOR, GREY, INK
from xai_bench.types import WAVES

__all__ = ["LEAD_BARS", "WAVE_BARS", "draw_lead_bars", "draw_wave_bars"]

LEAD_BARS = 46.0
"""Millimetres beside the paper."""
WAVE_BARS = (104.0, 28.0)
"""Millimetres below the paper: width and height."""

_THICK = 5.0
_FREE_BESIDE, _FREE_ABOVE = 0.55, 0.4
"""Of the longest bar, beyond its end, for the number."""
_AWAY = {"left": 3, "right": -3, "bottom": 2, "top": -2, "center": 0}
"""Points from the end of a bar to its number."""
_LEAST = 1e-9

Side = Literal["left", "center", "right"]
Height = Literal["bottom", "center", "top"]


def draw_lead_bars(
    figure: Figure,
    shares: Shares,
    *,
    corner: tuple[float, float],
    baselines: Float64[np.ndarray, " lead"],
    height: float,
) -> None:
    """Beside each lead what is negative, to the left, and what is positive, to the right.

    Bars are as long as the sums of either sign, so that they compare; the number is the share of
    what has that sign. corner: lower left; baselines: of the leads, from the top of the paper
    down; millimetres.
    """
    axes = _bare(add_axes(figure, *corner, LEAD_BARS, height))
    up, down = shares.positive.sum(axis=1), shares.negative.sum(axis=1)
    long_up, long_down = up * (1 - shares.against), down * shares.against
    reach = (1 + _FREE_BESIDE) * max(float(long_up.max()), float(long_down.max()), _LEAST)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-height, 0)
    axes.axvline(0, color=GREY, linewidth=0.7)
    for y, plus, minus, right, left in zip(baselines, up, down, long_up, long_down, strict=True):
        axes.barh(y, right, height=_THICK, color=FOR)
        axes.barh(y, -left, height=_THICK, color=AGAINST)
        _number(axes, right, y, plus, ha="left")
        _number(axes, -left, y, minus, ha="right")
    words: tuple[tuple[Side, float, str, str], ...]
    words = (("right", 0.48, AGAINST, "against"), ("left", 0.52, FOR, "for"))
    for ha, x, colour, word in words:
        text = axes.text(x, 1.0, word, transform=axes.transAxes, ha=ha, va="bottom", size=9)
        text.set(color=colour, weight="bold")


def draw_wave_bars(
    figure: Figure, shares: Shares, present: Sequence[str], *, corner: tuple[float, float]
) -> None:
    """For each kind of wave that is there what is positive, up, and what is negative, down.

    Lengths and numbers as in `draw_lead_bars`. corner: lower left, in millimetres from that of the
    page.
    """
    axes = _bare(add_axes(figure, *corner, *WAVE_BARS))
    index = [WAVES.index(name) for name in present]
    up, down = shares.positive.sum(axis=0)[index], shares.negative.sum(axis=0)[index]
    long_up, long_down = up * (1 - shares.against), down * shares.against
    longest = max(float(long_up.max(initial=0)) + float(long_down.max(initial=0)), _LEAST)
    axes.set_xlim(-0.6, len(WAVES) - 0.4)
    axes.set_ylim(
        -float(long_down.max(initial=0)) - _FREE_ABOVE * longest,
        float(long_up.max(initial=0)) + _FREE_ABOVE / 2 * longest,
    )
    axes.plot([-0.5, len(index) - 0.5], [0, 0], color=GREY, linewidth=0.7)
    for x, name in enumerate(present):
        axes.bar(x, long_up[x], width=0.5, color=FOR)
        axes.bar(x, -long_down[x], width=0.5, color=AGAINST)
        _number(axes, float(x), long_up[x], up[x], ha="center", va="bottom")
        _number(axes, float(x), -long_down[x], down[x], ha="center", va="top")
        named = "no wave" if name == "none" else name
        text = axes.text(x, 0.0, named, ha="center", va="bottom", size=9, color=INK)
        text.set_transform(axes.get_xaxis_transform())


def _number(
    axes: Axes, x: float, y: float, share: float, *, ha: Side, va: Height = "center"
) -> None:
    if share > 0:
        text = f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"
        away = (_AWAY[ha], _AWAY[va])
        axes.annotate(
            text, (x, y), away, textcoords="offset points", ha=ha, va=va, size=8, color=GREY
        )


def _bare(axes: Axes) -> Axes:
    axes.set_facecolor("none")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes
