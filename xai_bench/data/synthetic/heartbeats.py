"""The beats of one recording: where each wave lies, what the leads see, and which wave it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float64, Int8, Int64

from xai_bench.data.synthetic.heart import DIRECTION, Heart
from xai_bench.data.synthetic.leads import LeadField
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.types import WAVES

__all__ = ["R_PEAK", "Beats", "label", "lay_out", "lay_out_kinds", "qrs_courses", "render"]
__all__ += ["slow_courses"]

R_PEAK = 0.040
"""Seconds from the onset of QRS to the R peak of the average heart."""

_QRS_WINDOW = (-0.06, 0.36)  # seconds around the onset of QRS that its sources reach into
_WINDOW = (-0.46, 0.84)  # seconds around it that the slower waves reach into
_BREATH_GAIN = 0.045  # change of amplitude from mid to full breath

# The waves that have one time course in all leads: P of either atrium, two halves of T, U, ST.
_WIDTH = np.array([0.0150, 0.0165, 0.0420, 0.0280, 0.0280])  # seconds (SD), but for ST
_AFTER_P_ONSET = np.array([0.036, 0.062])  # seconds
_AFTER_T_END = np.array([-0.092, -0.058, 0.055])  # seconds
_T_SHAPE = np.array([0.69, 0.45])  # it rises in 50 ms (one SD) and falls in 33 ms
_P, _T, _U, _ST = slice(0, 2), slice(2, 4), 4, 5
_USUAL_P = 0.110  # seconds
_ST_RISE, _ST_FALL = 0.010, 0.038  # seconds (SD) in which the ST plateau comes and goes
_ST_BEFORE_T_END = 0.085  # seconds from the middle of its fall to the end of T
_T_LENGTH = 0.174  # seconds from the onset of T to its end, at the usual heart rate

Times = Float64[np.ndarray, " beat"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beats:
    """All beats of a recording; times are seconds after each beat's own onset of QRS."""

    onset: Times
    """Onset of QRS, seconds after the first sample."""
    qrs_peak: Float64[np.ndarray, "beat 8 source"]
    """Millivolt in leads I, II, V1..V6."""
    qrs_centre: Float64[np.ndarray, "beat source"]
    qrs_width: Float64[np.ndarray, "beat source"]
    peak: Float64[np.ndarray, "beat 8 6"]
    """Of P (right, left), T (early, late), U and ST, millivolt."""
    centre: Float64[np.ndarray, "beat 5"]
    width: Float64[np.ndarray, "beat 5"]
    p_onset: Times
    p_end: Times
    qrs_end: Times
    st_fall: Times
    t_onset: Times
    t_end: Times


def lay_out(sinus: Heart, ventricular: Heart, field: LeadField, rhythm: Rhythm) -> Beats:
    """The waves of the beats of a rhythm, see `lay_out_kinds`."""
    kind = np.asarray(rhythm.ventricular, dtype=np.int8)
    return lay_out_kinds((sinus, ventricular), kind, field, rhythm)


