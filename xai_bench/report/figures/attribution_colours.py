"""An attribution as colour behind the traces: blue against the target, vermilion for it."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from xai_bench.report.figures.ecg_paper import PAPER, add_axes
from xai_bench.report.figures.style import AGAINST, FOR, GREY
from xai_bench.report.formats import superscript

__all__ = [
    "AGAINST_EDGE",
    "BAR_WIDTH",
    "FOR_EDGE",
    "colour_scale",
    "draw_bar",
    "draw_colours",
]

AGAINST_EDGE, FOR_EDGE = "#0b4a78", "#a33c00"
"""The colours of `style`, dark enough for a line on them."""
BAR_WIDTH = 110.0
"""Millimetres of the bar itself; its words stand beside and below it."""
_BAR_HEIGHT = 4.0

_SATURATION = 0.99


def colour_scale(attribution: Float32[np.ndarray, "lead time"]) -> float:
    """Where the colours saturate: the 99th percentile of the non-zero |attribution|."""
    size = np.abs(attribution[attribution != 0])
    return float(np.quantile(size, _SATURATION)) if size.size else 1.0


def draw_colours(
    paper: Axes,
    row: Float32[np.ndarray, " time"],
    rate_hz: float,
    edges: tuple[float, float],
    scale: float,
) -> None:
    """One band a sample, centred on it; `edges` are the lower and the upper end of the row."""
    times = (-0.5 / rate_hz, (len(row) - 0.5) / rate_hz)
    paper.imshow(
        row[None],
        cmap=_colours(),
        norm=Normalize(-scale, scale),
        extent=(*times, *edges),
        aspect="auto",
        zorder=1,
    )


def draw_bar(
    figure: Figure, left: float, bottom: float, scale: float, label: str, *, zero: bool
) -> None:
    """What the colours mean; `left` and `bottom` in millimetres from the corner of the page.

    zero: whether the attribution is zero everywhere.
    """
    axes = add_axes(figure, left, bottom, BAR_WIDTH, _BAR_HEIGHT)
    bar = figure.colorbar(
        ScalarMappable(Normalize(-scale, scale), _colours()),
        cax=axes,
        orientation="horizontal",
        extend="neither" if zero else "both",
    )
    power = 0 if 0.1 <= scale < 1000 else 3 * math.floor(math.log10(scale) / 3)
    ends = f"{scale / 10.0**power:.3g}"
    bar.set_ticks([0] if zero else [-scale, 0, scale])
    bar.set_ticklabels(["0"] if zero else [f"-{ends}", "0", f"+{ends}"])
    axes.tick_params(length=2, pad=2, labelsize=9, labelcolor=GREY)
    unit = f" (×10{superscript(power)})" if power else ""
    note = "zero everywhere" if zero else "colours saturate at the 99th percentile"
    bar.set_label(f"{label}{unit};  {note}", size=9, color=GREY)
    for x, ha, colour, verb in ((-0.07, "right", AGAINST, "against"), (1.07, "left", FOR, "for")):
        words = axes.text(x, 0.5, f"speaks {verb} the target", transform=axes.transAxes)
        words.set(ha=ha, va="center", size=10, weight="bold", color=colour)


def _colours() -> LinearSegmentedColormap:
    """An odd number of colours, so that zero is exactly the colour of the paper."""
    return LinearSegmentedColormap.from_list("against-for", [AGAINST, PAPER, FOR], N=257)
