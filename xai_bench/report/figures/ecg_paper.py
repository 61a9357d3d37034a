"""ECG paper, true to scale: its grid, and the room of traces on it; and files of figures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.report.figures.style import GREY
from xai_bench.report.figures.write_figure import write_figure

__all__ = [
    "LEAD_IN",
    "MM_PER_INCH",
    "MM_PER_MILLIVOLT",
    "MM_PER_SECOND",
    "MOST_ROOM",
    "PAPER",
    "Heights",
    "add_axes",
    "check_suffix",
    "room_needed",
    "row_heights",
    "ruled_paper",
    "save_figure",
    "write",
]

MM_PER_SECOND = 25.0
MM_PER_MILLIVOLT = 10.0

MM_PER_INCH = 25.4
_DPI = 200

# All lengths in millimetres.
LEAD_IN = 20.0
"""Paper before the first sample: the name of the lead and the calibration pulse."""
_LEAST_ABOVE, _LEAST_BELOW = 12.0, 8.0
"""Room around a baseline: the calibration pulse must fit."""
MOST_ROOM = 42.0
"""Room on one side of a baseline: one spike must not blow up the page."""
_CLEAR = 2.0
"""Between the extreme of a trace and the edge of its row."""
PAPER = "#fffdfc"
_GRID = (0.87, 0.42, 0.42)

Heights = Float64[np.ndarray, " lead"]


def room_needed(signal: Float32[np.ndarray, "lead time"]) -> Float32[np.ndarray, "2 lead"]:
    """Millimetres that each trace needs above and below its median."""
    centred = signal - np.median(signal, axis=1, keepdims=True)
    extremes = np.stack([centred.max(axis=1), -centred.min(axis=1)])
    need: Float32[np.ndarray, "2 lead"] = np.ceil(extremes * MM_PER_MILLIVOLT + _CLEAR)
    return need


def row_heights(need: Float32[np.ndarray, "2 lead"]) -> tuple[Heights, Heights]:
    """Millimetres that each lead is given above and below its baseline."""
    given = need.astype(np.float64)
    return np.clip(given[0], _LEAST_ABOVE, MOST_ROOM), np.clip(given[1], _LEAST_BELOW, MOST_ROOM)


def ruled_paper(
    figure: Figure,
    corner: tuple[float, float],
    size: tuple[float, float],
    speed: float = MM_PER_SECOND,
) -> Axes:
    """Empty paper: x in seconds after what `LEAD_IN` is for, y in millivolt down from its top.

    corner: lower left, from that of the page; size: width and height; millimetres. speed: mm/s.
    """
    width, height = size
    paper = add_axes(figure, *corner, width, height)
    paper.set_xlim(-LEAD_IN / speed, (width - LEAD_IN) / speed)
    paper.set_ylim(-height / MM_PER_MILLIVOLT, 0)
    _draw_grid(paper, speed)
    paper.set_xticks([])
    paper.set_yticks([])
    paper.tick_params(length=0, pad=3, labelsize=9, labelcolor=GREY)
    paper.spines[:].set(color=_GRID, linewidth=0.7)
    return paper


def save_figure(figure: Figure, path: Path, *, dpi: int = _DPI) -> None:
    """Write a PNG (200 dpi unless said otherwise), SVG or PDF, by suffix, whole or not at all.

    Raises InputError for another suffix, OutputError when the file cannot be written.
    """
    kind = check_suffix(path)
    content = io.BytesIO()
    write_figure(figure, content, format=kind, dpi=dpi)
    with storage.writing(path):
        path.parent.stat()  # a folder that is not there was hardly meant
    storage.write_file(path, content.getvalue())


def check_suffix(path: Path) -> str:
    """png, svg or pdf. Raises InputError for another suffix."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg", "pdf"):
        raise InputError(
            f"cannot draw '{path}': the suffix is '{path.suffix}', not .png, .svg or .pdf"
        )
    return kind


def write(
    figure: Figure,
    left: float,
    bottom: float,
    text: str,
    *,
    size: int,
    color: str = GREY,
    weight: str = "normal",
    ha: Literal["left", "right"] = "left",
) -> None:
    """Text on the page; `left` and `bottom` in millimetres from its lower left corner."""
    x, y = figure.get_size_inches() * MM_PER_INCH
    figure.text(left / x, bottom / y, text, size=size, color=color, weight=weight, ha=ha)


def add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in millimetres from the lower left corner of the page."""
    x, y = figure.get_size_inches() * MM_PER_INCH
    return figure.add_axes((left / x, bottom / y, width / x, height / y), facecolor=PAPER)


def _draw_grid(paper: Axes, speed: float) -> None:
    """Lines every 1 and 5 mm, over the colours so that they can be counted there too."""
    left, right = paper.get_xlim()
    low, high = paper.get_ylim()
    x = np.arange(-LEAD_IN, right * speed)
    y = np.arange(0, low * MM_PER_MILLIVOLT, -1)
    for step, weight, alpha in ((1, 0.3, 0.38), (5, 0.7, 0.6)):
        colour = (*_GRID, alpha)
        columns = x[x % step == 0] / speed
        rows = y[y % step == 0] / MM_PER_MILLIVOLT
        paper.vlines(columns, low, high, colors=[colour], linewidth=weight, zorder=2)
        paper.hlines(rows, left, right, colors=[colour], linewidth=weight, zorder=2)
