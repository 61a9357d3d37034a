"""A recording on ECG paper, true to scale, with its attribution as colour behind the traces."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from xai_bench.errors import InputError, OutputError
from xai_bench.types import LEADS

__all__ = [
    "LEAD_IN",
    "MM_PER_MILLIVOLT",
    "MM_PER_SECOND",
    "draw_leads",
    "draw_recording",
    "room_needed",
    "row_heights",
    "save_figure",
    "write",
]

MM_PER_SECOND = 25.0
MM_PER_MILLIVOLT = 10.0

_MM_PER_INCH = 25.4
_DPI = 200

# All lengths in millimetres.
_MARGIN = 10.0
_HEAD = 20.0
_FOOT, _FOOT_WITH_BAR = 18.0, 35.0
LEAD_IN = 20.0
"""Paper before the first sample: the name of the lead and the calibration pulse."""
_LEAST_ABOVE, _LEAST_BELOW = 12.0, 8.0
"""Room around a baseline: the calibration pulse must fit."""
_MOST = 42.0
"""Room on one side of a baseline: one spike must not blow up the page."""
_CLEAR = 2.0
"""Between the extreme of a trace and the edge of its row."""
_BAR = 110.0
_GAP = 1.0
"""Paper between the colours of two rows."""

_INK = "#111111"
_GREY = "#555555"
_PAPER = "#fffdfc"
_GRID = (0.87, 0.42, 0.42)
_AGAINST, _FOR = "#1f86c9", "#e8641b"
"""Blue and vermilion after Okabe and Ito, told apart with every kind of colour vision; lightened
so that a black trace stays readable on them."""
_SATURATION = 0.99

Heights = Float64[np.ndarray, " 12"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def draw_recording(
    signal: Float32[np.ndarray, "12 time"],
    *,
    rate_hz: float,
    attribution: Float32[np.ndarray, "12 time"] | None = None,
    title: str,
    attribution_label: str = "attribution, per sample",
) -> Figure:
    """Twelve leads one below another at 25 mm/s and 10 mm/mV, when printed at 100 %.

    signal: millivolt, canonical lead order. Each lead is drawn around its median: on paper the
    vertical position of a trace means nothing. A lead that needs more than 40 mm on one side
    runs over its neighbour, as it does on a recorder, and the foot line names it.
    attribution: signed, positive where it speaks for the target. Zero is the colour of the paper;
    the colours saturate at the 99th percentile of the non-zero |attribution| of the recording.

    The paper is the first axes of the figure: x in seconds, y in millivolt. Raises InputError
    for numbers that are not finite.
    """
    for name, values in (("recording", signal), ("attribution", attribution)):
        if values is not None and not np.isfinite(values).all():
            count = int((~np.isfinite(values)).sum())
            raise InputError(f"cannot draw the {name}: {count} of its samples are not finite")
    seconds = signal.shape[1] / rate_hz
    need = room_needed(signal)
    above, below = row_heights(need)
    bottom = -np.cumsum(above + below)

    foot = _FOOT if attribution is None else _FOOT_WITH_BAR
    width, height = LEAD_IN + seconds * MM_PER_SECOND, float(-bottom[-1])
    page = np.array([width + 2 * _MARGIN, height + _HEAD + foot])
    figure = Figure(figsize=tuple(page / _MM_PER_INCH), facecolor="white")
    paper = draw_leads(
        figure, signal, rate_hz=rate_hz, corner=(_MARGIN, foot), above=above, below=below
    )
    if attribution is not None:
        scale = _scale(attribution)
        for row, low, room in zip(attribution, bottom, above + below, strict=True):
            edges = np.array([low + _GAP / 2, low + room - _GAP / 2]) / MM_PER_MILLIVOLT
            _draw_colours(paper, row, rate_hz, (edges[0], edges[1]), scale)
        _draw_colour_bar(figure, scale, attribution_label, zero=not attribution.any())

    write(figure, _MARGIN, page[1] - 10, title, size=14, color=_INK, weight="bold")
    facts = ["25 mm/s", "10 mm/mV", "true to scale when printed at 100 %"]
    beyond = [LEADS[i] for i in np.flatnonzero(need.max(axis=0) > _MOST)]
    if beyond:
        facts.append(f"beyond its row: {', '.join(beyond)}")
    write(figure, _MARGIN, 6.0, "  ·  ".join(facts), size=9)
    write(figure, page[0] - _MARGIN, 6.0, "xai-bench  ·  not a medical device", size=9, ha="right")
    return figure


def room_needed(signal: Float32[np.ndarray, "12 time"]) -> Float32[np.ndarray, "2 12"]:
    """Millimetres that each trace needs above and below its median."""
    centred = signal - np.median(signal, axis=1, keepdims=True)
    extremes = np.stack([centred.max(axis=1), -centred.min(axis=1)])
    need: Float32[np.ndarray, "2 12"] = np.ceil(extremes * MM_PER_MILLIVOLT + _CLEAR)
    return need


def row_heights(need: Float32[np.ndarray, "2 12"]) -> tuple[Heights, Heights]:
    """Millimetres that each lead is given above and below its baseline."""
    given = need.astype(np.float64)
    return np.clip(given[0], _LEAST_ABOVE, _MOST), np.clip(given[1], _LEAST_BELOW, _MOST)


def draw_leads(
    figure: Figure,
    signal: Float32[np.ndarray, "12 time"],
    *,
    rate_hz: float,
    corner: tuple[float, float],
    above: Heights,
    below: Heights,
) -> Axes:
    """Paper with twelve traces, each about its median; x in seconds, y in millivolt.

    corner: lower left, in millimetres from that of the page.
    """
    seconds = signal.shape[1] / rate_hz
    bottom = -np.cumsum(above + below)
    width, height = LEAD_IN + seconds * MM_PER_SECOND, float(-bottom[-1])
    paper = _add_axes(figure, *corner, width, height)
    paper.set_xlim(-LEAD_IN / MM_PER_SECOND, seconds)
    paper.set_ylim(-height / MM_PER_MILLIVOLT, 0)
    _draw_grid(paper, seconds)
    centred = signal - np.median(signal, axis=1, keepdims=True)
    for lead, row, baseline in zip(LEADS, centred, bottom + below, strict=True):
        _draw_lead(paper, lead, row, rate_hz, baseline / MM_PER_MILLIVOLT)
    return paper


def save_figure(figure: Figure, path: Path, *, dpi: int = _DPI) -> None:
    """Write a PNG (200 dpi unless said otherwise), SVG or PDF, by suffix, whole or not at all.

    Raises InputError for another suffix, OutputError when the file cannot be written.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg", "pdf"):
        raise InputError(
            f"cannot draw '{path}': the suffix is '{path.suffix}', not .png, .svg or .pdf"
        )
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=dpi)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            temporary.write_bytes(content.getbuffer())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def write(
    figure: Figure,
    left: float,
    bottom: float,
    text: str,
    *,
    size: int,
    color: str = _GREY,
    weight: str = "normal",
    ha: Literal["left", "right"] = "left",
) -> None:
    """Text on the page; `left` and `bottom` in millimetres from its lower left corner."""
    x, y = figure.get_size_inches() * _MM_PER_INCH
    words = figure.text(left / x, bottom / y, text, size=size, color=color, weight=weight, ha=ha)
    words.set_parse_math(False)


