"""When ventricles and atria beat in a tachycardia: in one rhythm, or each in their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64, Int8

from xai_bench.data.synthetic.heartbeats import R_PEAK
from xai_bench.data.synthetic.rhythm import Rhythm

__all__ = ["CAPTURE", "FUSION", "USUAL", "TachycardiaRhythm", "conducted", "draw_ventricular"]
__all__ += ["from_above"]

USUAL, CAPTURE, FUSION = range(3)
"""A beat as most are; a sinus beat that found the ventricles rested; one that met a beat of the
focus half-way."""

_RUN_IN, _RUN_OUT = 1.3, 1.0  # seconds; beats outside still reach into the recording
_SHORTEST = 0.25  # seconds; the refractory period of a fast heart
_RESTED = 0.62  # share of an interval after which the ventricles can be captured
_MEET = 0.040  # seconds by which a sinus beat may come before or after the focus and fuse with it
_CAPTURES = 0.30  # share of dissociated tachycardias whose AV node conducts
_SLOWED_PR = 0.030  # seconds that PR is longer than at rest, as the node is hidden conduction's


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TachycardiaRhythm:
    """The beats of one recording, some of them before its beginning or after its end."""

    beats: Rhythm
    """Of the ventricles."""
    kind: Int8[np.ndarray, " beat"]
    """USUAL, CAPTURE or FUSION."""
    p_onset: Float64[np.ndarray, " wave"]
    """Seconds after the first sample, of each P wave; none of fibrillating atria."""


def draw_ventricular(
    rng: np.random.Generator, *, rate: float, seconds: float, dissociated: bool, pr_interval: float
) -> TachycardiaRhythm:
    """A focus in a ventricle at `rate` per minute, its intervals varied by 0.8 to 3 %.

    dissociated: the atria beat at a sinus rate of 60 to 110, and in `_CAPTURES` of these rhythms a
    P wave whose beat arrives when the ventricles are rested captures them, or fuses; the focus then
    begins its interval again. Else each beat runs back to the atria, 0.10 to 0.17 s after QRS
    begins.
    """
    usual, irregular = 60.0 / rate, rng.uniform(0.008, 0.030)
    sinus, behind = 60.0 / rng.uniform(60.0, 110.0), rng.uniform(0.10, 0.17)
    conducts = dissociated and bool(rng.random() < _CAPTURES)
    p_onset = _clock(rng, sinus, 0.03, seconds)
    arrivals = (p_onset + pr_interval + _SLOWED_PR + R_PEAK).tolist() if conducts else []
    time = -_RUN_IN - usual * rng.random()
    times, kinds = [], []
    while time < seconds + _RUN_OUT:
        times.append(time)
        kinds.append(USUAL)
        following = time + max(usual * (1.0 + irregular * rng.normal()), _SHORTEST)
        rested = time + _RESTED * (following - time)
        early = [at for at in arrivals if rested < at < following + _MEET]
        if early:
            fuses = early[0] > following - _MEET
            times.append(following if fuses else early[0])
            kinds.append(FUSION if fuses else CAPTURE)
            following = times[-1] + max(usual * (1.0 + irregular * rng.normal()), _SHORTEST)
        time = following
    beats = _rhythm(rng, np.array(times), fibrillating=False)
    if not dissociated:
        p_onset = beats.r_time - R_PEAK + behind
    return TachycardiaRhythm(beats=beats, kind=np.array(kinds, dtype=np.int8), p_onset=p_onset)


def from_above(
    rng: np.random.Generator, *, rate: float, seconds: float, mechanism: str
) -> TachycardiaRhythm:
    """A tachycardia that reaches the ventricles through the AV node, a name in `MECHANISMS`.

    Intervals vary by 0.3 to 1.2 %, and those of AFIB by 12 to 20 %, each independently.
    """
    usual = 60.0 / rate
    fibrillating = mechanism == "AFIB"
    low, high = (0.12, 0.20) if fibrillating else (0.003, 0.012)
    beats = _rhythm(
        rng, _clock(rng, usual, rng.uniform(low, high), seconds), fibrillating=fibrillating
    )
    return TachycardiaRhythm(
        beats=beats,
        kind=np.full(len(beats.r_time), USUAL, dtype=np.int8),
        p_onset=conducted(rng, beats, mechanism),
    )


def conducted(
    rng: np.random.Generator, beats: Rhythm, mechanism: str
) -> Float64[np.ndarray, " wave"]:
    """Onsets of P, one for each beat: before QRS in AT, within it in AVNRT, after it in AVRT."""
    low, high = {"AT": (-0.17, -0.11), "AVNRT": (-0.02, 0.04), "AVRT": (0.10, 0.15)}.get(
        mechanism, (0.0, 0.0)
    )
    p_onset = beats.r_time - R_PEAK + rng.uniform(low, high)
    return np.asarray(p_onset[:0] if mechanism == "AFIB" else p_onset)


def _clock(
    rng: np.random.Generator, usual: float, irregular: float, seconds: float
) -> Float64[np.ndarray, " beat"]:
    """Times from before the first sample to after the last, in seconds."""
    time, times = -_RUN_IN - usual * rng.random(), []
    while time < seconds + _RUN_OUT:
        times.append(time)
        time += max(usual * (1.0 + irregular * rng.normal()), _SHORTEST)
    return np.array(times)


def _rhythm(
    rng: np.random.Generator, r_time: Float64[np.ndarray, " beat"], *, fibrillating: bool
) -> Rhythm:
    rr = np.diff(r_time, prepend=2 * r_time[0] - r_time[1])
    breath_hz, breath_phase = rng.uniform([0.2, 0.0], [0.45, 2 * np.pi])
    return Rhythm(
        r_time=r_time,
        rr_interval=(rr + np.concatenate([rr[:1], rr[:-1]])) / 2,
        ventricular=np.zeros(len(r_time), dtype=bool),
        fibrillating=fibrillating,
        gain=np.exp(rng.normal(0.0, [0.02, 0.03], (len(rr), 2))),
        breath_depth=float(rng.gamma(3.0, 1 / 3.0)),
        breath_hz=float(breath_hz),
        breath_phase=float(breath_phase),
    )
