"""The atria in fibrillation: waves without rest in place of P."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.leads import LeadField
from xai_bench.data.synthetic.sampling import Sampling

__all__ = ["draw_fibrillation"]

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
