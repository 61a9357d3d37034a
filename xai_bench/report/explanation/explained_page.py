"""An explained recording on a page: which layout, which traces, and what must be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from xai_bench.data.beat_finder import FINE_HZ
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.report.explanation.attribution_regions import Windows, top_segments
from xai_bench.report.explanation.bar_values import Bars
from xai_bench.report.explanation.beat_view import BeatView, beat_view
from xai_bench.report.explanation.independent_draws import DRAWS, same_sign
from xai_bench.report.explanation.method_explanation import MethodExplanation, about
from xai_bench.report.figures.attribution_layers import MARKED
from xai_bench.report.figures.ecg_sheet import LAYOUTS, Layout
from xai_bench.report.figures.recording_page import Panel, Traces, draw_recording
from xai_bench.types import LEADS, Attributions, Recordings

__all__ = ["ExplainedPage", "check_layout"]

_WARD_SECONDS = 10.0
_WARD, _WHOLE, _BEAT = LAYOUTS


def check_layout(layout: str | None, windows: Windows | None) -> None:
    """Raises UnknownNameError, and InputError for boxes about what is no stretch of time."""
    if layout is not None and layout not in LAYOUTS:
        raise UnknownNameError("layout", layout, LAYOUTS)
    if layout == _BEAT and windows is not None:
        raise InputError(
            f"--segments are windows of a recording, and layout {_BEAT} shows none; leave out one"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExplainedPage:
    """What is drawn."""

    recording: Recordings
    """Of one, as the model reads it."""
    fine: Recordings
    """The same at the rate of its file."""
    draws: Sequence[Sequence[Attributions]]
    """Of each method."""
    explained: Sequence[MethodExplanation]
    windows: Windows | None = None

    def draw(
        self, layout: str | None, *, title: str, header: Sequence[str], notes: Sequence[str]
    ) -> tuple[Figure, str]:
        """The page, and a line on what it shows of the recording.

        layout: one of LAYOUTS; None, and one that the recording is not for, is that of a ward for
        10 s of twelve leads, and else every lead whole.
        """
        chosen, why, beat = self._choose(layout)
        traces = Traces(
            signal=self.fine.signal[0] if beat is None else beat.signal,
            rate_hz=self.fine.rate_hz if beat is None else FINE_HZ,
            leads=self.recording.leads,
            layout=chosen,
            map_hz=self.recording.rate_hz,
            evidence=self._evidence(beat),
        )
        panels = [
            self._panel(draws, one, beat)
            for draws, one in zip(self.draws, self.explained, strict=True)
        ]
        shown = why + self._shown(chosen, beat)
        figure = draw_recording(
            traces, panels=panels, title=title, header=header, notes=[*notes, *self._key(shown)]
        )
        return figure, shown

    def _choose(self, layout: str | None) -> tuple[Layout, str, BeatView | None]:
        is_ward = self.recording.leads == LEADS and self.recording.seconds == _WARD_SECONDS
        usual = _WARD if is_ward else _WHOLE
        if layout == _BEAT:
            beat = beat_view(self.fine, self.recording.rate_hz)
            if beat is not None:
                return _BEAT, "", beat
            return usual, "No three whole beats of one shape, so no median beat. ", None
        if layout == _WARD and not is_ward:
            return _WHOLE, f"{_WARD} is for {_WARD_SECONDS:g} s of twelve leads. ", None
        return (_WHOLE if layout == _WHOLE else usual), "", None

    def _shown(self, layout: Layout, beat: BeatView | None) -> str:
        seconds = f"{self.recording.seconds:g} s"
        if beat is not None:
            return (
                f"Shown: the median of {len(beat.starts)} beats of one shape, with the mean "
                f"attribution over them; bars and sums are of the whole {seconds}."
            )
        if layout == _WARD:
            return (
                f"Shown: {self.recording.seconds / 4:g} s of each lead, and lead II whole; bars, "
                f"sums and the scale of colours are of the whole {seconds} of each lead."
            )
        return f"Shown: all {seconds} of each lead."

    def _evidence(self, beat: BeatView | None) -> np.ndarray | None:
        if self.recording.evidence is None:
            return None
        mask = np.asarray(self.recording.evidence[0])
        return mask if beat is None else beat.half(mask)

    def _panel(
        self, draws: Sequence[Attributions], one: MethodExplanation, beat: BeatView | None
    ) -> Panel:
        maps = [found.values[0] for found in draws]
        segments = (
            top_segments(maps[0], self.recording.rate_hz, self.windows) if self.windows else ()
        )
        if beat is not None:
            maps = [beat.mean(values) for values in maps]
        return Panel(
            attribution=maps[0],
            name=one.method,
            about=about(one),
            additive=one.additive,
            signed=one.signed,
            by_lead=one.by_lead,
            by_wave=present(one.by_wave),
            segments=segments,
            steady=same_sign(maps) if len(maps) > 1 else None,
        )

    def _key(self, shown: str) -> list[str]:
        """What stands on the page, in words."""
        what = "Bars and their numbers: % of the sum of |attribution|"
        if len(self.explained) > 1:
            what += " of a method"
        drawn = any(one.draws > 1 for one in self.explained)
        lines = [shown, f"{what}; both signs of all leads together are 100 %, as of all waves."]
        if drawn:
            lines[-1] += " Whiskers: lowest and highest of the draws."
        marks = []
        if any(one.signed for one in self.explained):
            marks.append(
                "dark line at the upper edge of a row: for, at the lower: against, from "
                f"{MARKED:g} of the scale on"
            )
        if self.recording.evidence is not None:
            has_any = bool(np.asarray(self.recording.evidence[0]).any())
            marks.append("black outline: what was planted" if has_any else "nothing was planted")
        if drawn:
            marks.append(
                f"hatched grey: the sign is not the same in all {DRAWS} draws, which leaves one in "
                f"{2 ** (DRAWS - 1)} samples of noise without hatching"
            )
        if marks:
            said = ";  ".join(marks)
            lines.append(f"{said[0].upper()}{said[1:]}.")
        return lines


def present(bars: Bars) -> Bars | None:
    """Those of waves that hold anything; None where no wave is known."""
    there = (bars.speaks_for + bars.speaks_against) > 0
    if not there[1:].any():
        return None

    def kept(values: np.ndarray) -> np.ndarray:
        return np.asarray(values[there])

    def both(over: tuple[np.ndarray, np.ndarray] | None) -> tuple[np.ndarray, np.ndarray] | None:
        return None if over is None else (kept(over[0]), kept(over[1]))

    return Bars(
        names=tuple(name for name, is_there in zip(bars.names, there, strict=True) if is_there),
        speaks_for=kept(bars.speaks_for),
        speaks_against=kept(bars.speaks_against),
        for_range=both(bars.for_range),
        against_range=both(bars.against_range),
    )
