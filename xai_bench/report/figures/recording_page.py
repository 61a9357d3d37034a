"""A page with one recording: what methods say of it behind the traces, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xai_bench.errors import InputError
from xai_bench.report.explanation.attribution_regions import Segment, Shares
from xai_bench.report.figures.attribution_colours import (
    AGAINST_EDGE,
    BAR_WIDTH,
    FOR_EDGE,
    colour_scale,
    draw_bar,
    draw_colours,
)
from xai_bench.report.figures.ecg_paper import (
    LEAD_IN,
    MM_PER_INCH,
    MM_PER_MILLIVOLT,
    MM_PER_SECOND,
    MOST_ROOM,
    Heights,
    draw_leads,
    room_needed,
    row_heights,
    write,
)
from xai_bench.report.figures.share_bars import LEAD_BARS, WAVE_BARS, draw_lead_bars, draw_wave_bars
from xai_bench.report.figures.style import INK
from xai_bench.types import LEADS, WAVES

__all__ = ["Panel", "draw_recording"]

# All lengths in millimetres.
_MARGIN = 10.0
_HEAD, _FOOT = 20.0, 12.0
_PANEL_HEAD = 8.0
_TICKS, _BAR_ROOM, _SHARES_ROOM = 6.0, 17.0, 30.0
_BESIDE = 4.0
"""Between the paper and the bars, and between two panels."""
_GAP = 1.0
"""Paper between the colours of two rows."""
_BOX = 1.6
"""Points: the edge of a segment."""
_INSET = 0.8
"""Of boxes that speak against, so that they are seen beside and within those that speak for."""
_COLUMNS = 2
_NARROW = 250.0
"""A paper of less has no room for the bars of waves and the colours side by side."""
_WORDS = 47.0
"""On either side of the colours."""
_LINE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """What one method says of the recording."""

    attribution: Float32[np.ndarray, "lead time"]
    """Signed, positive where it speaks for the target."""
    label: str = "attribution, per sample"
    name: str = ""
    """Stands over the panel where there are several."""
    shares: Shares | None = None
    """Drawn as bars beside and below the paper."""
    segments: Sequence[Segment] = ()
    """Drawn as boxes about the trace."""


def draw_recording(
    signal: Float32[np.ndarray, "lead time"],
    *,
    rate_hz: float,
    panels: Sequence[Panel] = (),
    title: str,
    notes: Sequence[str] = (),
    leads: Sequence[str] = LEADS,
) -> Figure:
    """Leads one below another at 25 mm/s and 10 mm/mV, when printed at 100 %.

    signal: millivolt, in the order of `leads`. Each lead is drawn around its median: on paper the
    vertical position of a trace means nothing. A lead that needs more than 40 mm on one side
    runs over its neighbour, as it does on a recorder, and the foot line names it.
    panels: the recording is drawn once for each, two side by side. Zero is the colour of the paper;
    the colours saturate at the 99th percentile of the non-zero |attribution| of the panel.
    notes: lines above the foot line.

    The papers are the first axes of the figure: x in seconds, y in millivolt. Raises InputError
    for numbers that are not finite.
    """
    _check_finite("recording", signal)
    for panel in panels:
        _check_finite("attribution", panel.attribution)
    need = room_needed(signal)
    above, below = row_heights(need)
    layout = _Layout(
        paper=(LEAD_IN + signal.shape[1] / rate_hz * MM_PER_SECOND, float((above + below).sum())),
        count=max(len(panels), 1),
        has_bar=bool(panels),
        has_shares=any(panel.shares is not None for panel in panels),
        notes=len(notes),
    )
    figure = Figure(figsize=tuple(np.array(layout.page) / MM_PER_INCH), facecolor="white")
    papers = [
        draw_leads(
            figure,
            signal,
            rate_hz=rate_hz,
            corner=layout.corner(i),
            above=above,
            below=below,
            leads=leads,
        )
        for i in range(layout.count)
    ]
    for i, (paper, panel) in enumerate(zip(papers, panels, strict=False)):
        _fill(figure, paper, panel, layout, i, rate_hz, (above, below))

    write(figure, _MARGIN, layout.page[1] - 10, title, size=14, color=INK, weight="bold")
    for i, note in enumerate(reversed(notes)):
        write(figure, _MARGIN, 11.0 + _LINE * i, note, size=9)
    facts = ["25 mm/s", "10 mm/mV", "true to scale when printed at 100 %"]
    beyond = [leads[i] for i in np.flatnonzero(need.max(axis=0) > MOST_ROOM).tolist()]
    if beyond:
        facts.append(f"beyond its row: {', '.join(beyond)}")
    write(figure, _MARGIN, 6.0, "  ·  ".join(facts), size=9)
    right = layout.page[0] - _MARGIN
    write(figure, right, 6.0, "xai-bench  ·  not a medical device", size=9, ha="right")
    return figure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where the panels are on the page; millimetres from its lower left corner."""

    paper: tuple[float, float]
    """Width and height of each."""
    count: int
    has_bar: bool
    has_shares: bool
    notes: int

    @property
    def _beside(self) -> float:
        return _BESIDE + LEAD_BARS if self.has_shares else 0.0

    @property
    def below(self) -> float:
        """Room of a panel under its paper."""
        words = _BAR_ROOM if self.has_bar else 0.0
        if self.has_shares:
            words = _SHARES_ROOM + self.stacked
        return _TICKS + words

    @property
    def stacked(self) -> float:
        """How much lower the colours stand than the bars of waves."""
        return _SHARES_ROOM if self.paper[0] < _NARROW else 0.0

    @property
    def _columns(self) -> int:
        return min(self.count, _COLUMNS)

    @property
    def _head(self) -> float:
        return _PANEL_HEAD if self.count > 1 else 0.0

    @property
    def _panel(self) -> tuple[float, float]:
        width = max(self.paper[0] + self._beside, BAR_WIDTH + 2 * _WORDS if self.has_bar else 0.0)
        return width, self._head + self.paper[1] + self.below

    @property
    def page(self) -> tuple[float, float]:
        width, height = self._panel
        columns, rows = self._columns, math.ceil(self.count / self._columns)
        return (
            columns * width + (columns - 1) * 2 * _BESIDE + 2 * _MARGIN,
            rows * height + _HEAD + _FOOT + _LINE * self.notes,
        )

    def colours(self, i: int) -> tuple[float, float]:
        """Lower left of the bar of colours of a panel."""
        left, bottom = self.corner(i)
        bottom -= _TICKS + 12.0 + self.stacked if self.has_shares else _TICKS + 8.0
        if self.has_shares and not self.stacked:
            return left + self.paper[0] - BAR_WIDTH - 10.0, bottom
        return left + (max(self.paper[0], BAR_WIDTH + 2 * _WORDS) - BAR_WIDTH) / 2, bottom

    def corner(self, i: int) -> tuple[float, float]:
        """Lower left of the paper of a panel."""
        row, column = divmod(i, self._columns)
        width, height = self._panel
        top = self.page[1] - _HEAD - row * height
        left = _MARGIN + column * (width + 2 * _BESIDE)
        return left, top - height + self.below


