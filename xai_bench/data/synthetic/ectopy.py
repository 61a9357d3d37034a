"""A beat that starts in a ventricle: no P, a wide QRS, and a T against it."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.heart import Heart, Spread
from xai_bench.data.synthetic.pathology import keep_gradient

__all__ = ["ventricular"]

_SPEED = 75.0  # cm/s, muscle with few Purkinje fibres
_FOCI = ((-2.4, 4.4, -50.0), (-1.0, 2.6, 175.0), (1.0, 2.6, 80.0))
"""cm along, cm from and degrees around the long axis: right outflow tract, inferior, lateral."""
_ALONG_THE_WALL = 0.75  # share of the forces that point the way excitation runs


def ventricular(healthy: Heart, rng: np.random.Generator) -> Heart:
    """The patient's ventricular premature beats (benign; twins share them).

    Excitation spreads from one focus through the muscle, in half of the patients in the outflow
    tract of the right ventricle.
    """
    beat = healthy.copy()
    along, radius, angle = _FOCI[rng.choice(len(_FOCI), p=[0.5, 0.25, 0.25])]
    focus = (along + rng.normal(0.0, 0.5), radius, angle + rng.normal(0.0, 15.0))
    speed = _SPEED * float(np.exp(rng.normal(0.0, 0.1)))
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
