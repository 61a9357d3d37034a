"""Where a recording is unlike those that a model was trained on: beats, rhythm and amplitude.

A net answers white noise as surely as an ECG. What is compared here is cheap (about 4 ms a
recording on one core) and coarse: it finds what is no ECG, or one of another kind, and not what is
merely rare.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float32, Float64

from xai_bench.types import LEADS, Recordings

__all__ = ["PHYSIOLOGICAL", "SYNTHETIC", "TACHYCARDIA", "Measured", "SignalRange", "measure"]
__all__ += ["measure_each", "unlike", "unlike_line"]

_LEAST_SD = 0.001
"""Millivolt; a lead that moves less is flat: an electrode that fell off."""

_FEWEST_BEATS = 3
"""Of one shape. White noise has peaks, too, but no two alike."""

_LEAST_ALIKE = 0.4
"""Share of the peaks that are of one shape, below which they are no beats."""

_FAST = 0.15
"""Seconds between peaks when a rhythm of more than 200/min is looked for."""

_SHORTEST = 3.0
_SLOWEST_HZ = 65.0
"""Seconds, and Hz, below which beats are not looked for: too few, or too blurred; nor are they in
other leads than the twelve."""

_NAMED = 5
"""Recordings that a line names."""

_TWICE = 1.6
"""Times as many peaks of one shape as with the usual refractory period: the rhythm is that fast."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRange:
    """The least and the largest of what was measured, and where that was."""

    source: str
    """What the range is of, such as "its training recordings"."""
    beats_per_minute: tuple[float, float]
    span_mv: tuple[float, float]
    """The median over leads of the span from the 0.5th to the 99.5th percentile, in millivolt."""

    @classmethod
    def of(cls, recordings: Recordings) -> SignalRange:
        """Of training recordings; those without beats have no part in the rate."""
        found = measure_each(recordings)
        rates = [one.beats_per_minute for one in found if math.isfinite(one.beats_per_minute)]
        spans = [one.span_mv for one in found]
        return cls(
            source="its training recordings",
            beats_per_minute=(min(rates), max(rates)) if rates else PHYSIOLOGICAL.beats_per_minute,
            span_mv=(min(spans), max(spans)),
        )


PHYSIOLOGICAL = SignalRange(source="most ECGs", beats_per_minute=(30.0, 220.0), span_mv=(0.15, 5.0))
"""For a model of which nothing is known."""

SYNTHETIC = SignalRange(
    source="its training recordings", beats_per_minute=(20.0, 118.0), span_mv=(0.4, 4.5)
)
"""Of the 8000 synthetic recordings of folds 1 to 8, see benchmarks/training_range.py."""

TACHYCARDIA = SignalRange(
    source="its training recordings", beats_per_minute=(120.0, 230.0), span_mv=(0.5, 5.8)
)
"""Of the 2400 of synthetic-tachycardia; rates as they were planted, 130 to 220, and ten to spare:
in some of these recordings beats are not found as they are, as T is as large as QRS."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is compared of one recording."""

    beats_per_minute: float
    """0 where no beats of one shape are found, nan where none were looked for."""
    span_mv: float
    flat: tuple[str, ...]
    """Leads that do not move."""
    is_flat: bool
    """Whether these are all leads."""


def measure_each(
    recordings: Recordings, progress: Callable[[int, int], None] | None = None
) -> list[Measured]:
    """Rhythm, amplitude and flat leads of each recording.

    progress: called with (recordings done, recordings in all).
    """
    found = []
    for row in range(len(recordings)):  # one by one: a cohort is never in memory in millivolt
        found.append(
            measure(recordings[row : row + 1].signal[0], recordings.rate_hz, recordings.leads)
        )
        if progress:
            progress(row + 1, len(recordings))
    return found


def measure(
    millivolt: Float32[np.ndarray, "lead time"], rate_hz: float, leads: Sequence[str] = LEADS
) -> Measured:
    """Rhythm, amplitude and flat leads of one recording."""
    low, high = np.percentile(millivolt, [0.5, 99.5], axis=1)
    still = millivolt.std(axis=1) < _LEAST_SD
    return Measured(
        beats_per_minute=0.0 if still.all() else _rate(millivolt.astype(np.float64), rate_hz),
        span_mv=float(np.median(high - low)),
        flat=tuple(lead for lead, flat in zip(leads, still.tolist(), strict=True) if flat),
        is_flat=bool(still.all()),
    )


def _rate(millivolt: Float64[np.ndarray, "lead time"], rate_hz: float) -> float:
    from xai_bench.data.beat_finder import find_beats  # scipy.signal is slow to import

    is_short = millivolt.shape[1] < _SHORTEST * rate_hz
    if rate_hz < _SLOWEST_HZ or is_short or len(millivolt) != len(LEADS):
        return math.nan
    beats = find_beats(millivolt, rate_hz)
    at = beats.at[beats.alike]
    if len(at) < _FEWEST_BEATS or len(at) < _LEAST_ALIKE * len(beats.at):
        return 0.0
    faster = find_beats(millivolt, rate_hz, refractory=_FAST)
    if int(faster.alike.sum()) > _TWICE * len(at):
        at = faster.at[faster.alike]
    return float(60 * rate_hz / np.median(np.diff(at)))


def unlike(found: Measured, trained_on: SignalRange) -> str:
    """In what a recording is unlike, such as "no beats of one shape found"; "" where it is not."""
    return "; ".join(_unlike(found, trained_on))


def _unlike(found: Measured, trained_on: SignalRange) -> Iterator[str]:
    if found.is_flat:
        yield "a flat line"
        return
    if found.flat:
        yield f"flat in {', '.join(found.flat)}"
    low, high = trained_on.beats_per_minute
    if found.beats_per_minute == 0:
        yield "no beats of one shape found"
    elif found.beats_per_minute < low or found.beats_per_minute > high:
        yield f"{found.beats_per_minute:.0f} beats/min, not {low:.0f} to {high:.0f}"
    low, high = trained_on.span_mv
    if not low <= found.span_mv <= high:
        yield f"spans {found.span_mv:.2g} mV, not {low:.2g} to {high:.2g}"


def unlike_line(
    record_id: Sequence[str], found: Iterable[Measured], trained_on: SignalRange
) -> str:
    """How many recordings are unlike, which, and in what; "" where none is."""
    texts = {
        name: text
        for name, one in zip(record_id, found, strict=True)
        if (text := unlike(one, trained_on))
    }
    if not texts:
        return ""
    named = [f"{name} ({text})" for name, text in list(texts.items())[:_NAMED]]
    more = ", ..." if len(texts) > _NAMED else ""
    return (
        f"{len(texts)} of {len(record_id)} recordings are unlike {trained_on.source}: "
        f"{', '.join(named)}{more}"
    )
