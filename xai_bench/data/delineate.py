"""Which wave each sample of a recording lies in, where nobody has said so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from jaxtyping import Bool, Float, Float64, Int8

from xai_bench.data.beat_finder import (
    FINE_HZ,
    Beats,
    at_fine_rate,
    find_beats,
    independent,
    median_beat,
    reach,
    stack_beats,
)
from xai_bench.data.waves import Waves, delineate
from xai_bench.types import LEADS, WAVES, Recordings

__all__ = ["Delineation", "delineate_recording", "delineated", "waves_of"]

_FEWEST_BEATS = 2
_LEAST_ALIKE = 0.3
"""A smaller share of beats that look alike is noise, or no rhythm that a median beat stands for."""
_HELD = 0.2
"""Seconds for which a recording is held at its ends, so that a QRS there is whole."""
_ONE_P = 0.5
"""Correlation of the P of one beat with that of the others, below which there is none."""
_BESIDE_P = 0.02

Signal = Float64[np.ndarray, "lead time"]


def waves_of(recordings: Recordings) -> Int8[np.ndarray, "record time"]:
    """Index into WAVES for every sample: as is known of the recordings, or else delineated; of
    other leads than the twelve no wave is found."""
    if recordings.waves is not None:
        return np.asarray(recordings.waves)
    if recordings.leads != LEADS:
        return np.zeros((len(recordings), recordings.microvolt.shape[2]), dtype=np.int8)
    each = (recordings[row : row + 1].signal[0] for row in range(len(recordings)))
    return np.stack([delineate_recording(one, recordings.rate_hz) for one in each])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delineation:
    """The beats of one recording and where the waves of each lie."""

    at: Float64[np.ndarray, " beat"]
    """Seconds after the first sample at which the QRS is steepest; one beat may be before the
    recording, and one after it."""
    waves: tuple[Waves, ...]
    """Of each beat, about that moment."""
    alike: Bool[np.ndarray, " beat"]
    """Of the shape that most beats have."""
    usual: float
    """Median seconds from a beat to the next."""
    common: Waves
    """Of the beats that are alike."""
    beat: Float64[np.ndarray, "lead sample"]
    """The median of the typical beats in millivolt at FINE_HZ, about its own mean."""
    fiducial: int
    """Its sample at which the QRS is steepest."""

    def labels(self, samples: int, rate_hz: float) -> Int8[np.ndarray, " time"]:
        """Index into WAVES for every sample."""
        return _paint(self.at, self.waves, samples, rate_hz)


def delineate_recording(
    millivolt: Float[np.ndarray, "lead time"], rate_hz: float
) -> Int8[np.ndarray, " time"]:
    """Index into WAVES for every sample; "none" throughout where no rhythm is found.

    Where no T is found, the time from the QRS to the next wave is "none"; where no P is, TP lasts
    up to the QRS.
    """
    found = delineated(millivolt, rate_hz)
    if found is None:
        return np.full(millivolt.shape[1], WAVES.index("none"), dtype=np.int8)
    return found.labels(millivolt.shape[1], rate_hz)


def delineated(millivolt: Float[np.ndarray, "lead time"], rate_hz: float) -> Delineation | None:
    """Where the beats and their waves lie; None where no rhythm is found.

    Beats are found over all leads, and the median of those that are alike is delineated; each of
    these has its intervals, about its own QRS. A beat of another shape is delineated by itself, and
    has no P. One more beat before and after the recording is assumed, a usual interval away,
    because its T or P may lie within.
    """
    fine = at_fine_rate(millivolt, rate_hz)
    beats = _find(fine)
    if beats.typical.sum() < _FEWEST_BEATS or beats.alike.mean() < _LEAST_ALIKE:
        return None
    stack, fiducial = stack_beats(fine, beats)
    if len(stack) == 0 or len(beats.rr) == 0:
        return None
    usual = float(np.median(beats.rr))
    middle = median_beat(stack)
    common = delineate(middle, fiducial, FINE_HZ, usual)
    if math.isnan(common.qrs_onset):
        return None
    every, _ = stack_beats(fine, replace(beats, typical=beats.alike))
    if _agreement(every, fiducial, common) < _ONE_P:
        common = _without_p(common)
    at, alike = beats.at / FINE_HZ, beats.alike
    waves = [
        common if is_alike else _alone(fine, beats, i, common, usual)
        for i, is_alike in enumerate(alike)
    ]
    seconds = millivolt.shape[1] / rate_hz
    if at[0] - usual + common.qrs_offset <= 0:
        at, alike = np.concatenate([[at[0] - usual], at]), np.concatenate([[True], alike])
        waves = [common, *waves]
    if at[-1] + usual + common.qrs_onset >= seconds:
        at, alike = np.concatenate([at, [at[-1] + usual]]), np.concatenate([alike, [True]])
        waves = [*waves, common]
    return Delineation(
        at=at,
        waves=tuple(waves),
        alike=alike,
        usual=usual,
        common=common,
        beat=middle,
        fiducial=fiducial,
    )


def _find(fine: Signal) -> Beats:
    held = round(_HELD * FINE_HZ)
    beats = find_beats(np.pad(fine, ((0, 0), (held, held)), mode="edge"), FINE_HZ)
    at = beats.at - held
    inside = (at >= 0) & (at < fine.shape[1])
    return Beats(
        at=at[inside],
        alike=beats.alike[inside],
        typical=beats.typical[inside],
        rate_hz=FINE_HZ,
    )


def _alone(fine: Signal, beats: Beats, i: int, common: Waves, usual: float) -> Waves:
    """The waves of a beat of another shape; its QRS lasts as usual where its own is not found."""
    at = int(beats.at[i])
    is_last = i + 1 == len(beats.at)
    before, after = reach(usual if is_last else (beats.at[i + 1] - at) / FINE_HZ, FINE_HZ)
    start = max(at - before, 0)
    beat = fine[:, start : at + after]
    beat = beat - beat.mean(axis=1, keepdims=True)
    own = _without_p(delineate(beat, at - start, FINE_HZ, usual))
    if math.isnan(own.qrs_onset):
        return replace(own, qrs_onset=common.qrs_onset, qrs_offset=common.qrs_offset)
    return own


def _agreement(
    stack: Float64[np.ndarray, "beat lead sample"], fiducial: int, common: Waves
) -> float:
    """Correlation of the P of each beat with the median of the others', median over beats."""
    if math.isnan(common.p_onset) or len(stack) < _FEWEST_BEATS:
        return 1.0
    first, stop = (
        fiducial + round(edge * FINE_HZ)
        for edge in (common.p_onset - _BESIDE_P, common.p_end + _BESIDE_P)
    )
    rows = independent(stack.shape[1])
    parts = scipy.signal.detrend(stack[:, rows, max(first, 0) : stop], axis=2)
    parts = parts.reshape(len(parts), -1)
    others = np.stack([np.median(np.delete(parts, i, axis=0), axis=0) for i in range(len(parts))])
    size = np.linalg.norm(parts, axis=1) * np.linalg.norm(others, axis=1)
    return float(np.median((parts * others).sum(axis=1) / np.maximum(size, 1e-12)))


