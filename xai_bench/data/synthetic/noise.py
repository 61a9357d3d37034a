"""What the recorder adds to the heart, made at the electrodes, where real noise enters."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.leads import from_electrodes
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling

__all__ = ["draw_noise"]

_ELECTRODES = 9
_MAINS_HZ = 50.0
_BURST_SHARE = 0.05  # share of recordings in which an electrode is knocked
_STEP_SHARE = 0.15  # share of recordings in which an electrode's offset jumps
_STEP_DECAY = 3.0  # seconds in which a recorder's high-pass filter (0.05 Hz) forgets it
_CHEST_WANDER = np.repeat([1.0, 1.8], [3, 6])  # electrodes on the chest move with every breath


def draw_noise(
    rng: np.random.Generator, rhythm: Rhythm, sampling: Sampling
) -> Float64[np.ndarray, "8 time"]:
    """Leads I, II, V1..V6 of drift, 1/f noise, muscle, breath, mains, knocks and jumps, millivolt.

    The kinds are those of Friesen et al., IEEE Trans. Biomed. Eng. 37 (1990); their sizes, in mV
    at an electrode, were set by hand on healthy recordings of PTB-XL:

        drift     below 1 Hz, RMS 0.04 on average (1.8 times that on the chest)
        breath    at the breath's own rate, amplitude SD 0.018
        1/f       0.3 to 40 Hz, RMS 0.004, the same at all electrodes
        muscle    above 20 Hz, falling from 120 Hz on, RMS 0.007
        mains     50 Hz, amplitude 0.002
        knocks    one electrode in 5 % of recordings, 0.05 to 0.30 s (SD), height SD 0.25
        jumps     one electrode in 15 % of recordings, height SD 0.15, forgotten in 3 s

    At a higher rate the same noise is seen in more detail: nothing below half of the lower
    rate depends on the rate.
    """
    time = np.arange(sampling.samples) / sampling.rate_hz
    wander = rng.gamma(1.6, 0.025) * np.exp(rng.normal(0.0, 0.50, _ELECTRODES)) * _CHEST_WANDER
    muscle = rng.gamma(1.8, 0.0040) * np.exp(rng.normal(0.0, 0.35, _ELECTRODES))
    flicker = np.full(_ELECTRODES, rng.gamma(2.0, 0.0020))
    swing, lag = rng.normal(0.0, [[0.018], [0.4]], (2, _ELECTRODES))
    mains, mains_phase = rng.gamma(0.5, 0.0040), rng.uniform(0.0, 2 * np.pi)
    pickup = mains * np.exp(rng.normal(0.0, 0.50, _ELECTRODES))
    burst = rng.random() < _BURST_SHARE
    knocked, knock = rng.integers(_ELECTRODES), rng.normal(0.0, 0.25)
    moment, softness = rng.uniform([0.0, 0.05], [sampling.seconds, 0.30])
    jumps = rng.random() < _STEP_SHARE
    loose, height, jump = rng.integers(_ELECTRODES), rng.normal(0.0, 0.15), rng.uniform(0.0, 1.0)

    breath = 2 * np.pi * rhythm.breath_hz * time + rhythm.breath_phase
    potential = swing[:, None] * np.sin(breath + lag[:, None])
    if sampling.rate_hz / 2 > _MAINS_HZ:
        hum = _passed(np.array([_MAINS_HZ]), sampling) * np.sin(
            2 * np.pi * _MAINS_HZ * time + mains_phase
        )
        potential += pickup[:, None] * hum
    if burst:
        potential[knocked] += knock * np.exp(-0.5 * ((time - moment) / softness) ** 2)
    if jumps:
        since = time - jump * sampling.seconds
        rise = 1.0 / (1.0 + np.exp(-np.clip(since / 0.02, -50.0, 50.0)))
        potential[loose] += height * rise * np.exp(-np.maximum(since, 0.0) / _STEP_DECAY)
    potential += _coloured(rng, wander=wander, flicker=flicker, muscle=muscle, sampling=sampling)
    return from_electrodes(potential)


def _coloured(
    rng: np.random.Generator,
    *,
    wander: Float64[np.ndarray, " electrode"],
    flicker: Float64[np.ndarray, " electrode"],
    muscle: Float64[np.ndarray, " electrode"],
    sampling: Sampling,
) -> Float64[np.ndarray, "electrode time"]:
    """Gaussian noise of three colours; the arguments are their RMS in millivolt over all Hz."""
    # A spectrum is periodic: half of a period twice as long hides that the end meets the start.
    period = 2 * sampling.samples
    hz = np.fft.rfftfreq(period, 1 / sampling.rate_hz)
    rms = np.stack([wander, flicker, muscle])
    density = (rms**2).T @ (_shapes(hz) / _POWER)
    # Frequency is the first axis, so that a higher rate begins with the same draws.
    draws = rng.standard_normal((len(hz), 2, len(wander))).T
    gain = np.sqrt(density * hz[1]) * _passed(hz, sampling) * (period / 2)
    full = np.fft.irfft(gain * (draws[:, 0] + 1j * draws[:, 1]), n=period, axis=1)
    return np.asarray(full[:, : sampling.samples])


def _shapes(hz: Float64[np.ndarray, " hz"]) -> Float64[np.ndarray, "3 hz"]:
    """Power density against frequency of drift (< 1 Hz), 1/f noise (0.3-40 Hz) and muscle."""
    wander = np.where((hz > 0) & (hz < 1.0), np.maximum(hz, 0.05) ** -2.4, 0.0)
    flicker = np.where((hz > 0.3) & (hz < 40.0), np.maximum(hz, 0.3) ** -2.0, 0.0)
    muscle = ((1.0 + (20.0 / np.maximum(hz, 1.0)) ** 4) * (1.0 + (hz / 120.0) ** 4)) ** -2.0
    return np.stack([wander, flicker, muscle])


def _passed(hz: Float64[np.ndarray, " hz"], sampling: Sampling) -> Float64[np.ndarray, " hz"]:
    """Gain of the anti-alias filter."""
    return np.asarray(np.exp(-2.0 * (np.pi * sampling.blur * hz) ** 2))


_GRID_HZ = 0.05
_POWER = _shapes(np.arange(0.0, 500.0, _GRID_HZ)).sum(axis=1, keepdims=True) * _GRID_HZ