def _scale(attribution: Float32[np.ndarray, "12 time"]) -> float:
    size = np.abs(attribution[attribution != 0])
    return float(np.quantile(size, _SATURATION)) if size.size else 1.0


def _colours() -> LinearSegmentedColormap:
    """An odd number of colours, so that zero is exactly the colour of the paper."""
    return LinearSegmentedColormap.from_list("against-for", [_AGAINST, _PAPER, _FOR], N=257)


def _add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in millimetres from the lower left corner of the page."""
    x, y = figure.get_size_inches() * _MM_PER_INCH
    return figure.add_axes((left / x, bottom / y, width / x, height / y), facecolor=_PAPER)


def _draw_grid(paper: Axes, seconds: float) -> None:
    """Lines every 1 and 5 mm, over the colours so that they can be counted there too."""
    left, right = paper.get_xlim()
    low, high = paper.get_ylim()
    x = np.arange(-LEAD_IN, seconds * MM_PER_SECOND)
    y = np.arange(0, low * MM_PER_MILLIVOLT, -1)
    for step, weight, alpha in ((1, 0.3, 0.38), (5, 0.7, 0.6)):
        colour = (*_GRID, alpha)
        columns = x[x % step == 0] / MM_PER_SECOND
        rows = y[y % step == 0] / MM_PER_MILLIVOLT
        paper.vlines(columns, low, high, colors=[colour], linewidth=weight, zorder=2)
        paper.hlines(rows, left, right, colors=[colour], linewidth=weight, zorder=2)
    paper.set_yticks([])
    paper.set_xticks(range(math.floor(seconds) + 1))
    paper.xaxis.set_major_formatter("{x:.0f} s")
    paper.tick_params(length=0, pad=3, labelsize=9, labelcolor=_GREY)
    paper.spines[:].set(color=_GRID, linewidth=0.7)


def _draw_lead(
    paper: Axes, lead: str, row: Float32[np.ndarray, " time"], rate_hz: float, baseline: float
) -> None:
    time = np.arange(len(row)) / rate_hz
    pulse_mm = np.array([-8, -7, -7, -2, -2, -1])
    pulse_mv = np.array([0, 0, 1, 1, 0, 0])
    for x, y in ((pulse_mm / MM_PER_SECOND, pulse_mv), (time, row)):
        paper.plot(x, baseline + y, color=_INK, linewidth=0.9, solid_joinstyle="round", zorder=3)
    at = (1 - LEAD_IN) / MM_PER_SECOND
    paper.text(at, baseline, lead, size=11, weight="bold", color=_INK, va="center", zorder=3)


def _draw_colours(
    paper: Axes,
    row: Float32[np.ndarray, " time"],
    rate_hz: float,
    edges: tuple[float, float],
    scale: float,
) -> None:
    """One band a sample, centred on it."""
    times = (-0.5 / rate_hz, (len(row) - 0.5) / rate_hz)
    paper.imshow(
        row[None],
        cmap=_colours(),
        norm=Normalize(-scale, scale),
        extent=(*times, *edges),
        aspect="auto",
        zorder=1,
    )


def _draw_colour_bar(figure: Figure, scale: float, label: str, *, zero: bool) -> None:
    page_width = figure.get_size_inches()[0] * _MM_PER_INCH
    axes = _add_axes(figure, (page_width - _BAR) / 2, 20.0, _BAR, 4.0)
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
    axes.tick_params(length=2, pad=2, labelsize=9, labelcolor=_GREY)
    unit = f" (×10{str(power).translate(_SUPERSCRIPT)})" if power else ""
    note = "zero everywhere" if zero else "colours saturate at the 99th percentile"
    bar.set_label(f"{label}{unit};  {note}", size=9, color=_GREY)
    for x, ha, colour, verb in ((-0.07, "right", _AGAINST, "against"), (1.07, "left", _FOR, "for")):
        words = axes.text(x, 0.5, f"speaks {verb} the target", transform=axes.transAxes)
        words.set(ha=ha, va="center", size=10, weight="bold", color=colour)
