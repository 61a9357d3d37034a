"""From sources in the chest, or potentials on its skin, to twelve leads that obey Einthoven."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int16

from xai_bench.data.synthetic.heart import POSITION

__all__ = ["DOWER", "LeadField", "draw_lead_field", "from_electrodes", "lead_field", "lead_vectors"]
__all__ += ["quantised", "twelve"]

DOWER = np.array(
    [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
)
"""Leads I, II, V1..V6 of a dipole along the Frank axes in the heart's middle (Dower et al.,
J. Electrocardiol. 1980)."""
_DOWER = DOWER.copy()
_DOWER[0] *= 1.18  # Dower's lead I is too small beside recordings of PTB-XL
_LIMBS = slice(0, 2)
_CHEST = slice(2, 8)
_REMOTE = slice(4, 8)  # V3..V6

# Where V1..V6 lie, cm from the heart's middle along the Frank axes, in an adult chest.
_ELECTRODES = np.array(
    [
        [-4.5, -3.0, -8.5],
        [1.5, -3.0, -9.5],
        [5.0, -1.0, -9.5],
        [8.5, 1.0, -8.0],
        [11.5, 1.0, -4.0],
        [12.5, 1.0, 1.0],
    ]
)
_NEARNESS = 0.35  # how far a chest lead looks at a source rather than along Dower's direction
_BREATH_DEGREES = (0.5, 2.5, 1.5)  # turn of the heart from mid to full breath, about x, y, z
_BREATH_CM = np.array([0.0, 0.6, 0.0])  # the diaphragm draws it down

_LIMIT_MILLIVOLT = 10.0  # beyond any heart's; keeps III = II - I within 16 bits

Matrix = Float64[np.ndarray, "3 3"]


def lead_vectors(
    electrodes: Float64[np.ndarray, "6 3"],
    turned: Matrix,
    shift: Float64[np.ndarray, "3"],
) -> Float64[np.ndarray, "8 source 3"]:
    """What each lead sees of a dipole in each source: potential = vector . dipole.

    Limb leads are far away and see all sources alike (Dower). A chest lead sees a source more,
    and more in its own direction, the nearer it is: Dower's vector, scaled by the inverse of the
    distance relative to that of the heart's middle, and turned a third of the way towards the
    line of sight. An average over the sources is close to Dower again.
    """
    # Sources move with the heart; a dipole given in the heart's own axes is turned with it.
    place = POSITION @ turned.T + shift
    fields = np.repeat(_DOWER[:, None], len(place), axis=1)
    sight = electrodes[:, None] - place
    distance = np.linalg.norm(sight, axis=2, keepdims=True)
    gain = np.linalg.norm(_DOWER[_CHEST], axis=1)[:, None, None]
    toward = (1 - _NEARNESS) * _DOWER[_CHEST][:, None] / gain + _NEARNESS * sight / distance
    toward /= np.linalg.norm(toward, axis=2, keepdims=True)
    usual = np.linalg.norm(_ELECTRODES, axis=1)[:, None, None]
    fields[_CHEST] = gain * usual / np.maximum(distance, 3.0) * toward
    return np.asarray(fields @ turned)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeadField:
    """How one patient's torso, and the electrodes on it, see the heart (leads I, II, V1..V6)."""

    sources: Float64[np.ndarray, "8 source 3"]
    breath: Float64[np.ndarray, "8 source 3"]
    """What a full breath adds to it."""
    middle: Float64[np.ndarray, "8 3"]
    """Of a dipole in the heart's middle."""
    atria: Float64[np.ndarray, "8 3"]


def draw_lead_field(rng: np.random.Generator, age: float) -> LeadField:
    """A torso with its own gains and electrode sites, and a heart turned and shifted within it.

    The axis turns to the left with age, by a quarter of a degree a year.
    """
    degrees = rng.normal([0.0, 0.0, -0.25 * (age - 58.0)], [8.0, 13.0, 18.0])
    shift = rng.normal(0.0, 0.8, 3)
    moved = rng.normal(0.0, 1.0, (6, 3))
    gain = np.ones((8, 1))
    gain[_CHEST] = np.exp(rng.normal(0.0, 0.12, (6, 1)))
    gain[_LIMBS] = np.exp(rng.normal(0.0, 0.06, (2, 1)))
    return lead_field(degrees=degrees, shift=shift, moved=moved, gain=gain)


def lead_field(
    *,
    degrees: Float64[np.ndarray, "3"],
    shift: Float64[np.ndarray, "3"],
    moved: Float64[np.ndarray, "6 3"],
    gain: Float64[np.ndarray, "8 1"],
) -> LeadField:
    """The field of a heart turned by `degrees` about x, y, z and shifted by cm within its torso.

    moved: cm by which V1..V6 lie off their usual sites. gain: of each lead beside the usual one.
    """
    electrodes = _ELECTRODES + moved
    rest = _rotation(degrees)
    sources = lead_vectors(electrodes, rest, shift)
    breathed = lead_vectors(electrodes, _rotation(degrees + _BREATH_DEGREES), shift + _BREATH_CM)
    middle = gain * (_DOWER @ rest)
    atria = middle.copy()
    # The atria are far from the left chest, where one dipole would show too much of them.
    atria[_REMOTE] *= 0.5
    return LeadField(
        sources=gain[:, None] * sources,
        breath=gain[:, None] * (breathed - sources),
        middle=middle,
        atria=atria,
    )


def _rotation(degrees: Float64[np.ndarray, "3"]) -> Matrix:
    x, y, z = np.deg2rad(degrees)
    return np.asarray(_turn(z, 2) @ _turn(y, 1) @ _turn(x, 0))


def _turn(angle: float, axis: int) -> Matrix:
    """Rotation by `angle` (radian) about Frank axis `axis`, right-handed."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.eye(3)
    rotation[[i, j], [i, j]] = np.cos(angle)
    rotation[i, j], rotation[j, i] = -np.sin(angle), np.sin(angle)
    return rotation


def from_electrodes(
    potential: Float64[np.ndarray, "9 time"],
) -> Float64[np.ndarray, "8 time"]:
    """Potentials at RA, LA, LL, V1..V6 as leads I, II, V1..V6 (same unit)."""
    right_arm, left_arm, left_leg = potential[:3]
    chest = potential[3:] - potential[:3].mean(axis=0)  # Wilson's central terminal
    return np.concatenate([[left_arm - right_arm, left_leg - right_arm], chest])


def twelve(eight: Float64[np.ndarray, "8 time"]) -> Float64[np.ndarray, "12 time"]:
    """Leads I, II, V1..V6 completed to all twelve in canonical order (Einthoven, Goldberger)."""
    one, two = eight[_LIMBS]
    return np.concatenate(
        [[one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2], eight[_CHEST]]
    )


def quantised(millivolt: Float64[np.ndarray, "8 time"]) -> Int16[np.ndarray, "12 time"]:
    """All twelve leads in whole microvolt, in which the lead identities hold without error."""
    microvolt = 1000 * np.clip(millivolt, -_LIMIT_MILLIVOLT, _LIMIT_MILLIVOLT)
    # The augmented leads halve I and II, so these two lie on an even grid.
    microvolt[_LIMBS] = 2 * np.rint(microvolt[_LIMBS] / 2)
    return twelve(np.rint(microvolt)).astype(np.int16)
