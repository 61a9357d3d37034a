"""When the heart beats: sinus rhythm that breathes, now and then with a premature beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

__all__ = ["Rhythm", "draw_rhythm"]

_RUN_IN = 1.3  # seconds; beats before the first sample still reach into the recording
_RUN_OUT = 1.0  # seconds
_SHORTEST = 0.36  # seconds; the refractory period


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rhythm:
    """The beats of one recording, some of them before its beginning or after its end."""

    r_time: Float64[np.ndarray, " beat"]
    """Seconds after the first sample."""
    rr_interval: Float64[np.ndarray, " beat"]
    """Mean of the last two intervals in seconds, to which repolarisation adapts."""
    ventricular: Bool[np.ndarray, " beat"]
    """Premature beats from a ventricle; all others come from the atria."""
    breath_hz: float
    breath_phase: float
    """Radian at the first sample."""

    def breath(self, time: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """Depth of breath, -1 to 1, at `time` in seconds."""
        return np.asarray(np.sin(2 * np.pi * self.breath_hz * time + self.breath_phase))


def draw_rhythm(
    rng: np.random.Generator, *, heart_rate: float, age: float, seconds: float
) -> Rhythm:
    """Sinus rhythm at `heart_rate` per minute, slowed and hastened by breath (less with age).

    In 7 % of recordings some beats are premature, from an atrium or from a ventricle.
    """
    breath_hz, breath_phase = rng.uniform([0.15, 0.0], [0.35, 2 * np.pi])
    sinus_arrhythmia, slow_wave, jitter = rng.gamma(2.0, [0.012, 0.008, 0.003])
    sinus_arrhythmia *= np.clip(1.4 - (age - 20.0) / 75.0, 0.35, 1.5)
    premature_share = rng.uniform(0.04, 0.18) if rng.random() < 0.07 else 0.0
    from_ventricle = bool(rng.random() < 0.5)

    usual = 60.0 / heart_rate
    time = -_RUN_IN - usual * rng.random()
    pause = 1.0
    times, intervals, premature = [], [], []
    while time < seconds + _RUN_OUT:
        early, step = bool(rng.random() < premature_share) and pause == 1.0, rng.normal()
        interval = usual * pause
        interval *= (
            1.0
            + sinus_arrhythmia * np.sin(2 * np.pi * breath_hz * time + breath_phase)
            + slow_wave * np.sin(2 * np.pi * 0.095 * time + 2 * breath_phase)
            + jitter * step
        )
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
        breath_hz=float(breath_hz),
        breath_phase=float(breath_phase),
    )
