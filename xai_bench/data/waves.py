"""Where the waves of a beat begin and end: one set of rules for every recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float64

from xai_bench.data.beat_finder import independent

__all__ = ["Waves", "delineate", "spatial_velocity"]

_SAVGOL = 0.014  # seconds
_SHARE = 0.06  # of the steepest slope of the QRS
_QUIET = 0.008  # seconds below the threshold that end a QRS
_BACK, _ON = 0.12, 0.16  # the farthest that a QRS reaches from where it is steepest
_ST = 0.06
_P_REACH, _P_CLEAR = 0.3, 0.012
_EDGE = 0.03  # seconds whose median is the level at an end of a segment
_SHORTEST = 0.08  # segment that can hold a wave
_LEAST_WAVE = 0.03  # millivolt, all leads together

NAN = float("nan")

Beat = Float64[np.ndarray, "lead sample"]
Part = Float64[np.ndarray, "lead part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Seconds from the steepest point of the QRS; NaN where a wave is not found."""

    p_onset: float
    p_peak: float
    p_end: float
    qrs_onset: float
    qrs_offset: float
    t_onset: float
    t_peak: float
    t_end: float


def delineate(beat: Beat, fiducial: int, rate_hz: float, rr: float) -> Waves:
    """The waves of a median beat, from all leads at once.

    QRS: where the spatial velocity stays below 6 % of its peak (above its quietest tenth).
    Ends of P and T: where the tangent at the steepest point of a flank crosses the level beside the
    wave (Lepeschkin and Surawicz 1952), on the first principal component of the leads; a flank next
    to the QRS ends there at the latest.
    """
    velocity = spatial_velocity(beat, rate_hz)
    steep = slice(max(fiducial - round(0.06 * rate_hz), 0), fiducial + round(0.06 * rate_hz))
    top = steep.start + int(velocity[steep].argmax())
    quiet = float(np.quantile(velocity, 0.1))
    limit = quiet + _SHARE * (float(velocity[top]) - quiet)
    need = max(round(_QUIET * rate_hz), 1)
    onset = _first_quiet(velocity[: top + 1][::-1][: round(_BACK * rate_hz)], limit, need)
    offset = _first_quiet(velocity[top:][: round(_ON * rate_hz)], limit, need)
    if onset is None or offset is None:
        return Waves(**dict.fromkeys(Waves.__slots__, NAN))
    on, off = top - onset, top + offset
    after = _from_far_level(beat[:, off + round(_ST * rate_hz) :], rate_hz)
    t_onset, t_peak, t_end = _flanks(after, rate_hz)
    start = on - round(_P_REACH * rate_hz)
    if not np.isnan(t_end):
        # The T wave of the beat before ends there.
        ended = off / rate_hz + _ST + t_end - rr
        start = max(start, round(ended * rate_hz))
    stop = on - round(_P_CLEAR * rate_hz)
    before = beat[:, max(start, 0) : stop][:, ::-1]
    # The level before a P wave and after it differ, by the repolarisation of the atria.
    p_end, p_peak, p_onset = _flanks(_from_line(before, rate_hz), rate_hz)
    last, j, first = ((at - fiducial) / rate_hz for at in (stop - 1, off, on))
    return Waves(
        p_onset=last - p_onset,
        p_peak=last - p_peak,
        p_end=min(last - p_end, first),
        qrs_onset=first,
        qrs_offset=j,
        t_onset=max(j + _ST + t_onset, j),
        t_peak=j + _ST + t_peak,
        t_end=j + _ST + t_end,
    )


def spatial_velocity(beat: Beat, rate_hz: float) -> Float64[np.ndarray, " sample"]:
    """Length of the slope of the independent leads, in mV/s; a local parabola each."""
    window = max(2 * round(_SAVGOL * rate_hz / 2) + 1, 3)
    slope = scipy.signal.savgol_filter(
        beat[independent(len(beat))], window, 2, deriv=1, delta=1 / rate_hz, axis=1
    )
    length: Float64[np.ndarray, " sample"] = np.linalg.norm(slope, axis=0)
    return length


def _first_quiet(values: Float64[np.ndarray, " sample"], limit: float, need: int) -> int | None:
    """The first of `need` values in a row that are below the limit."""
    below = np.convolve(values < limit, np.ones(need), mode="valid")
    found = np.flatnonzero(below >= need)
    return int(found[0]) if len(found) else None


def _holds_a_wave(segment: Part, rate_hz: float) -> bool:
    return len(segment[0]) >= round(_SHORTEST * rate_hz)


def _from_far_level(segment: Part, rate_hz: float) -> Part:
    if not _holds_a_wave(segment, rate_hz):
        return segment
    level = np.median(segment[:, -round(_EDGE * rate_hz) :], axis=1, keepdims=True)
    rest: Part = segment - level
    return rest


def _from_line(segment: Part, rate_hz: float) -> Part:
    """Less the line from the level at one end of the segment to that at the other."""
    if not _holds_a_wave(segment, rate_hz):
        return segment
    edge = round(_EDGE * rate_hz)
    near, far = (np.median(part, axis=1) for part in (segment[:, :edge], segment[:, -edge:]))
    return segment - np.linspace(near, far, segment.shape[1], axis=1)


def _flanks(segment: Part, rate_hz: float) -> tuple[float, float, float]:
    """Of the wave in a segment, in seconds: where the tangent of its near flank begins, the peak,
    and where that of its far flank ends."""
    if not _holds_a_wave(segment, rate_hz):
        return NAN, NAN, NAN
    leads = segment[independent(len(segment))]
    weights = np.linalg.svd(leads, full_matrices=False)[0][:, 0]
    wave = weights @ leads
    wave = wave * np.sign(wave[int(np.abs(wave).argmax())])
    peak = int(wave.argmax())
    if wave[peak] < _LEAST_WAVE or peak > len(wave) - 3:
        return NAN, NAN, NAN
    window = min(2 * round(0.02 * rate_hz) + 1, len(wave) // 2 * 2 - 1)
    slope = scipy.signal.savgol_filter(wave, window, 2, deriv=1, delta=1 / rate_hz)
    far = peak + int(slope[peak:].argmin())
    near = int(slope[: peak + 1].argmax())
    if slope[far] >= 0:
        return NAN, NAN, NAN
    start, end = (at / rate_hz - wave[at] / slope[at] for at in (near, far))
    begun = float(start) if slope[near] > 0 else 0.0
    return begun, peak / rate_hz, float(end) if end < len(wave) / rate_hz else NAN
