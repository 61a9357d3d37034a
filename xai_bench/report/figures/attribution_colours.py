"""An attribution as colour behind the traces: blue against the target, vermilion for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from xai_bench.report.figures.ecg_paper import PAPER, add_axes
from xai_bench.report.figures.style import AGAINST, FOR, GREY, SIZE_ALONE
from xai_bench.report.formats import superscript

__all__ = [
    "AGAINST_EDGE",
    "BAR_ROOM",
    "FOR_EDGE",
    "ColourScale",
    "colour_scale",
    "draw_bar",
    "draw_colours",
]

AGAINST_EDGE, FOR_EDGE = "#0b4a78", "#a33c00"
"""The colours of `style`, dark enough for a line on them."""
_BAR_WIDTH, _BAR_HEIGHT = 96.0, 4.0
_WORDS = 50.0
"""Millimetres on either side of the bar."""
BAR_ROOM = (_BAR_WIDTH + 2 * _WORDS, 16.0)
"""Millimetres that a bar takes with its words: width and height."""

_SATURATION = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourScale:
    """What the colours of one map, or of several that share it, mean."""

    end: float
    """Where the colours saturate."""
    signed: bool = True
    """False for a map that has no sign, and says nothing for or against."""

    @property
    def norm(self) -> Normalize:
        return Normalize(-self.end if self.signed else 0.0, self.end)

    @property
    def colours(self) -> LinearSegmentedColormap:
        """An odd number of colours, so that zero is exactly the colour of the paper."""
        steps = [AGAINST, PAPER, FOR] if self.signed else [PAPER, SIZE_ALONE]
        return LinearSegmentedColormap.from_list("attribution", steps, N=257)


def colour_scale(attribution: Float32[np.ndarray, "lead time"]) -> float:
    """Where the colours saturate: the 99th percentile of the non-zero |attribution|."""
    size = np.abs(attribution[attribution != 0])
    return float(np.quantile(size, _SATURATION)) if size.size else 1.0


def draw_colours(
    paper: Axes,
    row: Float32[np.ndarray, " time"],
    rate_hz: float,
    edges: tuple[float, float],
    scale: ColourScale,
    *,
    start: float = 0.0,
) -> None:
    """One band a sample, centred on it; `edges` are the lower and the upper end of the row, and
    `start` is where the first sample is."""
    times = (start - 0.5 / rate_hz, start + (len(row) - 0.5) / rate_hz)
    paper.imshow(
        row[None],
        cmap=scale.colours,
        norm=scale.norm,
        extent=(*times, *edges),
        aspect="auto",
        interpolation="nearest",
        zorder=1,
    )


def draw_bar(
    figure: Figure, left: float, bottom: float, scale: ColourScale, label: str, *, zero: bool
) -> None:
    """What the colours mean; `left` and `bottom` of its `BAR_ROOM` in millimetres from the corner
    of the page.

    zero: whether all that the scale is of is zero everywhere.
    """
    axes = add_axes(figure, left + _WORDS, bottom + 9.0, _BAR_WIDTH, _BAR_HEIGHT)
    extend = "neither" if zero else "both" if scale.signed else "max"
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.colours),
        cax=axes,
        orientation="horizontal",
        extend=extend,
    )
    power = 0 if 0.1 <= scale.end < 1000 else 3 * math.floor(math.log10(scale.end) / 3)
    end = f"{scale.end / 10.0**power:.3g}"
    ticks = [(-scale.end, f"-{end}"), (0.0, "0"), (scale.end, f"+{end}" if scale.signed else end)]
    ticks = [(0.0, "0")] if zero else ticks if scale.signed else ticks[1:]
    bar.set_ticks([at for at, _ in ticks])
    bar.set_ticklabels([text for _, text in ticks])
    axes.tick_params(length=2, pad=2, labelsize=9, labelcolor=GREY)
    unit = f" (×10{superscript(power)})" if power else ""
    note = "zero everywhere" if zero else "colours saturate at the 99th percentile"
    bar.set_label(f"{label}{unit};  {note}", size=9, color=GREY)
    sides = (
        (("right", AGAINST, "against the target"), ("left", FOR, "for the target"))
        if scale.signed
        else (("left", SIZE_ALONE, "size alone, no sign"),)
    )
    for ha, colour, text in sides:
        x = 1.07 if ha == "left" else -0.07
        said = axes.text(x, 0.5, text, transform=axes.transAxes, ha=ha, va="center", size=10)
        said.set(weight="bold", color=colour)