def _fill(
    figure: Figure,
    paper: Axes,
    panel: Panel,
    layout: _Layout,
    i: int,
    rate_hz: float,
    rooms: tuple[Heights, Heights],
) -> None:
    """Colours, boxes and bars of one panel."""
    above, below = rooms
    scale = colour_scale(panel.attribution)
    low = -np.cumsum(above + below)
    edges = np.stack([low + _GAP / 2, low + above + below - _GAP / 2], axis=1) / MM_PER_MILLIVOLT
    for row, (bottom, top) in zip(panel.attribution, edges, strict=True):
        draw_colours(paper, row, rate_hz, (bottom, top), scale)
    for segment in panel.segments:
        _draw_box(paper, segment, rate_hz, edges[segment.lead])

    left, bottom = layout.corner(i)
    width, height = layout.paper
    if layout.count > 1:
        write(figure, left, bottom + height + 2.0, panel.name, size=12, color=INK, weight="bold")
    zero = not panel.attribution.any()
    draw_bar(figure, *layout.colours(i), scale, panel.label, zero=zero)
    if panel.shares is None:
        return
    draw_lead_bars(
        figure,
        panel.shares,
        corner=(left + width + _BESIDE, bottom),
        baselines=low + below,
        height=height,
    )
    in_wave = (panel.shares.positive + panel.shares.negative).sum(axis=0)
    present = [name for name, share in zip(WAVES, in_wave, strict=True) if share > 0]
    draw_wave_bars(figure, panel.shares, present, corner=(left, bottom - _TICKS - WAVE_BARS[1]))


def _draw_box(
    paper: Axes, segment: Segment, rate_hz: float, edges: Float64[np.ndarray, "2"]
) -> None:
    speaks_for = segment.sum > 0
    inset = 0.0 if speaks_for else _INSET
    x, y = inset / MM_PER_SECOND, inset / MM_PER_MILLIVOLT
    start, stop = (segment.first - 0.5) / rate_hz + x, (segment.stop - 0.5) / rate_hz - x
    low, high = edges[0] + y, edges[1] - y
    box = Rectangle((start, low), stop - start, high - low)
    colour = FOR_EDGE if speaks_for else AGAINST_EDGE
    box.set(facecolor="none", edgecolor=colour, linewidth=_BOX, zorder=4)
    paper.add_patch(box)


def _check_finite(name: str, values: Float32[np.ndarray, "lead time"]) -> None:
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise InputError(f"cannot draw the {name}: {count} of its samples are not finite")
