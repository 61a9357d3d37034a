"""Where the leads of a recording stand on ECG paper: strips of time in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float32, Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.figures.ecg_paper import (
    LEAD_IN,
    MM_PER_MILLIVOLT,
    MM_PER_SECOND,
    MOST_ROOM,
    PAPER,
    Heights,
    room_needed,
    row_heights,
    ruled_paper,
)
from xai_bench.report.figures.style import INK
from xai_bench.types import LEADS

__all__ = ["LAYOUTS", "Layout", "Sheet", "Strip", "beat_sheet", "column_sheet", "draw_sheet"]
__all__ += ["ward_sheet"]

Layout = Literal["3x4+rhythm", "12x1", "median-beat"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
"""As on a ward: four columns of three leads and one lead whole below; every lead whole in a row of
its own; one beat of every lead."""

_COLUMNS = 4
_RHYTHM_LEAD = 1
"""Lead II."""
_BEAT_SPEED = 2 * MM_PER_SECOND
_SHORT, _SHORT_SPEED = 2.0, 4 * MM_PER_SECOND
"""Seconds, as of one beat, up to which a recording is drawn at more than 25 mm/s."""
_GAP = 1.0
"""Millimetres of paper between the colours of two rows."""
_PULSE_MM = np.array([-8, -7, -7, -2, -2, -1])
_PULSE_MV = np.array([0, 0, 1, 1, 0, 0])

Signal = Float32[np.ndarray, "lead time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A piece of one lead."""

    lead: int
    row: int
    first: float
    """Seconds of the recording at which it begins."""
    seconds: float
    left: float
    """Seconds on the paper at which it begins."""

    @property
    def shift(self) -> float:
        """Added to a time of the recording it gives one on the paper."""
        return self.left - self.first


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """Strips in rows. Its paper has x in seconds from the calibration pulse, y in millivolt."""

    strips: tuple[Strip, ...]
    above: Heights
    """Millimetres that each row is given above its baseline."""
    below: Heights
    speed: float = MM_PER_SECOND
    """Millimetres of a second."""
    has_times: bool = True
    """Whether the x axis is the time of the recording."""
    names_inside: bool = False
    """Whether leads are named over their strips and not before them."""
    beyond: tuple[int, ...] = ()
    """Leads that need more room than a row may have."""

    @cached_property
    def seconds(self) -> float:
        return max(strip.left + strip.seconds for strip in self.strips)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        return LEAD_IN + self.seconds * self.speed, float((self.above + self.below).sum())

    @property
    def baselines(self) -> Float64[np.ndarray, " row"]:
        """In millivolt, down from the top of the paper."""
        low: Float64[np.ndarray, " row"] = -np.cumsum(self.above + self.below) + self.below
        return low / MM_PER_MILLIVOLT

    @property
    def edges(self) -> Float64[np.ndarray, "row 2"]:
        """In millivolt, the lower and the upper end of what is coloured in each row."""
        low = -np.cumsum(self.above + self.below)
        ends = np.stack([low + _GAP / 2, low + self.above + self.below - _GAP / 2], axis=1)
        return np.asarray(ends / MM_PER_MILLIVOLT)


def column_sheet(signal: Signal, rate_hz: float) -> Sheet:
    """Every lead whole, one below another."""
    seconds = signal.shape[1] / rate_hz
    speed = _SHORT_SPEED if seconds <= _SHORT else MM_PER_SECOND
    strips = [
        Strip(lead=lead, row=lead, first=0.0, seconds=seconds, left=0.0)
        for lead in range(len(signal))
    ]
    return _sheet(strips, signal, rate_hz, speed=speed)


