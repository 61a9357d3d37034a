"""A page with one recording: what methods say of it behind the traces, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.errors import InputError
from xai_bench.report.explanation.attribution_regions import Segment
from xai_bench.report.explanation.bar_values import Bars
from xai_bench.report.figures.attribution_colours import (
    ColourScale,
    colour_scale,
    draw_bar,
)
from xai_bench.report.figures.attribution_layers import (
    draw_attribution,
    draw_boxes,
    draw_evidence,
)
from xai_bench.report.figures.ecg_paper import MM_PER_INCH, MM_PER_MILLIVOLT, write
from xai_bench.report.figures.ecg_sheet import (
    Layout,
    beat_sheet,
    column_sheet,
    draw_sheet,
    ward_sheet,
)
from xai_bench.report.figures.page_plan import MARGIN, PANEL_WORDS, TEXT, PagePlan
from xai_bench.report.figures.page_text import broken_lines
from xai_bench.report.figures.share_bars import BARS_LEFT, bars_width, draw_bars, longest_bars
from xai_bench.report.figures.style import AGAINST, FOR, INK
from xai_bench.types import LEADS

__all__ = ["Panel", "Traces", "draw_recording"]

_SHEETS = {"3x4+rhythm": ward_sheet, "12x1": column_sheet, "median-beat": beat_sheet}
_TITLE = 14
_OWN = "a scale of its own, not in log-odds"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traces:
    """What is drawn of the recording."""

    signal: Float32[np.ndarray, "lead time"]
    """Millivolt, in the order of `leads`; for the layout of one beat, that beat."""
    rate_hz: float
    leads: Sequence[str] = LEADS
    layout: Layout = "12x1"
    map_hz: float | None = None
    """Rate of attributions and evidence, where it is not that of the signal."""
    evidence: Bool[np.ndarray, "lead map_time"] | None = None
    """Outlined."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """What one method says of the recording."""

    attribution: Float32[np.ndarray, "lead map_time"]
    """Signed, positive where it speaks for the target, unless it has no sign."""
    name: str = ""
    about: str = ""
    """Stands over the panel, beside its name where there are several."""
    additive: bool = False
    """Whether it is in log-odds; such panels share one scale of colours."""
    signed: bool = True
    """False for a map of sizes alone."""
    by_lead: Bars | None = None
    """Drawn below the paper, with `by_wave`."""
    by_wave: Bars | None = None
    segments: Sequence[Segment] = ()
    """Drawn as boxes about the trace."""
    steady: Bool[np.ndarray, "lead map_time"] | None = None
    """Where it is not, the attribution is hatched out."""

    @property
    def bars(self) -> tuple[Bars, ...]:
        return tuple(bars for bars in (self.by_lead, self.by_wave) if bars is not None)


def draw_recording(
    traces: Traces,
    *,
    panels: Sequence[Panel] = (),
    title: str,
    header: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Figure:
    """A recording at 10 mm/mV and, unless it or what is shown of it is short, 25 mm/s, when printed
    at 100 %.

    Each strip is drawn around its median: on paper the vertical position of a trace means nothing.
    A lead that needs more than 40 mm on one side runs over its neighbour, as it does on a recorder,
    and the foot line names it.
    panels: the recording is drawn once for each, two side by side. Zero is the colour of the paper;
    the colours saturate at the 99th percentile of the non-zero |attribution| of the panel, or at
    the largest of these of the panels that are additive. All bars are on one scale.
    header: lines below the title. notes: lines above the foot line.

    The papers are the first axes of the figure: x in seconds, y in millivolt. Raises InputError
    for numbers that are not finite.
    """
    _check_finite("recording", traces.signal)
    for panel in panels:
        _check_finite("attribution", panel.attribution)
    sheet = _SHEETS[traces.layout](traces.signal, traces.rate_hz)
    scales = _scales(panels)
    legend = _legend(panels, scales)
    plan = PagePlan(
        paper=sheet.size,
        count=max(len(panels), 1),
        bars=max((_bars_width(panel) for panel in panels), default=0.0),
        legend=len(legend),
    )
    titles = broken_lines([title], plan.inner, _TITLE, "bold")
    above = broken_lines(header, plan.inner, TEXT)
    facts = [f"{sheet.speed:g} mm/s", f"{MM_PER_MILLIVOLT:g} mm/mV"]
    facts.append("true to scale when printed at 100 %")
    over = [_words_over(panel, plan) for panel in panels]
    if sheet.beyond:
        facts.append(f"beyond its row: {', '.join(traces.leads[lead] for lead in sheet.beyond)}")
    facts.append(f"page {plan.page[0]:.0f} mm wide")
    below = broken_lines([*notes, "  ·  ".join(facts)], plan.inner, TEXT)
    heads = max(map(len, over), default=0) + (len(panels) > 1)
    plan = plan.with_words(titles=len(titles), header=len(above), heads=heads, notes=len(below))

    figure = Figure(figsize=tuple(np.array(plan.page) / MM_PER_INCH), facecolor="white")
    papers = [
        draw_sheet(
            figure,
            sheet,
            traces.signal,
            rate_hz=traces.rate_hz,
            corner=plan.corner(i),
            leads=traces.leads,
        )
        for i in range(plan.count)
    ]
    longest = longest_bars([bars for panel in panels for bars in panel.bars])
    map_hz = traces.map_hz or traces.rate_hz
    for i, (paper, panel, scale) in enumerate(zip(papers, panels, scales, strict=False)):
        draw_attribution(
            paper, sheet, panel.attribution, rate_hz=map_hz, scale=scale, steady=panel.steady
        )
        draw_boxes(paper, sheet, panel.segments, rate_hz=map_hz)
        _draw_words(figure, over[i], panel.name, plan, i)
        _draw_bars(figure, panel, plan, i, longest)
    if traces.evidence is not None:
        for paper in papers:
            draw_evidence(paper, sheet, traces.evidence, rate_hz=map_hz)
    for place, (label, scale, zero) in enumerate(legend):
        draw_bar(figure, *plan.colours(place), scale, label, zero=zero)
    for place, line in enumerate(titles):
        write(figure, MARGIN, plan.title_at(place), line, size=_TITLE, color=INK, weight="bold")
    for place, line in enumerate(above):
        write(figure, MARGIN, plan.header_at(place), line, size=TEXT, color=INK)
    for place, line in enumerate(below):
        write(figure, MARGIN, plan.note_at(place), line, size=TEXT)
    write(
        figure, plan.page[0] - MARGIN, 3.5, "xai-bench  ·  not a medical device", size=7, ha="right"
    )
    return figure


def _scales(panels: Sequence[Panel]) -> list[ColourScale]:
    """Of each panel; those in log-odds have one in common."""
    ends = [colour_scale(panel.attribution) for panel in panels]
    shared = [
        end
        for end, panel in zip(ends, panels, strict=True)
        if panel.additive and panel.attribution.any()
    ]
    return [
        ColourScale(end=max(shared) if panel.additive and shared else end, signed=panel.signed)
        for end, panel in zip(ends, panels, strict=True)
    ]


def _legend(
    panels: Sequence[Panel], scales: Sequence[ColourScale]
) -> list[tuple[str, ColourScale, bool]]:
    """Label, scale, and whether all that it is of is zero, of each bar of colours; in the order of
    the panels, so that none stands below a panel that it is not of."""
    found = []
    additive = [panel for panel in panels if panel.additive]
    for panel, scale in zip(panels, scales, strict=True):
        if not panel.additive:
            name = panel.name or "attribution"
            own = f" ({_OWN})" if len(panels) > 1 else ""
            found.append((f"{name}, per sample{own}", scale, not panel.attribution.any()))
        elif panel is additive[0]:
            names = f"{', '.join(one.name for one in additive)}: " if len(panels) > 1 else ""
            zero = not any(one.attribution.any() for one in additive)
            found.append((f"{names}contribution to the log-odds, per sample", scale, zero))
    return found


def _words_over(panel: Panel, plan: PagePlan) -> list[str]:
    return broken_lines([panel.about], plan.panel_width, TEXT) if panel.about else []


def _draw_words(figure: Figure, lines: Sequence[str], name: str, plan: PagePlan, i: int) -> None:
    left, bottom = plan.corner(i)
    top = bottom + plan.paper[1] + 2.0
    for line in reversed(lines):
        write(figure, left, top, line, size=TEXT, color=INK)
        top += PANEL_WORDS
    if plan.count > 1:
        write(figure, left, top, name, size=12, color=INK, weight="bold")


def _bars_width(panel: Panel) -> float:
    return BARS_LEFT * len(panel.bars) + sum(map(bars_width, panel.bars))


def _draw_bars(
    figure: Figure, panel: Panel, plan: PagePlan, i: int, longest: tuple[float, float]
) -> None:
    left, bottom = plan.bars_at(i)
    for bars in panel.bars:
        left += BARS_LEFT
        axes = draw_bars(figure, bars, corner=(left, bottom), longest=longest, signed=panel.signed)
        left += bars_width(bars)
        if panel.signed:
            _name_signs(axes)


def _name_signs(axes: Axes) -> None:
    for text, colour, va, away in (("for", FOR, "bottom", 2), ("against", AGAINST, "top", -2)):
        said = axes.annotate(text, (-0.5, 0), (-3, away), textcoords="offset points")
        said.set(ha="right", va=va, size=9, color=colour, weight="bold", annotation_clip=False)


def _check_finite(name: str, values: Float32[np.ndarray, "lead time"]) -> None:
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise InputError(f"cannot draw the {name}: {count} of its samples are not finite")
