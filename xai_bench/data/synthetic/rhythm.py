"""When the heart beats: sinus rhythm that breathes, premature beats, atrial fibrillation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

__all__ = ["RHYTHMS", "Rhythm", "draw_rhythm"]

_RUN_IN = 1.3  # seconds; beats before the first sample still reach into the recording
_RUN_OUT = 1.0  # seconds
_SHORTEST = 0.36  # seconds; the refractory period
_BEAT_TO_BEAT = (0.015, 0.030)  # spread of the size of QRS, and of ST and T

RHYTHMS = ("SR", "PVC", "PAC", "AFIB")
"""Sinus rhythm, alone or with premature beats from a ventricle or an atrium; fibrillation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rhythm:
    """The beats of one recording, some of them before its beginning or after its end."""

    r_time: Float64[np.ndarray, " beat"]
    """Seconds after the first sample."""
    rr_interval: Float64[np.ndarray, " beat"]
    """Mean of the last two intervals in seconds, to which repolarisation adapts."""
    ventricular: Bool[np.ndarray, " beat"]
    """Premature beats from a ventricle; all others come from the atria."""
    fibrillating: bool
    """Whether the atria fibrillate: no P waves, and a heart that beats without any order."""
    gain: Float64[np.ndarray, "beat 2"]
    """Size of QRS, and of ST and T, of each beat relative to the usual."""
    breath_depth: float
    """Relative to an average breath."""
    breath_hz: float
    breath_phase: float
    """Radian at the first sample."""

    def breath(self, time: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """How far the chest is filled at `time` in seconds: -1 to 1 with an average breath."""
        return np.asarray(
            self.breath_depth * np.sin(2 * np.pi * self.breath_hz * time + self.breath_phase)
        )


def draw_rhythm(
    rng: np.random.Generator, *, heart_rate: float, age: float, seconds: float, kind: str
) -> Rhythm:
    """Beats at `heart_rate` per minute on average; `kind` is one of `RHYTHMS`.

    SR: slowed and hastened by breath (respiratory sinus arrhythmia, less with age) and by slow
    waves near 0.1 Hz. PVC and PAC: 4 to 18 % of the beats come early, from a ventricle or from
    an atrium. AFIB: intervals are independent, with a coefficient of variation near 0.2.

    Variability of intervals, as a share of them (Task Force of the ESC, Circulation 1996, for the
    kinds; sizes by hand, for an SDNN near 20 ms in 10 s): breath 0.024 at 0.15 to 0.35 Hz, slow
    waves 0.016 at 0.095 Hz, jitter 0.006, each gamma distributed.
    """
    breath_hz, breath_phase = rng.uniform([0.15, 0.0], [0.35, 2 * np.pi])
    sinus_arrhythmia, slow_wave, jitter = rng.gamma(2.0, [0.012, 0.008, 0.003])
    sinus_arrhythmia *= np.clip(1.4 - (age - 20.0) / 75.0, 0.35, 1.5)
    premature_share = rng.uniform(0.04, 0.18) * (kind in ("PVC", "PAC"))
    from_ventricle, fibrillating = kind == "PVC", kind == "AFIB"
    irregular = rng.uniform(0.15, 0.26)

    usual = 60.0 / heart_rate
    time = -_RUN_IN - usual * rng.random()
    pause = 1.0
    times, intervals, premature = [], [], []
    while time < seconds + _RUN_OUT:
        early, step = bool(rng.random() < premature_share) and pause == 1.0, rng.normal()
        if fibrillating:
            change = irregular * step
        else:
            change = (
                sinus_arrhythmia * np.sin(2 * np.pi * breath_hz * time + breath_phase)
                + slow_wave * np.sin(2 * np.pi * 0.095 * time + 2 * breath_phase)
                + jitter * step
            )
        interval = usual * pause * (1.0 + change)
        if early:
            interval *= rng.uniform(0.60, 0.78)
        interval = max(interval, _SHORTEST)
        # A ventricular beat leaves the sinus node's clock alone, so the pause makes up for it.
        pause = (1.30 if from_ventricle else 1.08) if early else 1.0
        time += interval
        times.append(time)
        intervals.append(interval)
        premature.append(early)

    rr = np.array(intervals)
    return Rhythm(
        r_time=np.array(times),
        rr_interval=(rr + np.concatenate([rr[:1], rr[:-1]])) / 2,
        ventricular=np.array(premature) & from_ventricle,
        fibrillating=fibrillating,
        gain=np.exp(rng.normal(0.0, _BEAT_TO_BEAT, (len(rr), 2))),
        breath_depth=float(rng.gamma(3.0, 1 / 3.0)),
        breath_hz=float(breath_hz),
        breath_phase=float(breath_phase),
    )