def ward_sheet(signal: Signal, rate_hz: float) -> Sheet:
    """A quarter of each of twelve leads, one column after another in time, and lead II below."""
    seconds = signal.shape[1] / rate_hz
    part = seconds / _COLUMNS
    rows = len(signal) // _COLUMNS
    strips = [
        Strip(lead=lead, row=lead % rows, first=at, seconds=part, left=at)
        for lead in range(len(signal))
        for at in [lead // rows * part]
    ]
    rhythm = Strip(lead=_RHYTHM_LEAD, row=rows, first=0.0, seconds=seconds, left=0.0)
    return _sheet([*strips, rhythm], signal, rate_hz, names_inside=True)


def beat_sheet(beat: Signal, rate_hz: float) -> Sheet:
    """One beat of each lead, three rows of four, at 50 mm/s."""
    seconds = beat.shape[1] / rate_hz
    rows = -(-len(beat) // _COLUMNS)
    strips = [
        Strip(lead=lead, row=lead % rows, first=0.0, seconds=seconds, left=lead // rows * seconds)
        for lead in range(len(beat))
    ]
    return _sheet(strips, beat, rate_hz, speed=_BEAT_SPEED, has_times=False, names_inside=True)


def _sheet(
    strips: Sequence[Strip],
    signal: Signal,
    rate_hz: float,
    *,
    speed: float = MM_PER_SECOND,
    has_times: bool = True,
    names_inside: bool = False,
) -> Sheet:
    """With as much room in each row as its strips need."""
    rows = 1 + max(strip.row for strip in strips)
    need = np.zeros((2, rows), dtype=np.float32)
    beyond = set()
    for strip in strips:
        first, stop = (round(at * rate_hz) for at in (strip.first, strip.first + strip.seconds))
        of_strip = room_needed(signal[strip.lead : strip.lead + 1, first:stop])[:, 0]
        need[:, strip.row] = np.maximum(need[:, strip.row], of_strip)
        if of_strip.max() > MOST_ROOM:
            beyond.add(strip.lead)
    above, below = row_heights(need)
    return Sheet(
        strips=tuple(strips),
        above=above,
        below=below,
        speed=speed,
        has_times=has_times,
        names_inside=names_inside,
        beyond=tuple(sorted(beyond)),
    )


def draw_sheet(
    figure: Figure,
    sheet: Sheet,
    signal: Signal,
    *,
    rate_hz: float,
    corner: tuple[float, float],
    leads: Sequence[str] = LEADS,
) -> Axes:
    """Paper with a trace for each strip, about its median, and a pulse of 1 mV before each row.

    corner: lower left, in millimetres from that of the page.
    """
    paper = ruled_paper(figure, corner, sheet.size, sheet.speed)
    for baseline in sheet.baselines:
        _draw_line(paper, _PULSE_MM / sheet.speed, baseline + _PULSE_MV)
    for strip in sheet.strips:
        first, stop = (round(at * rate_hz) for at in (strip.first, strip.first + strip.seconds))
        part = signal[strip.lead, first:stop]
        baseline = sheet.baselines[strip.row]
        time = np.arange(first, stop) / rate_hz + strip.shift
        _draw_line(paper, time, baseline + part - np.median(part))
        _name(paper, sheet, strip, leads[strip.lead])
    if sheet.has_times:
        paper.set_xticks(range(math.floor(sheet.seconds + 1e-6) + 1))
        paper.xaxis.set_major_formatter("{x:.0f} s")
    return paper


def _draw_line(
    paper: Axes, x: Float64[np.ndarray, " point"], y: Float64[np.ndarray, " point"]
) -> None:
    paper.plot(x, y, color=INK, linewidth=0.9, solid_joinstyle="round", zorder=3)


def _name(paper: Axes, sheet: Sheet, strip: Strip, lead: str) -> None:
    x, y, va = (1 - LEAD_IN) / sheet.speed, sheet.baselines[strip.row], "center"
    if sheet.names_inside:
        x, y, va = strip.left + 1 / sheet.speed, sheet.edges[strip.row, 1] - 0.05, "top"
        if strip.left > 0:
            ends = sheet.edges[strip.row]
            paper.plot([strip.left] * 2, ends, color=INK, linewidth=0.6, zorder=3)
    text = paper.text(x, y, lead, size=11, weight="bold", color=INK, va=va, zorder=5)
    text.set_bbox({"facecolor": PAPER, "alpha": 0.75, "pad": 0.6, "linewidth": 0})
