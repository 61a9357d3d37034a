"""When the cycle turns, and where it is at any time: the x and y of McSharry's equations.

McSharry et al. (IEEE Trans. Biomed. Eng. 50:289, 2003) let a point run round a circle, once a beat,

    dx/dt = (1 - r) x - w y,   dy/dt = (1 - r) y + w x,   r = |(x, y)|,   w(t) = 2 pi / RR(t),

which it never leaves once it is on it: its angle is the integral of w. Here RR is constant within a
beat, which runs from angle -pi to pi with its R peak at 0, so the angle is known in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

__all__ = ["Cycle", "draw_cycle"]

_RUN_IN, _RUN_OUT = 2.0, 2.0  # seconds of beats before the first sample and after the last
_SLOW_HZ, _SPREAD_HZ = 0.1, 0.01  # of the slow waves of the interval, and of either kind (SD)
_SLOW_TO_FAST = 0.5  # power of slow waves over that of breath
_PERIOD = 128.0  # seconds after which the intervals repeat
_SHORTEST = 0.4  # seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cycle:
    """The beats of one recording, one after the other, some of them outside of it."""

    start: Float64[np.ndarray, " beat"]
    """Seconds after the first sample at which the angle is -pi."""
    interval: Float64[np.ndarray, " beat"]
    """Seconds that a beat takes: RR, where neighbours are alike."""
    breath_hz: float
    breath_phase: float
    """Radian at the first sample."""

    def angle(
        self, time: Float64[np.ndarray, " time"]
    ) -> tuple[Float64[np.ndarray, " time"], Float64[np.ndarray, " time"]]:
        """At times in seconds: the angle in [-pi, pi), and how fast it turns in radian a second."""
        beat = np.searchsorted(self.start, time, side="right") - 1
        speed = 2 * np.pi / self.interval[beat]
        return (time - self.start[beat]) * speed - np.pi, speed


def draw_cycle(rng: np.random.Generator, *, heart_rate: float, seconds: float) -> Cycle:
    """Beats at `heart_rate` per minute on average.

    The intervals have the spectrum of the paper: a Gaussian at 0.1 Hz and one at the rate of breath
    (0.2 to 0.35 Hz; 0.25 in the paper), SD 0.01 Hz each, their powers as 1 to 2, with random
    phases. Their SD is 3.5 % of the interval (median; a factor of 1.5 between recordings), by hand.
    """
    usual = 60.0 / heart_rate
    breath_hz, breath_phase = rng.uniform([0.20, 0.0], [0.35, 2 * np.pi])
    deviation = 0.035 * usual * float(np.exp(rng.normal(0.0, 0.4)))
    hz = np.arange(1, round(0.5 * _PERIOD)) / _PERIOD
    kinds = np.array([_SLOW_HZ, breath_hz])
    bells = np.exp(-0.5 * ((hz - kinds[:, None]) / _SPREAD_HZ) ** 2)
    power = np.array([_SLOW_TO_FAST, 1.0]) @ bells
    size = np.sqrt(power / power.sum()) * np.sqrt(2.0) * deviation
    phase = rng.uniform(0.0, 2 * np.pi, len(hz))

    time = -_RUN_IN - usual * float(rng.random())
    starts, intervals = [], []
    while time < seconds + _RUN_OUT:
        change = float(size @ np.cos(2 * np.pi * hz * time + phase))
        starts.append(time)
        intervals.append(max(usual + change, _SHORTEST))
        time += intervals[-1]
    return Cycle(
        start=np.array(starts),
        interval=np.array(intervals),
        breath_hz=float(breath_hz),
        breath_phase=float(breath_phase),
    )
