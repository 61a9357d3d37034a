"""From dipoles in the chest, or potentials on its skin, to twelve leads that obey Einthoven."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int16

from xai_bench.data.synthetic.morphology import Component

__all__ = ["LeadField", "draw_lead_field", "from_electrodes", "quantised", "twelve"]

# Dower et al. 1980: leads I, II, V1..V6 of a dipole along the Frank axes.
_DOWER = np.array(
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
_LIMBS = slice(0, 2)
_CHEST = slice(2, 8)
_REMOTE = slice(4, 8)  # V3..V6

_LIMIT_MILLIVOLT = 10.0  # beyond any heart's; keeps III = II - I within 16 bits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeadField:
    """How one patient's torso, and the electrodes on it, see the components of a beat."""

    matrix: Float64[np.ndarray, "8 3"]
    """Leads I, II, V1..V6 of a dipole along the Frank axes (no unit)."""
    residual: Float64[np.ndarray, "8 component"]
    """What no single dipole explains, as a share of each component's strength."""

    def project(
        self, dipole: Float64[np.ndarray, "*beats component 3"]
    ) -> Float64[np.ndarray, "*beats 8 component"]:
        """Peak of each component in each lead, millivolt."""
        strength = np.linalg.norm(dipole, axis=-1)[..., None, :]
        peak = self.matrix @ np.swapaxes(dipole, -1, -2) + self.residual * strength
        # The atria are far from the left chest, where one dipole would show too much of them.
        peak[..., _REMOTE, [Component.P_RIGHT, Component.P_LEFT]] *= 0.5
        return np.asarray(peak)


def draw_lead_field(rng: np.random.Generator, age: float) -> LeadField:
    """A torso with its own gains and electrode sites, and a heart turned within it.

    The axis turns to the left with age, by a quarter of a degree a year.
    """
    x, y, z = np.deg2rad(rng.normal([0.0, 0.0, -0.25 * (age - 58.0)], [8.0, 13.0, 18.0]))
    matrix = _DOWER.copy()
    matrix[_CHEST] *= np.exp(rng.normal(0.0, 0.16, (6, 1)))
    matrix[_CHEST] += (
        0.10 * rng.normal(size=(6, 3)) * np.linalg.norm(_DOWER[_CHEST], axis=1)[:, None]
    )
    matrix[_LIMBS] *= np.exp(rng.normal(0.0, 0.06, (2, 1)))
    matrix[0] *= 1.18  # Dower's lead I is too small beside recordings of PTB-XL
    return LeadField(
        matrix=matrix @ _turn(z, 2) @ _turn(y, 1) @ _turn(x, 0),
        residual=rng.normal(0.0, 0.05, (8, len(Component))),
    )


def _turn(angle: float, axis: int) -> Float64[np.ndarray, "3 3"]:
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
