"""Noise of six kinds, made at the electrodes, so that leads share it as they share electrodes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.leads import from_electrodes, twelve

__all__ = ["NOISES", "draw_noise", "why_not_at"]

NOISES = (
    "white noise",
    "baseline wander",
    "mains-50",
    "mains-60",
    "muscle",
    "electrode motion",
)
"""What electrodes pick up that is not the heart's; its size is stated elsewhere."""

_ELECTRODES = 9
_WANDER_HZ = 0.5
_MUSCLE_HZ = (20.0, 120.0)
_SPREAD = 0.5  # of the logarithm of amplitudes between electrodes
_LAG = 0.3  # radian, SD between electrodes
_CHEST = np.repeat([1.0, 1.8], [3, 6])  # electrodes on the chest move with every breath
_EVENTS = (2, 5)  # knocks and jumps of electrodes in ten seconds, at least and below
_PERIOD = 20.0  # seconds, at least: a shorter period has no frequencies as low as those of drift
_KNOCK_SECONDS = (0.05, 0.30)
_RISE, _DECAY = 0.02, 3.0  # seconds in which an offset jumps, and a recorder's filter forgets it

Potential = Float64[np.ndarray, "9 time"]
Leads = Float64[np.ndarray, "12 time"]
Time = Float64[np.ndarray, " time"]
Frequencies = Float64[np.ndarray, " hz"]


def why_not_at(kind: str, rate_hz: float) -> str | None:
    """Why a recorder of this sampling rate cannot see such noise, or None."""
    mains = _MAINS.get(kind, 0.0)
    if mains >= rate_hz / 2:
        return (
            f"{mains:g} Hz is not below half of the sampling rate of {rate_hz:g} Hz: a recorder's "
            "anti-alias filter keeps it out"
        )
    return None


def draw_noise(kind: str, rng: np.random.Generator, samples: int, rate_hz: float) -> Leads:
    """One of NOISES in twelve leads, of no particular size.

    White, mains, muscle and drift enter at all nine electrodes, each with its own; a potential that
    all of them share cancels in every lead. After Friesen et al., IEEE Trans. Biomed. Eng. 37
    (1990):

        white noise      independent normal values at each electrode
        baseline wander  Gaussian, below 0.5 Hz, power density falling as f^-2; more on the chest
        mains-50, -60    a sine, amplitude (log SD 0.5) and phase (SD 0.3) a little different at
                         each electrode
        muscle           Gaussian, from 20 Hz, falling from 120 Hz on
        electrode motion two to four events, each at one electrode: it is knocked (a Gaussian bump,
                         SD 0.05 to 0.30 s) or its offset jumps, to be forgotten in 3 s
    """
    return twelve(from_electrodes(_DRAWN[kind](rng, np.arange(samples) / rate_hz)))


def _white(rng: np.random.Generator, time: Time) -> Potential:
    return rng.standard_normal((_ELECTRODES, len(time)))


def _wander(rng: np.random.Generator, time: Time) -> Potential:
    def density(hz: Frequencies) -> Frequencies:
        return np.where((hz > 0) & (hz < _WANDER_HZ), np.maximum(hz, 0.05) ** -2.0, 0.0)

    return np.asarray(_CHEST[:, None] * _coloured(rng, time, density))


def _muscle(rng: np.random.Generator, time: Time) -> Potential:
    low, high = _MUSCLE_HZ

    def density(hz: Frequencies) -> Frequencies:
        return np.where(hz >= low, (1.0 + (hz / high) ** 4) ** -2.0, 0.0)

    return np.asarray(_amplitudes(rng) * _coloured(rng, time, density))


def _mains(hz: float) -> Callable[[np.random.Generator, Time], Potential]:
    def draw(rng: np.random.Generator, time: Time) -> Potential:
        amplitude = _amplitudes(rng)
        phase = rng.uniform(0.0, 2 * np.pi) + rng.normal(0.0, _LAG, (_ELECTRODES, 1))
        return np.asarray(amplitude * np.sin(2 * np.pi * hz * time + phase))

    return draw


def _motion(rng: np.random.Generator, time: Time) -> Potential:
    potential = np.zeros((_ELECTRODES, len(time)))
    for _ in range(rng.integers(*_EVENTS)):
        electrode, height = rng.integers(_ELECTRODES), rng.normal()
        since = time - rng.uniform(0.0, time[-1])
        if rng.random() < 0.5:
            potential[electrode] += height * np.exp(
                -0.5 * (since / rng.uniform(*_KNOCK_SECONDS)) ** 2
            )
        else:
            rise = 1.0 / (1.0 + np.exp(-np.clip(since / _RISE, -50.0, 50.0)))
            potential[electrode] += height * rise * np.exp(-np.maximum(since, 0.0) / _DECAY)
    return potential


def _amplitudes(rng: np.random.Generator) -> Float64[np.ndarray, "9 1"]:
    return np.asarray(np.exp(rng.normal(0.0, _SPREAD, (_ELECTRODES, 1))))


def _coloured(
    rng: np.random.Generator, time: Time, density: Callable[[Frequencies], Frequencies]
) -> Potential:
    """Gaussian noise of this power density, independent at each electrode."""
    # A spectrum is periodic: half of a period twice as long hides that the end meets the start.
    period = max(2 * len(time), round(_PERIOD / time[1]))
    hz = np.fft.rfftfreq(period, time[1])
    real, imaginary = rng.standard_normal((2, _ELECTRODES, len(hz)))
    spectrum = np.sqrt(density(hz)) * (real + 1j * imaginary)
    return np.asarray(np.fft.irfft(spectrum, n=period, axis=1)[:, : len(time)])


_MAINS = {"mains-50": 50.0, "mains-60": 60.0}
_KINDS = (_white, _wander, *map(_mains, _MAINS.values()), _muscle, _motion)
_DRAWN = dict(zip(NOISES, _KINDS, strict=True))
