"""What is measured of a recording, by the same rules whether it is real or synthetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Float64, Int16

from xai_bench.data.beat_finder import (
    FINE_HZ,
    INDEPENDENT,
    Beats,
    at_fine_rate,
    find_beats,
    median_beat,
    stack_beats,
)
from xai_bench.data.waves import NAN, Waves, delineate
from xai_bench.types import LEADS, Recordings

__all__ = ["BANDS", "UNITS", "band_rms", "measure", "measure_one"]

BANDS = {
    "band 0-0.7 Hz": (0.0, 0.7),
    "band 0.7-5 Hz": (0.7, 5.0),
    "band 5-15 Hz": (5.0, 15.0),
    "band 15-40 Hz": (15.0, 40.0),
    "band 40-100 Hz": (40.0, 100.0),
    "band 100+ Hz": (100.0, math.inf),
}
"""Hz; the lower end is in the band, the upper end is not."""

UNITS = {
    "heart rate": "/min",
    **dict.fromkeys(("SDNN", "PR", "QRS", "QT", "QTc", "QRS onset to T peak"), "ms"),
    "axis": "°",
    **dict.fromkeys(("QRS beyond a dipole", "T beyond a dipole"), "%"),
    **dict.fromkeys(("P", "Q", "R", "S", "ST", "T"), "mV"),
    "notches": "",
    **dict.fromkeys(("residual", "residual in QRS"), "mV"),
    "R variation": "",
    "baseline step": "mV",
    "baseline kurtosis": "",
    **dict.fromkeys(BANDS, "mV"),
    "unchanged samples": "",
    "resolution": "µV",
}
"""Every feature and its unit, in the order of tables."""

_FEWEST_BEATS = 3
_J_PLUS = 0.06
_LEVEL_SAMPLES = 8
"""16 ms before the QRS, whose median is the level that amplitudes are counted from."""
_SLOW_HZ = 0.7

Measures = dict[tuple[str, str], float]
"""(feature, lead) -> value; the lead is "" for what belongs to the whole recording."""


def measure(
    recordings: Recordings, *, progress: Callable[[int, int], None] = lambda *_: None
) -> pd.DataFrame:
    """One row a recording, one column a (feature, lead); NaN where a wave is not found."""
    rows = []
    for i, microvolt in enumerate(recordings.microvolt):
        rows.append(measure_one(microvolt, recordings.rate_hz))
        progress(i + 1, len(recordings))
    columns = pd.MultiIndex.from_tuples(list(rows[0]), names=["feature", "lead"])
    return pd.DataFrame(
        [list(row.values()) for row in rows],
        index=pd.Index(recordings.record_id, name="record_id"),
        columns=columns,
    )


def measure_one(microvolt: Int16[np.ndarray, "12 time"], rate_hz: float) -> Measures:
    """Every feature of one recording.

    heart rate, SDNN: of typical beats. PR, QRS, QT: `delineate` on the median beat; QTc after
    Fridericia (1920). axis: of the QRS area in the frontal plane. Beyond a dipole: share of the
    power of the median wave in eight leads that three dimensions cannot hold. P, Q, R, S, ST, T:
    of the median beat about its level before the QRS, Q and S as positive depths, P and T signed,
    ST at 60 ms after the J point. notches: sign changes of the second derivative of the QRS.
    residual: rms of beats about the median beat, less a line each. R variation: standard
    deviation over mean of the largest deflection of the QRS. baseline step: the largest change of
    that level from beat to beat. baseline kurtosis: excess, below 0.7 Hz. bands: rms.
    unchanged samples: share of samples equal to the one before. resolution: the largest step of
    which all differences are multiples.
    """
    raw = microvolt.astype(np.float64) / 1000
    found = _spectrum(raw, rate_hz) | _recorder(microvolt)
    fine = at_fine_rate(raw, rate_hz)
    beats = find_beats(fine, FINE_HZ)
    stack, fiducial = stack_beats(fine, beats)
    if len(stack) >= _FEWEST_BEATS and len(beats.rr):
        beat = median_beat(stack)
        rr = float(np.median(beats.rr))
        waves = delineate(beat, fiducial, FINE_HZ, rr)
        found |= _rhythm(beats) | _intervals(waves, rr)
        if not math.isnan(waves.qrs_onset):
            found |= _amplitudes(beat, fiducial, waves) | _variation(stack, beat, fiducial, waves)
            found |= _steps(fine, beats, waves.qrs_onset)
    return {key: found.get(key, NAN) for key in _keys()}


def band_rms(
    millivolt: Float64[np.ndarray, "lead time"], rate_hz: float, low: float, high: float
) -> Float64[np.ndarray, " lead"]:
    """Root mean square of what lies in [low, high) Hz, after a straight line is taken off."""
    spectrum = np.fft.rfft(scipy.signal.detrend(millivolt, axis=1), axis=1)
    frequency = np.fft.rfftfreq(millivolt.shape[1], 1 / rate_hz)
    power = 2 * np.abs(spectrum) ** 2 / millivolt.shape[1] ** 2
    chosen = (frequency >= low) & (frequency < high)
    rms: Float64[np.ndarray, " lead"] = np.sqrt(power[:, chosen].sum(axis=1))
    return rms


def _keys() -> Iterable[tuple[str, str]]:
    for feature in UNITS:
        if feature in _WHOLE:
            yield feature, ""
        else:
            yield from ((feature, lead) for lead in LEADS)


_WHOLE = frozenset(list(UNITS)[: list(UNITS).index("P")])


def _by_lead(feature: str, values: Iterable[float]) -> Measures:
    return {(feature, lead): float(value) for lead, value in zip(LEADS, values, strict=True)}


def _spectrum(millivolt: Float64[np.ndarray, "12 time"], rate_hz: float) -> Measures:
    found: Measures = {}
    for name, (low, high) in BANDS.items():
        if low < rate_hz / 2:
            found |= _by_lead(name, band_rms(millivolt, rate_hz, low, high))
    sos = scipy.signal.butter(2, _SLOW_HZ, fs=rate_hz, output="sos")
    slow = scipy.signal.sosfiltfilt(sos, millivolt)
    return found | _by_lead("baseline kurtosis", np.asarray(scipy.stats.kurtosis(slow, axis=1)))


def _recorder(microvolt: Int16[np.ndarray, "12 time"]) -> Measures:
    steps = np.diff(microvolt.astype(np.int64), axis=1)
    return _by_lead("unchanged samples", (steps == 0).mean(axis=1)) | _by_lead(
        "resolution", np.gcd.reduce(steps, axis=1).astype(np.float64)
    )


def _rhythm(beats: Beats) -> Measures:
    return {
        ("heart rate", ""): 60 / float(np.median(beats.rr)),
        ("SDNN", ""): 1000 * float(np.std(beats.rr, ddof=1)) if len(beats.rr) > 1 else NAN,
    }


def _intervals(waves: Waves, rr: float) -> Measures:
    qt = 1000 * (waves.t_end - waves.qrs_onset)
    return {
        ("PR", ""): 1000 * (waves.qrs_onset - waves.p_onset),
        ("QRS", ""): 1000 * (waves.qrs_offset - waves.qrs_onset),
        ("QT", ""): qt,
        ("QTc", ""): qt / rr ** (1 / 3),
        ("QRS onset to T peak", ""): 1000 * (waves.t_peak - waves.qrs_onset),
    }


def _amplitudes(beat: Float64[np.ndarray, "12 sample"], fiducial: int, waves: Waves) -> Measures:
    on, off = (fiducial + round(t * FINE_HZ) for t in (waves.qrs_onset, waves.qrs_offset))
    level = beat - np.median(beat[:, on - _LEVEL_SAMPLES : on], axis=1, keepdims=True)
    qrs = level[:, on : off + 1]
    peak = qrs.argmax(axis=1)
    r = np.maximum(qrs.max(axis=1), 0.0)
    q = [-min(row[: k + 1].min(), 0.0) for row, k in zip(qrs, peak, strict=True)]
    s = [-min(row[k:].min(), 0.0) for row, k in zip(qrs, peak, strict=True)]
    j_plus = min(off + round(_J_PLUS * FINE_HZ), level.shape[1] - 1)
    found = (
        _by_lead("Q", q)
        | _by_lead("R", r)
        | _by_lead("S", s)
        | _by_lead("ST", level[:, j_plus])
        | _by_lead("notches", map(_notches, qrs))
    )
    area = qrs.sum(axis=1)
    found["axis", ""] = math.degrees(math.atan2(2 * area[5], math.sqrt(3) * area[0]))
    found["QRS beyond a dipole", ""] = _beyond_a_dipole(qrs)
    if not math.isnan(waves.t_end):
        end = fiducial + round(waves.t_end * FINE_HZ)
        t = level[:, j_plus:end]
        if t.shape[1] > _LEVEL_SAMPLES:
            found |= _by_lead("T", _extreme(t))
            found["T beyond a dipole", ""] = _beyond_a_dipole(t)
    if not math.isnan(waves.p_onset):
        start = max(fiducial + round(waves.p_onset * FINE_HZ), 0)
        found |= _by_lead("P", _extreme(level[:, start : on - 4]))
    return found


def _variation(
    stack: Float64[np.ndarray, "beat 12 sample"],
    beat: Float64[np.ndarray, "12 sample"],
    fiducial: int,
    waves: Waves,
) -> Measures:
    on, off = (fiducial + round(t * FINE_HZ) for t in (waves.qrs_onset, waves.qrs_offset))
    rest = scipy.signal.detrend(stack - beat, axis=2)
    before = np.median(stack[:, :, on - _LEVEL_SAMPLES : on], axis=2)
    inside = stack[:, :, on : off + 1] - before[:, :, None]
    size = np.abs(inside).max(axis=2)
    return (
        _by_lead("residual", np.sqrt((rest**2).mean(axis=(0, 2))))
        | _by_lead("residual in QRS", np.sqrt((rest[:, :, on : off + 1] ** 2).mean(axis=(0, 2))))
        | _by_lead("R variation", size.std(axis=0, ddof=1) / np.maximum(size.mean(axis=0), 1e-6))
    )


def _steps(millivolt: Float64[np.ndarray, "12 time"], beats: Beats, qrs_onset: float) -> Measures:
    before = beats.at + round(qrs_onset * FINE_HZ)
    before = before[before >= _LEVEL_SAMPLES]
    windows = before[:, None] + np.arange(-_LEVEL_SAMPLES, 0)
    level = np.median(millivolt[:, windows], axis=2)
    return _by_lead("baseline step", np.abs(np.diff(level, axis=1)).max(axis=1, initial=0.0))


def _extreme(part: Float64[np.ndarray, "12 part"]) -> Float64[np.ndarray, " 12"]:
    at = np.abs(part).argmax(axis=1)
    values: Float64[np.ndarray, " 12"] = np.take_along_axis(part, at[:, None], axis=1)[:, 0]
    return values


def _beyond_a_dipole(part: Float64[np.ndarray, "12 part"]) -> float:
    power = np.linalg.svd(part[INDEPENDENT], compute_uv=False) ** 2
    return 100 * float(power[3:].sum() / power.sum())


def _notches(qrs: Float64[np.ndarray, " part"]) -> int:
    """Sign changes of the second derivative, passing over less than 5 % of its largest value."""
    bend = scipy.signal.savgol_filter(qrs, min(5, len(qrs) // 2 * 2 - 1), 2, deriv=2)
    signs = np.sign(bend[np.abs(bend) > 0.05 * np.abs(bend).max()])
    return int((np.diff(signs) != 0).sum())
