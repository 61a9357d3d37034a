"""A person of `synthetic-ode`: a dipole with its own waves, and the torso it is seen through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float64

from xai_bench.data.ode.moving_dipole import BELLS, Dipole, average_dipole
from xai_bench.data.synthetic.leads import DOWER

__all__ = ["Subject", "draw_subject"]

_QRS = slice(BELLS.index("Q"), BELLS.index("late"))
_T = slice(BELLS.index("T rise"), None)
# By hand: how far the middle of a Gaussian varies (degree), and what is added to its size (mV).
_ANGLE_DEGREES = np.array([3.0, 1.0, 0.0, 1.0, 1.0, 3.0, 3.0])
_ADDED = np.array([0.010, 0.04, 0.08, 0.05, 0.0, 0.02, 0.02])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """What stays the same between two recordings of one person."""

    dipole: Dipole
    """At 60 beats a minute."""
    field: Float64[np.ndarray, "8 3"]
    """Leads I, II, V1..V6 of the dipole along the Frank axes: millivolt a millivolt."""


def draw_subject(rng: np.random.Generator) -> Subject:
    """A healthy person.

    Sizes vary by 20 % (SD; 30 % for T and for the whole), widths by 10 %, angles by 3 degrees in P
    and T and 1 in QRS; the heart is turned by 8, 12 and 15 degrees (SD) about x, y and z, chest
    leads see it 12 % and limb leads 5 % more or less. Some have a benign variant: an early
    repolarisation of ST in 12 %, a flat T in 10 %, deeper first forces in 10 %.
    """
    dipole = average_dipole()
    bells = len(BELLS)
    dipole.angle += np.deg2rad(_ANGLE_DEGREES) * rng.normal(size=bells)
    dipole.width *= np.clip(1.0 + 0.10 * rng.normal(size=bells), 0.7, 1.3)
    dipole.size *= np.clip(1.0 + 0.20 * rng.normal(size=(3, bells)), 0.3, 1.7)
    dipole.size += _ADDED * rng.normal(size=(3, bells))
    dipole.size[:, _T] *= np.exp(0.30 * rng.normal())
    dipole.size *= np.exp(0.30 * rng.normal())
    dipole.st += 0.015 * rng.normal(size=3)

    present, degree = rng.random(3), rng.uniform(0.4, 1.0, 3)
    repolarised, flat, deep = np.where(present < [0.12, 0.10, 0.10], degree, 0.0)
    dipole.st += 0.13 * repolarised * np.array([0.65, 0.30, -0.70])
    dipole.size[:, _T] *= 1.0 - 0.6 * flat
    dipole.size[:, BELLS.index("Q")] *= 1.0 + 1.2 * deep

    turned = scipy.spatial.transform.Rotation.from_euler(
        "xyz", rng.normal(0.0, [8.0, 12.0, 15.0]), degrees=True
    )
    gain = np.exp(rng.normal(0.0, np.repeat([0.05, 0.12], [2, 6])))
    return Subject(dipole=dipole, field=gain[:, None] * DOWER @ turned.as_matrix())