def lay_out_kinds(
    hearts: Sequence[Heart], kind: Int8[np.ndarray, " beat"], field: LeadField, rhythm: Rhythm
) -> Beats:
    """Place every wave of every beat, adapting PR, QT and T to the interval before it.

    kind: of each beat, which of the hearts it is of; `rhythm.ventricular` is not looked at.

    QT grows by 0.154 s for each second of the interval (Sagie et al., Am. J. Cardiol. 1992). Breath
    changes the size of a beat by 4.5 % and turns the heart; each beat has a size of its own.
    """

    def per_beat(name: str) -> Times:
        of_beats: Times = np.array([float(getattr(heart, name)) for heart in hearts])[kind]
        return of_beats

    rr = np.clip(rhythm.rr_interval, 0.40, 1.50)
    p_onset = -np.minimum(per_beat("pr_interval"), 0.42 * rr + 0.05)
    p_stretch = per_beat("p_duration") / _USUAL_P
    qrs_end = per_beat("qrs_duration")
    t_end = per_beat("qt_interval") + 0.154 * (rr - 1.0)
    t_stretch = np.clip(rr / 0.85, 0.72, 1.15) * per_beat("t_stretch")

    centre = np.empty((len(rr), 5))
    centre[:, _P] = p_onset[:, None] + _AFTER_P_ONSET * p_stretch[:, None]
    centre[:, _T] = t_end[:, None] + _AFTER_T_END[:2] * t_stretch[:, None]
    centre[:, _U] = t_end + _AFTER_T_END[2]
    width = np.repeat(_WIDTH[None], len(rr), axis=0)
    # An absent P has no width; its peak is zero, and its width must not be.
    width[:, _P] *= np.where(p_stretch > 0, p_stretch, 1.0)[:, None]
    width[:, _T] *= t_stretch[:, None]

    breath = rhythm.breath(rhythm.r_time)[:, None, None]
    seen = [_see(heart, field, rhythm.fibrillating) for heart in hearts]
    qrs, slow = (np.stack([s[part].mid for s in seen])[kind] for part in (0, 1))
    qrs += breath * np.stack([s[0].breath for s in seen])[kind]
    slow += breath * np.stack([s[1].breath for s in seen])[kind]
    qrs *= (1.0 + _BREATH_GAIN * breath) * rhythm.gain[:, 0, None, None]
    slow *= 1.0 + _BREATH_GAIN * breath
    slow[:, :, 2:] *= rhythm.gain[:, 1, None, None]
    return Beats(
        onset=rhythm.r_time - R_PEAK,
        qrs_peak=qrs,
        qrs_centre=np.stack([heart.activation for heart in hearts])[kind],
        qrs_width=np.stack([heart.width for heart in hearts])[kind],
        peak=slow,
        centre=centre,
        width=width,
        p_onset=p_onset,
        p_end=p_onset + per_beat("p_duration") * (not rhythm.fibrillating),
        qrs_end=qrs_end,
        st_fall=t_end - _ST_BEFORE_T_END * t_stretch,
        t_onset=np.maximum(t_end - _T_LENGTH * t_stretch, qrs_end + 0.02),
        t_end=t_end,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Peaks in each lead at mid breath, and what a full breath adds."""

    mid: Float64[np.ndarray, "8 wave"]
    breath: Float64[np.ndarray, "8 wave"]


def _see(heart: Heart, field: LeadField, fibrillating: bool) -> tuple[_Seen, _Seen]:
    """QRS by source, and the slower waves."""
    walls = np.stack([heart.recovery, heart.injury])[:, :, None] * DIRECTION
    qrs, slow = [], []
    for vectors in (field.sources, field.breath):
        qrs.append(np.einsum("lsk,sk->ls", vectors, heart.force))
        of_t, of_st = np.einsum("lsk,wsk->wl", vectors, walls)
        slow.append(np.zeros((8, 6)))
        slow[-1][:, _T] = of_t[:, None] * _T_SHAPE
        slow[-1][:, _ST] = of_st
    if not fibrillating:
        slow[0][:, _P] = field.atria @ heart.atria.T
    slow[0][:, _T] += (field.middle @ heart.secondary)[:, None] * _T_SHAPE
    slow[0][:, _U] = field.middle @ heart.u_wave
    return _Seen(*qrs), _Seen(*slow)


def render(beats: Beats, sampling: Sampling) -> Float64[np.ndarray, "8 time"]:
    """Leads I, II, V1..V6 in millivolt, without noise, at any rate.

    Each Gaussian is convolved with the anti-alias filter in closed form: variances add, the
    area stays. In double precision, so that a processor's last bit cannot show in microvolt.
    """
    signal = np.zeros((8, sampling.samples))
    first, after = _window(beats, sampling, _QRS_WINDOW)
    _add(signal, first, beats.qrs_peak @ qrs_courses(beats, after, sampling))

    first, after = _window(beats, sampling, _WINDOW)
    _add(signal, first, beats.peak @ slow_courses(beats, after, sampling))
    return signal


def qrs_courses(
    beats: Beats, after: Float64[np.ndarray, "beat window"], sampling: Sampling
) -> Float64[np.ndarray, "beat source window"]:
    """The activation of each source, 1 at its peak, at times in seconds after the onset of QRS."""
    return _bells(after, beats.qrs_centre, beats.qrs_width, sampling)


def slow_courses(
    beats: Beats, after: Float64[np.ndarray, "beat window"], sampling: Sampling
) -> Float64[np.ndarray, "beat 6 window"]:
    """The other waves, in the order of `Beats.peak`, at times in seconds after the onset of QRS."""
    course = np.empty((len(after), 6, after.shape[1]))
    course[:, :_ST] = _bells(after, beats.centre, beats.width, sampling)
    rise, fall = np.hypot([_ST_RISE, _ST_FALL], sampling.blur)
    course[:, _ST] = scipy.special.ndtr(
        (after - beats.qrs_end[:, None]) / rise
    ) - scipy.special.ndtr((after - beats.st_fall[:, None]) / fall)
    return course


def label(beats: Beats, sampling: Sampling) -> Int8[np.ndarray, " time"]:
    """The wave each sample lies in, as an index into `types.WAVES`; TP between beats."""
    labels = np.full(sampling.samples, WAVES.index("TP"), dtype=np.int8)
    nothing = np.zeros_like(beats.onset)
    for wave, onset, end in (
        ("T", beats.t_onset, beats.t_end),
        ("P", beats.p_onset, beats.p_end),
        ("PR", beats.p_end, np.where(beats.p_end > beats.p_onset, nothing, beats.p_end)),
        ("ST", beats.qrs_end, beats.t_onset),
        ("QRS", nothing, beats.qrs_end),
    ):
        starts, ends = (
            np.clip(np.ceil((beats.onset + edge) * sampling.rate_hz), 0, sampling.samples).astype(
                int
            )
            for edge in (onset, end)
        )
        for start, stop in zip(starts, ends, strict=True):
            labels[start:stop] = WAVES.index(wave)
    return labels


def _bells(
    after: Float64[np.ndarray, "beat window"],
    centre: Float64[np.ndarray, "beat wave"],
    width: Float64[np.ndarray, "beat wave"],
    sampling: Sampling,
) -> Float64[np.ndarray, "beat wave window"]:
    blurred = np.hypot(width, sampling.blur)
    distance = (after[:, None, :] - centre[:, :, None]) / blurred[:, :, None]
    return np.asarray(np.exp(-0.5 * distance**2) * (width / blurred)[:, :, None])


def _window(
    beats: Beats, sampling: Sampling, window: tuple[float, float]
) -> tuple[Int64[np.ndarray, " beat"], Float64[np.ndarray, "beat window"]]:
    """First sample of each beat's window, and the times of its samples after QRS onset."""
    before, after = window
    first = np.floor((beats.onset + before) * sampling.rate_hz).astype(np.int64)
    index = first[:, None] + np.arange(round((after - before) * sampling.rate_hz) + 1)
    return first, index / sampling.rate_hz - beats.onset[:, None]


def _add(
    signal: Float64[np.ndarray, "8 time"],
    first: Int64[np.ndarray, " beat"],
    waves: Float64[np.ndarray, "beat 8 window"],
) -> None:
    """Add each beat's waves where they fall within the recording."""
    samples = signal.shape[1]
    for start, wave in zip(first.tolist(), waves, strict=True):
        begin, end = max(start, 0), min(start + wave.shape[1], samples)
        if begin < end:
            signal[:, begin:end] += wave[:, begin - start : end - start]
