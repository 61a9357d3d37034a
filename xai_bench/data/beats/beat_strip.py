"""A patient's beats in a row: when each comes, and when it would have come without ectopy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int8

from xai_bench.data.beats.beat_cohort import CLASSES
from xai_bench.data.synthetic.heartbeats import R_PEAK
from xai_bench.data.synthetic.rhythm import Rhythm

__all__ = ["RUN_IN", "Strip", "draw_strip"]

RUN_IN = 3
"""Beats of the sinus node before the first one that is used, and after the last."""

_SHORTEST = 0.36  # seconds; the refractory period
_EARLY = (0.60, 0.78)
"""Of the usual interval, of a premature beat."""
_LATE = (0.93, 1.0)
"""The same of a fusion beat: the sinus node was about to beat."""
_PAUSE = {"S": 1.08, "V": 1.30}
"""After a premature beat: one from a ventricle leaves the clock of the sinus node alone."""
_BEAT_TO_BEAT = (0.015, 0.030)  # spread of the size of QRS, and of ST and T


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """Beats of one patient, those of the run-in among them."""

    kind: Int8[np.ndarray, " beat"]
    """Index into `CLASSES`."""
    interval: Float64[np.ndarray, " beat"]
    """Seconds from the onset of QRS of the beat before."""
    usual: Float64[np.ndarray, " beat"]
    """The same, had all beats been of the sinus node."""
    gain: Float64[np.ndarray, "beat 2"]
    """Size of QRS, and of ST and T, of each beat relative to the usual."""
    breath_depth: float
    breath_hz: float
    breath_phase: float

    def around(
        self, beat: int, onset: float, *, sinus: bool = False
    ) -> tuple[Int8[np.ndarray, " near"], Rhythm]:
        """Kinds and rhythm of the beats around one whose QRS begins at `onset` seconds.

        sinus: had this one come from the sinus node, when that would have beaten.
        """
        near = slice(max(beat - RUN_IN, 0), beat + RUN_IN + 1)
        moment = self.interval[: beat + 1].sum()
        kind, interval = self.kind.copy(), self.interval.copy()
        if sinus:
            kind[beat] = 0
            interval[beat : beat + 2] = self.usual[beat : beat + 2]
        time = np.cumsum(interval)
        mean = (interval + np.concatenate([interval[:1], interval[:-1]])) / 2
        return kind[near], Rhythm(
            r_time=time[near] - time[beat] + onset + R_PEAK,
            rr_interval=mean[near],
            ventricular=kind[near] == CLASSES.index("V"),
            fibrillating=False,
            gain=self.gain[near],
            breath_depth=self.breath_depth,
            breath_hz=self.breath_hz,
            # Of the time of this beat, which is the same with and without ectopy.
            breath_phase=self.breath_phase + 2 * np.pi * self.breath_hz * float(moment),
        )


def draw_strip(
    rng: np.random.Generator, kind: Int8[np.ndarray, " beat"], *, heart_rate: float, age: float
) -> Strip:
    """Beats of these kinds, with a run-in and a run-out, at `heart_rate` per minute on average.

    Variability of the sinus node as that of `synthetic.rhythm.draw_rhythm`.
    """
    every = np.concatenate([np.zeros(RUN_IN, np.int8), kind, np.zeros(RUN_IN, np.int8)])
    breath_hz, breath_phase = rng.uniform([0.15, 0.0], [0.35, 2 * np.pi])
    sinus_arrhythmia, slow_wave, jitter = rng.gamma(2.0, [0.012, 0.008, 0.003])
    sinus_arrhythmia *= np.clip(1.4 - (age - 20.0) / 75.0, 0.35, 1.5)
    cycle = 60.0 / heart_rate
    time = cycle * np.arange(len(every))
    usual = cycle * (
        1.0
        + sinus_arrhythmia * np.sin(2 * np.pi * breath_hz * time + breath_phase)
        + slow_wave * np.sin(2 * np.pi * 0.095 * time + 2 * breath_phase)
        + jitter * rng.normal(size=len(every))
    )
    early, late = (rng.uniform(*ends, len(every)) for ends in (_EARLY, _LATE))
    interval = usual.copy()
    for beat, place in enumerate(every.tolist()):
        name, before = CLASSES[place], CLASSES[every[beat - 1]] if beat else "N"
        if name in _PAUSE:
            interval[beat] *= early[beat]
        elif name == "F":
            interval[beat] *= late[beat]
        interval[beat] *= _PAUSE.get(before, 1.0)
    return Strip(
        kind=every,
        interval=np.maximum(interval, _SHORTEST),
        usual=np.maximum(usual, _SHORTEST),
        gain=np.exp(rng.normal(0.0, _BEAT_TO_BEAT, (len(every), 2))),
        breath_depth=float(rng.gamma(3.0, 1 / 3.0)),
        breath_hz=float(breath_hz),
        breath_phase=float(breath_phase),
    )
