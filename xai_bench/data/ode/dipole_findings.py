"""What disease does to the moving dipole.

A wall that dies or is injured is a direction in space: its forces are missing from the dipole,
which then points away from it (Q, loss of R), injury draws ST towards it and its T away. Which
leads show it follows from the lead field. Sizes at full severity are in millivolt of the dipole, by
hand; nothing of `synthetic` is used, which has other hearts, sizes and stages.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Float64

from xai_bench.data.ode.moving_dipole import BELLS, Dipole

__all__ = ["plant_in_dipole"]

Vector = Float64[np.ndarray, "3"]

_P, _Q, _R, _S, _LATE = (BELLS.index(name) for name in ("P", "Q", "R", "S", "late"))
_QRS, _T = slice(_Q, _LATE), slice(_LATE + 1, None)
_SECOND = 2 * np.pi  # radian at 60 beats a minute


def plant_in_dipole(
    healthy: Dipole, finding: str, severity: float, rng: np.random.Generator
) -> Dipole:
    """The same dipole with `finding` (a name in `cohort.FINDINGS`) of `severity`, 0..1."""
    dipole = healthy.copy()
    _EFFECTS[finding](dipole, severity, rng)
    return dipole


def _towards(*direction: float) -> Vector:
    vector = np.array(direction)
    return np.asarray(vector / np.linalg.norm(vector))


def _infarct(dipole: Dipole, severity: float, rng: np.random.Generator, *, wall: Vector) -> None:
    """From hours to years old: Q grows as ST falls, T is inverted in between."""
    age, depth = rng.random(2)
    dipole.size[:, _Q] -= severity * (0.20 + 0.35 * age + 0.20 * depth) * wall
    dipole.width[:, _Q] *= 1.0 + 0.5 * severity
    lost = severity * (0.3 + 0.4 * age) * max(float(dipole.size[:, _R] @ wall), 0.0)
    dipole.size[:, _R] -= lost * wall
    dipole.st += severity * (0.30 * (1.0 - age) + 0.04) * wall
    inverted = severity * (0.15 + 0.8 * age * (1.0 - age)) * (0.7 + 0.6 * depth)
    dipole.size[:, _T] -= inverted * wall[:, None]


def _flat_t(dipole: Dipole, severity: float, rng: np.random.Generator) -> None:
    """T loses 0.15 to 0.3 mV at least, else more than half of itself; it may turn over."""
    height = float(np.linalg.norm(dipole.size[:, _T].sum(axis=1)))
    lost = max(severity * rng.uniform(0.7, 1.5), (0.15 + 0.15 * severity) / height)
    dipole.size[:, _T] *= 1.0 - lost


def _ischaemia(dipole: Dipole, severity: float, rng: np.random.Generator) -> None:
    """T away from the anterior, lateral or inferior wall, ST a little."""
    wall = (_ANTERIOR, _LATERAL, _INFERIOR)[rng.choice(3, p=[0.6, 0.25, 0.15])]
    dipole.size[:, _T] -= severity * rng.uniform(0.25, 0.45) * wall[:, None]
    dipole.st -= severity * rng.uniform(0.0, 0.10) * wall


def _st_depression(dipole: Dipole, severity: float, rng: np.random.Generator) -> None:
    """Injury all over the inside: ST away from the apex."""
    dipole.st -= (0.10 + 0.18 * severity) * rng.uniform(0.8, 1.2) * _APEX
    dipole.size[:, _T] *= 1.0 - 0.3 * severity


def _right_bundle_branch_block(dipole: Dipole, severity: float, rng: np.random.Generator) -> None:
    """The right ventricle last: a late force forward and to the right; T away from it."""
    right = _towards(-0.65, 0.05, -0.75)
    dipole.size[:, _LATE] += (0.25 + severity * rng.uniform(0.4, 0.7)) * right
    dipole.angle[:, _LATE] += 0.06 * severity
    dipole.size[:, _T] -= severity * 0.15 * right[:, None]


def _left_bundle_branch_block(dipole: Dipole, severity: float, rng: np.random.Generator) -> None:
    """No septal Q, a broad R to the left and back that goes on late; ST and T against it."""
    left = _towards(0.80, 0.10, 0.60)
    dipole.size[:, _Q] *= 1.0 - severity
    dipole.width[:, _R] *= 1.0 + 0.7 * severity
    dipole.size[:, _S] += severity * rng.uniform(0.3, 0.6) * left
    dipole.size[:, _LATE] += severity * rng.uniform(0.5, 0.8) * left
    dipole.st -= severity * 0.12 * left
    dipole.size[:, _T] -= severity * rng.uniform(0.25, 0.4) * left[:, None]


def _left_anterior_fascicular_block(
    dipole: Dipole, severity: float, rng: np.random.Generator
) -> None:
    """First down, then up and to the left: S in II, III and aVF."""
    upward = _towards(0.45, -0.90, 0.10)
    dipole.size[:, _Q] -= severity * 0.15 * upward
    dipole.size[1, _R] *= 1.0 - 0.6 * severity
    dipole.size[:, _S] += severity * rng.uniform(0.6, 1.0) * upward
    dipole.angle[:, _S] += 0.03 * severity


def _first_degree_av_block(dipole: Dipole, severity: float, rng: np.random.Generator) -> None:
    """P comes earlier, so that PR is beyond 200 ms; nothing else changes."""
    first = float((dipole.angle[:, _P] - 3 * dipole.width[:, _P]).min())
    present = float((dipole.angle[:, _Q] - 3 * dipole.width[:, _Q]).min()) - first
    wanted = _SECOND * (0.205 + severity * rng.uniform(0.04, 0.10))
    dipole.angle[:, _P] -= max(wanted - present, 0.03 * severity * _SECOND)


def _left_ventricular_hypertrophy(
    dipole: Dipole, severity: float, rng: np.random.Generator
) -> None:
    """Larger forces, and further back; ST and T against them."""
    dipole.size[:, _QRS] *= 1.0 + severity * rng.uniform(0.35, 0.8)
    dipole.size[2, _S] *= 1.0 + 0.4 * severity
    dipole.width[:, _R] *= 1.0 + 0.1 * severity
    dipole.size[:, _T] -= severity * rng.uniform(0.1, 0.3) * _LATERAL[:, None]
    dipole.st -= severity * rng.uniform(0.0, 0.1) * _LATERAL


_ANTERIOR = _towards(0.30, 0.05, -0.95)
_INFERIOR = _towards(-0.05, 1.00, 0.15)
_LATERAL = _towards(0.90, -0.30, 0.30)
_INFEROLATERAL = _towards(0.55, 0.70, 0.45)
_APEX = _towards(0.75, 0.50, -0.45)

_EFFECTS: dict[str, Callable[[Dipole, float, np.random.Generator], None]] = {
    "AMI": partial(_infarct, wall=_ANTERIOR),
    "IMI": partial(_infarct, wall=_INFERIOR),
    "LMI": partial(_infarct, wall=_LATERAL),
    "ILMI": partial(_infarct, wall=_INFEROLATERAL),
    "NDT": _flat_t,
    "ISC": _ischaemia,
    "STD": _st_depression,
    "RBBB": _right_bundle_branch_block,
    "LBBB": _left_bundle_branch_block,
    "LAFB": _left_anterior_fascicular_block,
    "AVB1": _first_degree_av_block,
    "LVH": _left_ventricular_hypertrophy,
}
