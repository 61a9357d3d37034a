"""Where the beats are, and the beat they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy
from jaxtyping import Bool, Float, Float64, Int64

from xai_bench.types import LEADS

__all__ = [
    "FINE_HZ",
    "INDEPENDENT",
    "Beats",
    "at_fine_rate",
    "find_beats",
    "independent",
    "median_beat",
    "reach",
    "stack_beats",
]

FINE_HZ = 500.0
"""Beats are aligned and delineated at this rate, so that 100 Hz does not round intervals."""

INDEPENDENT = [0, 1, 6, 7, 8, 9, 10, 11]
"""Rows of I, II and V1..V6; the other four leads are sums of the first two."""


_BAND_HZ = (5.0, 30.0)
_SMOOTH = 0.08
_REFRACTORY = 0.3
_STRETCH = 1.5  # seconds that hold a beat at 40/min or more
_LEVEL = 0.4
_QRS = 0.1  # half of the window in which beats are compared
_SLACK = 0.04
_ALIKE = 0.9
_EARLY, _LATE = 0.8, 1.6
_BEFORE, _AFTER = 0.4, 0.6
_NEXT_P = 0.24

Signal = Float64[np.ndarray, "lead time"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beats:
    """The beats of one recording, aligned on their QRS."""

    at: Int64[np.ndarray, " beat"]
    """Samples at which the QRS is steepest."""
    alike: Bool[np.ndarray, " beat"]
    """Of the shape that most beats have."""
    typical: Bool[np.ndarray, " beat"]
    """Neither of another shape nor premature."""
    rate_hz: float

    @property
    def rr(self) -> Float64[np.ndarray, " kept"]:
        """Seconds between neighbours that are both typical and have no beat missing between."""
        intervals = np.diff(self.at) / self.rate_hz
        if len(intervals) == 0:
            return intervals
        both = self.typical[1:] & self.typical[:-1]
        kept: Float64[np.ndarray, " kept"] = intervals[
            both & (intervals < _LATE * np.median(intervals))
        ]
        return kept


def at_fine_rate(
    millivolt: Float[np.ndarray, "lead time"], rate_hz: float
) -> Float64[np.ndarray, "lead fine"]:
    """Resampled to FINE_HZ."""
    up = Fraction(FINE_HZ / rate_hz).limit_denominator(1000)
    fine: Float64[np.ndarray, "lead fine"] = scipy.signal.resample_poly(
        millivolt.astype(np.float64), up.numerator, up.denominator, axis=1, padtype="line"
    )
    return fine


def independent(leads: int) -> list[int]:
    """Rows of so many leads that are no sums of others: INDEPENDENT of twelve, of others all."""
    return INDEPENDENT if leads == len(LEADS) else list(range(leads))


def find_beats(millivolt: Signal, rate_hz: float, *, refractory: float = _REFRACTORY) -> Beats:
    """Peaks of the spatial slope between 5 and 30 Hz, all leads together.

    A peak counts above 0.4 of what a stretch of 1.5 s usually reaches, `refractory` seconds after
    another.
    Beats are then shifted by up to 40 ms to fit their common shape best; one that correlates
    with it below 0.9, or comes before 0.8 of the usual interval, is not typical.
    """
    sos = scipy.signal.butter(2, _BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    band = scipy.signal.sosfiltfilt(sos, millivolt[independent(len(millivolt))])
    slope = np.linalg.norm(np.gradient(band, axis=1), axis=0)
    width = round(_SMOOTH * rate_hz)
    activity = np.convolve(slope, np.full(width, 1 / width), mode="same")
    stretch = round(_STRETCH * rate_hz)
    whole = activity[: len(activity) // stretch * stretch].reshape(-1, stretch)
    height = _LEVEL * float(np.median(whole.max(axis=1))) if len(whole) else float(activity.max())
    at, _ = scipy.signal.find_peaks(activity, height=height, distance=round(refractory * rate_hz))

    edge = round((_QRS + _SLACK) * rate_hz)
    at = at[(at >= edge) & (at < len(activity) - edge)].astype(np.int64)
    if len(at) == 0:
        none = np.zeros(0, dtype=np.bool_)
        return Beats(at=at, alike=none, typical=none, rate_hz=rate_hz)
    at, fit = _align(band, at, rate_hz)
    alike = fit >= _ALIKE
    rr = np.diff(at)
    early = np.concatenate([[False], rr < _EARLY * np.median(rr)]) if len(rr) else np.array([False])
    return Beats(at=at, alike=alike, typical=alike & ~early, rate_hz=rate_hz)


def stack_beats(
    millivolt: Signal, beats: Beats
) -> tuple[Float64[np.ndarray, "beat lead sample"], int]:
    """The typical beats that are there whole, each about its own mean; and the sample of the QRS.

    Each reaches as far as `reach` says of the usual interval.
    """
    before, after = reach(float(np.median(beats.rr)) if len(beats.rr) else 1.0, beats.rate_hz)
    at = beats.at[beats.typical]
    at = at[(at >= before) & (at + after <= millivolt.shape[1])]
    windows = at[:, None] + np.arange(-before, after)
    stack = millivolt[:, windows].transpose(1, 0, 2)
    return stack - stack.mean(axis=2, keepdims=True), before


def reach(rr: float, rate_hz: float) -> tuple[int, int]:
    """Samples of a beat before its QRS and after it, `rr` seconds before the next beat.

    From 0.4 s before the QRS to 0.6 s after it, but not into the P wave of the next beat.
    """
    return round(_BEFORE * rate_hz), round(min(_AFTER, max(rr - _NEXT_P, _NEXT_P)) * rate_hz)


def median_beat(
    stack: Float64[np.ndarray, "beat lead sample"],
) -> Float64[np.ndarray, "lead sample"]:
    """Sample by sample over beats."""
    middle: Float64[np.ndarray, "lead sample"] = np.median(stack, axis=0)
    return middle


def _align(
    band: Float64[np.ndarray, "kept time"], at: Int64[np.ndarray, " beat"], rate_hz: float
) -> tuple[Int64[np.ndarray, " beat"], Float64[np.ndarray, " beat"]]:
    half, slack = round(_QRS * rate_hz), round(_SLACK * rate_hz)
    shifts = np.arange(-slack, slack + 1)
    alike = np.zeros(len(at))
    moved = at
    for _ in range(2):
        template = np.median(band[:, moved[:, None] + np.arange(-half, half)], axis=1).ravel()
        for i, centre in enumerate(at):
            windows = band[:, (centre + shifts)[:, None] + np.arange(-half, half)]
            shifted = windows.transpose(1, 0, 2).reshape(len(shifts), -1)
            size = np.linalg.norm(shifted, axis=1) * np.linalg.norm(template)
            fit = shifted @ template / np.maximum(size, 1e-12)
            best = int(fit.argmax())
            alike[i] = fit[best]
            moved = np.where(np.arange(len(at)) == i, centre + shifts[best], moved)
    return moved, alike
