"""The beats of one recording: where each wave lies, what the leads see, and which wave it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int8, Int64
from scipy.special import ndtr

from xai_bench.data.synthetic.leads import LeadField
from xai_bench.data.synthetic.morphology import T_WAVE, Component, Morphology
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.types import WAVES

__all__ = ["Beats", "label", "lay_out", "render"]

_WINDOW = (-0.50, 0.80)  # seconds around R that a beat reaches into
_BREATH_GAIN = 0.045  # change of amplitude from mid to full breath
_ST_RISE, _ST_FALL = 0.010, 0.038  # seconds (SD) in which the ST plateau comes and goes
_ST_BEFORE_T_END = 0.085  # seconds from the middle of its fall to the end of T
_T_LENGTH = 0.174  # seconds from the onset of T to its end, at the usual heart rate

Times = Float64[np.ndarray, " beat"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beats:
    """All beats of a recording; times are seconds after each beat's own R."""

    r_time: Times
    peak: Float64[np.ndarray, "beat 8 component"]
    """Millivolt in leads I, II, V1..V6."""
    centre: Float64[np.ndarray, "beat component"]
    width: Float64[np.ndarray, "beat component"]
    p_onset: Times
    p_end: Times
    qrs_onset: Times
    qrs_end: Times
    st_fall: Times
    t_onset: Times
    t_end: Times


def lay_out(sinus: Morphology, ventricular: Morphology, field: LeadField, rhythm: Rhythm) -> Beats:
    """Place every wave of every beat, adapting PR, QT and T to the interval before it."""
    kinds = (sinus, ventricular)
    kind = rhythm.ventricular.astype(np.int8)

    def per_beat(values: Sequence[float]) -> Times:
        return np.array(values)[kind]

    rr = np.clip(rhythm.rr_interval, 0.40, 1.50)
    qrs_onset = per_beat([shape.qrs_onset for shape in kinds])
    qrs_end = per_beat([shape.qrs_end for shape in kinds])
    p_onset = qrs_onset - np.minimum(
        per_beat([shape.pr_interval for shape in kinds]), 0.42 * rr + 0.05
    )
    t_end = qrs_onset + per_beat([shape.qt_interval for shape in kinds]) + 0.154 * (rr - 1.0)
    t_stretch = np.clip(rr / 0.85, 0.72, 1.15)

    centre = np.stack([shape.centre for shape in kinds])[kind]
    width = np.stack([shape.width for shape in kinds])[kind]
    centre[:, T_WAVE] *= t_stretch[:, None]
    width[:, T_WAVE] *= t_stretch[:, None]
    centre[:, : Component.SEPTAL] += p_onset[:, None]
    centre[:, Component.T_EARLY :] += t_end[:, None]

    peak = field.project(np.stack([shape.dipole for shape in kinds]))[kind]
    peak *= (1.0 + _BREATH_GAIN * rhythm.breath(rhythm.r_time))[:, None, None]
    return Beats(
        r_time=rhythm.r_time,
        peak=peak,
        centre=centre,
        width=width,
        p_onset=p_onset,
        p_end=p_onset + per_beat([shape.p_duration for shape in kinds]),
        qrs_onset=qrs_onset,
        qrs_end=qrs_end,
        st_fall=t_end - _ST_BEFORE_T_END * t_stretch,
        t_onset=np.maximum(t_end - _T_LENGTH * t_stretch, qrs_end + 0.02),
        t_end=t_end,
    )


def render(beats: Beats, sampling: Sampling) -> Float64[np.ndarray, "8 time"]:
    """Leads I, II, V1..V6 in millivolt, without noise, at any rate.

    Each Gaussian is convolved with the anti-alias filter in closed form: variances add, the
    area stays. In double precision, so that a processor's last bit cannot show in microvolt.
    """
    first, after_r = _window(beats, sampling)
    width = np.hypot(beats.width, sampling.blur)
    distance = (after_r[:, None, :] - beats.centre[:, :, None]) / width[:, :, None]
    course = np.exp(-0.5 * distance**2) * (beats.width / width)[:, :, None]
    rise, fall = np.hypot([_ST_RISE, _ST_FALL], sampling.blur)
    course[:, Component.ST] = ndtr((after_r - beats.qrs_end[:, None]) / rise) - ndtr(
        (after_r - beats.st_fall[:, None]) / fall
    )
    waves = beats.peak @ course

    margin = after_r.shape[1]
    padded = np.zeros((8, sampling.samples + 2 * margin))
    for start, wave in zip(first, waves, strict=True):
        if -margin < start < sampling.samples:
            padded[:, margin + start : 2 * margin + start] += wave
    return padded[:, margin:-margin]


def label(beats: Beats, sampling: Sampling) -> Int8[np.ndarray, " time"]:
    """The wave each sample lies in, as an index into `types.WAVES`; TP between beats."""
    labels = np.full(sampling.samples, WAVES.index("TP"), dtype=np.int8)
    for wave, onset, end in (
        ("T", beats.t_onset, beats.t_end),
        ("P", beats.p_onset, beats.p_end),
        ("PR", beats.p_end, beats.qrs_onset),
        ("ST", beats.qrs_end, beats.t_onset),
        ("QRS", beats.qrs_onset, beats.qrs_end),
    ):
        starts, ends = (
            np.clip(np.ceil((beats.r_time + edge) * sampling.rate_hz), 0, sampling.samples).astype(
                int
            )
            for edge in (onset, end)
        )
        for start, stop in zip(starts, ends, strict=True):
            labels[start:stop] = WAVES.index(wave)
    return labels


def _window(
    beats: Beats, sampling: Sampling
) -> tuple[Int64[np.ndarray, " beat"], Float64[np.ndarray, "beat time"]]:
    """First sample of each beat's window, and the times of its samples in seconds after R."""
    before, after = _WINDOW
    first = np.floor((beats.r_time + before) * sampling.rate_hz).astype(np.int64)
    index = first[:, None] + np.arange(round((after - before) * sampling.rate_hz))
    return first, index / sampling.rate_hz - beats.r_time[:, None]
