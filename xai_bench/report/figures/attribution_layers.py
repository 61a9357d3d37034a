"""Behind and about the traces: colours, marks that need none, boxes, and outlined evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float32, Float64
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from xai_bench.report.explanation.attribution_regions import Segment
from xai_bench.report.figures.attribution_colours import (
    AGAINST_EDGE,
    FOR_EDGE,
    ColourScale,
    draw_colours,
)
from xai_bench.report.figures.ecg_paper import MM_PER_MILLIVOLT
from xai_bench.report.figures.ecg_sheet import Sheet, Strip
from xai_bench.report.figures.style import INK

__all__ = ["MARKED", "draw_attribution", "draw_boxes", "draw_evidence"]

MARKED = 0.25
"""Of the colour scale; what is beyond has a line at the upper edge of its row where it speaks for
the target, and at the lower edge where it speaks against it."""
_MARK = 0.9 / MM_PER_MILLIVOLT
_BOX, _OUTLINE = 1.6, 0.8
"""Points: the edges of a segment and of evidence."""
_INSET = 0.8
"""Millimetres of boxes that speak against, so that they are seen beside and within those that
speak for; of evidence half as much."""
_UNSTEADY, _HATCH = "#ececec", "#c2c2c2"

Ends = Float64[np.ndarray, "2"]


def draw_attribution(
    paper: Axes,
    sheet: Sheet,
    attribution: Float32[np.ndarray, "lead time"],
    *,
    rate_hz: float,
    scale: ColourScale,
    steady: Bool[np.ndarray, "lead time"] | None = None,
) -> None:
    """Colours behind every strip, and marks at its edges that are seen without colour.

    rate_hz: of the attribution, which may be less than that of the traces. steady: where it is not,
    grey hatching stands in the place of the colour.
    """
    for strip in sheet.strips:
        first, stop = _samples(strip, rate_hz)
        row = attribution[strip.lead, first:stop]
        ends = sheet.edges[strip.row]
        start = first / rate_hz + strip.shift
        unsteady = np.zeros(len(row), dtype=np.bool_)
        if steady is not None:
            unsteady = ~steady[strip.lead, first:stop]
        shown = np.where(unsteady, np.float32(0), row)
        draw_colours(paper, shown, rate_hz, (ends[0], ends[1]), scale, start=start)
        _hatch(paper, unsteady, start, rate_hz, ends)
        if scale.signed:
            least = MARKED * scale.end
            _mark(paper, shown >= least, start, rate_hz, ends[1] - _MARK, FOR_EDGE)
            _mark(paper, shown <= -least, start, rate_hz, ends[0], AGAINST_EDGE)


def draw_evidence(
    paper: Axes, sheet: Sheet, evidence: Bool[np.ndarray, "lead time"], *, rate_hz: float
) -> None:
    """An outline about each run of samples that are evidence, from half a sample before the first
    to half a sample after the last."""
    inset = _INSET / 2 / MM_PER_MILLIVOLT
    for strip in sheet.strips:
        first, stop = _samples(strip, rate_hz)
        low, high = sheet.edges[strip.row]
        start = first / rate_hz + strip.shift
        for left, width in _spans(evidence[strip.lead, first:stop], start, rate_hz):
            box = Rectangle((left, low + inset), width, high - low - 2 * inset)
            box.set(facecolor="none", edgecolor=INK, linewidth=_OUTLINE, zorder=4, gid="evidence")
            paper.add_patch(box)


def draw_boxes(paper: Axes, sheet: Sheet, segments: Sequence[Segment], *, rate_hz: float) -> None:
    """A box about each segment, or about as much of it as a strip shows."""
    for strip in sheet.strips:
        first, stop = _samples(strip, rate_hz)
        for segment in segments:
            begin, end = max(segment.first, first), min(segment.stop, stop)
            if segment.lead == strip.lead and begin < end:
                left, right = ((at - 0.5) / rate_hz + strip.shift for at in (begin, end))
                _draw_box(paper, sheet, strip.row, (left, right), is_for=segment.sum > 0)


def _draw_box(
    paper: Axes, sheet: Sheet, row: int, span: tuple[float, float], *, is_for: bool
) -> None:
    inset = 0.0 if is_for else _INSET
    x, y = inset / sheet.speed, inset / MM_PER_MILLIVOLT
    low, high = sheet.edges[row]
    left, right = span
    box = Rectangle((left + x, low + y), right - left - 2 * x, high - low - 2 * y)
    box.set(facecolor="none", edgecolor=FOR_EDGE if is_for else AGAINST_EDGE)
    box.set(linewidth=_BOX, linestyle="-" if is_for else "--", zorder=4)
    paper.add_patch(box)


def _samples(strip: Strip, rate_hz: float) -> tuple[int, int]:
    return round(strip.first * rate_hz), round((strip.first + strip.seconds) * rate_hz)


def _spans(
    there: Bool[np.ndarray, " time"], start: float, rate_hz: float
) -> Iterator[tuple[float, float]]:
    """Left end and width in seconds of each run; sample 0 is at `start`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield start + (first - 0.5) / rate_hz, (stop - first) / rate_hz


def _mark(
    paper: Axes,
    there: Bool[np.ndarray, " time"],
    start: float,
    rate_hz: float,
    bottom: float,
    colour: str,
) -> None:
    spans = list(_spans(there, start, rate_hz))
    if spans:
        paper.broken_barh(spans, (bottom, _MARK), facecolor=colour, linewidth=0, zorder=2.5)


def _hatch(
    paper: Axes, there: Bool[np.ndarray, " time"], start: float, rate_hz: float, ends: Ends
) -> None:
    spans = list(_spans(there, start, rate_hz))
    if spans:
        bars = paper.broken_barh(spans, (ends[0], ends[1] - ends[0]), facecolor=_UNSTEADY)
        bars.set(linewidth=0, edgecolor=_HATCH, hatch="xx", zorder=1.5, gid="unsteady")
