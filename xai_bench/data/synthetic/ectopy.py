"""A beat that starts in a ventricle: no P, a wide QRS, and a T against it."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.morphology import T_SHAPE, T_WAVE, Component, Morphology

__all__ = ["ventricular"]

_FOCUS = np.array([0.2, 0.5, 0.3])  # direction of spread; typical of the outflow tract


def ventricular(healthy: Morphology, rng: np.random.Generator) -> Morphology:
    """The shape of a patient's ventricular premature beats (benign; twins share them)."""
    beat = healthy.copy()
    direction = _FOCUS + 0.54 * rng.normal(size=3)
    force = 1.3 * healthy.voltage * direction / np.linalg.norm(direction)
    beat.dipole[:] = 0.0
    beat.dipole[Component.MAIN] = 0.55 * force
    beat.dipole[Component.LATE] = 0.90 * force
    beat.dipole[Component.ST] = -0.10 * force
    beat.dipole[T_WAVE] = -0.42 * T_SHAPE * force
    beat.width[Component.MAIN] = 0.022
    beat.width[Component.LATE] = 0.026
    beat.centre[Component.LATE] = 0.045
    beat.p_duration = 0.0
    beat.pr_interval = 0.0
    beat.qrs_onset = -0.055
    beat.qrs_end = 0.100
    beat.qt_interval = healthy.qt_interval + 0.045
    return beat
