"""Fibrillating atria, whose waves take the place of P, and beats that begin in a ventricle."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.heart import Heart, Spread
from xai_bench.data.synthetic.leads import LeadField
from xai_bench.data.synthetic.pathology import keep_gradient
from xai_bench.data.synthetic.sampling import Sampling

__all__ = ["draw_fibrillation", "from_focus", "ventricular"]

_HARMONICS = np.array([1.0, 2.0, 3.0])


def draw_fibrillation(
    rng: np.random.Generator, field: LeadField, sampling: Sampling
) -> Float64[np.ndarray, "8 time"]:
    """f waves in leads I, II, V1..V6, millivolt.

    Two dipoles in the atria, each a sawtooth of three harmonics at 4.5 to 7.5 Hz whose frequency
    and size swing slowly (Stridh and Sörnmo, IEEE Trans. Biomed. Eng. 2001); 0.03 to 0.13 mV
    peak, largest in V1, as the right atrium is nearest to it.
    """
    time = np.arange(sampling.samples) / sampling.rate_hz
    waves = np.zeros((8, sampling.samples))
    for share, towards in ((1.0, (-0.85, 0.35, -0.35)), (0.5, (0.5, 0.6, 0.2))):
        hz, swing_hz, size = rng.uniform([4.5, 0.1, 0.03], [7.5, 0.4, 0.13])
        phase, swing_phase, size_phase = rng.uniform(0.0, 2 * np.pi, 3)
        swing = 2 * np.pi * swing_hz * time
        turn = 2 * np.pi * hz * time + phase + (0.5 / swing_hz) * np.sin(swing + swing_phase)
        passed = np.exp(-2.0 * (np.pi * sampling.blur * _HARMONICS * hz) ** 2)
        saw = (passed / _HARMONICS) @ np.sin(_HARMONICS[:, None] * turn)
        course = share * size * (1.0 + 0.3 * np.sin(1.7 * swing + size_phase)) * saw
        dipole = np.array(towards) + rng.normal(0.0, 0.15, 3)
        waves += (field.atria @ dipole)[:, None] * course
    return waves


_SPEED = 75.0  # cm/s, muscle with few Purkinje fibres
_FOCI = ((-2.4, 4.4, -50.0), (-1.0, 2.6, 175.0), (1.0, 2.6, 80.0))
"""cm along, cm from and degrees around the long axis: right outflow tract, inferior, lateral."""
_ALONG_THE_WALL = 0.75  # share of the forces that point the way excitation runs


def ventricular(healthy: Heart, rng: np.random.Generator) -> Heart:
    """The patient's ventricular premature beats (benign; twins share them).

    Excitation spreads from one focus through the muscle, in half of the patients in the outflow
    tract of the right ventricle.
    """
    along, radius, angle = _FOCI[rng.choice(len(_FOCI), p=[0.5, 0.25, 0.25])]
    focus = (along + rng.normal(0.0, 0.5), radius, angle + rng.normal(0.0, 15.0))
    return from_focus(healthy, focus, _SPEED * float(np.exp(rng.normal(0.0, 0.1))))


def from_focus(healthy: Heart, focus: tuple[float, float, float], speed: float) -> Heart:
    """A beat that begins at `focus`, without P: forces turn to the way excitation runs.

    focus: (cm along, cm from, degrees around) the long axis. speed: cm/s through the muscle.
    """
    beat = healthy.copy()
    arrival, course = Spread(entries=((focus, 0.0),), speed=speed).arrival()

    size = np.linalg.norm(healthy.force, axis=1, keepdims=True)
    beat.activation = arrival + 0.022
    beat.width = np.maximum(1.15 * healthy.width, 0.014)
    beat.force = (1 - _ALONG_THE_WALL) * healthy.force + _ALONG_THE_WALL * size * course
    keep_gradient(beat, healthy)
    beat.atria[:] = 0.0
    beat.p_duration = 0.0
    beat.pr_interval = 0.0
    beat.qt_interval = healthy.qt_interval + 0.045
    return beat