def _without_p(waves: Waves) -> Waves:
    nan = float("nan")
    return replace(waves, p_onset=nan, p_peak=nan, p_end=nan)


def _paint(
    at: Float64[np.ndarray, " beat"], waves: Sequence[Waves], samples: int, rate_hz: float
) -> Int8[np.ndarray, " time"]:
    labels = np.full(samples, WAVES.index("TP"), dtype=np.int8)

    def paint(name: str, start: float, end: float) -> None:
        if start < end:  # not if either is NaN
            first, stop = (min(max(math.ceil(edge * rate_hz), 0), samples) for edge in (start, end))
            labels[first:stop] = WAVES.index(name)

    for i, (r, wave) in enumerate(zip(at, waves, strict=True)):
        if math.isnan(wave.t_end):
            paint("none", r + wave.qrs_offset, at[i + 1] if i + 1 < len(at) else samples / rate_hz)
        else:
            paint("ST", r + wave.qrs_offset, r + wave.t_onset)
            paint("T", r + wave.t_onset, r + wave.t_end)
    for r, wave in zip(at, waves, strict=True):
        paint("P", r + wave.p_onset, r + wave.p_end)
        paint("PR", r + wave.p_end, r + wave.qrs_onset)
    for r, wave in zip(at, waves, strict=True):
        paint("QRS", r + wave.qrs_onset, r + wave.qrs_offset)
    return labels
