"""What disease does to the components of a beat."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.morphology import T_SHAPE, T_WAVE, Component, Morphology

__all__ = ["draw_severity", "plant"]

_MILDEST = 0.12  # milder disease can hardly be told from none; a few of these leave no evidence


def draw_severity(rng: np.random.Generator) -> float:
    """Between the mildest that is planted and 1, the full picture."""
    return float(_MILDEST + (1.0 - _MILDEST) * rng.beta(1.6, 1.5))


def plant(
    healthy: Morphology, finding: str, severity: float, rng: np.random.Generator
) -> Morphology:
    """The beat of the same heart with `finding` (a name in `cohort.FINDINGS`) of `severity`, 0..1.

    `rng` draws the character of the disease: an infarct's age and place, the depth of its Q, ...
    """
    beat = healthy.copy()
    _EFFECTS[finding](beat, severity, rng)
    return beat


def _infarct(
    beat: Morphology,
    severity: float,
    rng: np.random.Generator,
    *,
    wall: tuple[float, float, float],
) -> None:
    """Loss of the forces towards a wall, with injury (ST) and a changed T: acute, evolving, old."""
    direction = _unit(np.array(wall) + rng.normal(0.0, 0.18, 3))
    stage = rng.choice(3, p=[0.15, 0.30, 0.55])
    depth, injury, t_change = rng.random(3)

    # The wall falls silent from the first moment on: its part of the initial forces is taken
    # away, and what remains is the opposite wall's, which nothing cancels any more.
    dead = severity * (0.35 if stage == 0 else 1.0)
    for component, share in (
        (Component.SEPTAL, 1.0),
        (Component.EARLY, 1.0),
        (Component.MAIN, 0.35 + 0.25 * depth),
        (Component.NOTCH, 1.0),
    ):
        towards_wall = max(float(beat.dipole[component] @ direction), 0.0)
        beat.dipole[component] -= dead * share * towards_wall * direction
    size = beat.voltage * 1.5  # mV, an average R in space
    beat.dipole[Component.UNOPPOSED] -= dead * (0.20 + 0.30 * depth) * size * direction

    st = (0.10 + 0.22 * severity * injury, 0.05 + 0.12 * injury, 0.05 * injury)[stage]
    t = (0.25 * t_change, -0.30 - 0.30 * t_change, -0.10 - 0.30 * t_change)[stage]
    beat.dipole[Component.ST] += (st if stage == 0 else severity * st) * direction
    beat.dipole[T_WAVE] += severity * t * T_SHAPE * direction


def _flat_t(beat: Morphology, severity: float, rng: np.random.Generator) -> None:
    """Nonspecific: T is lower, flat or inverted along its own direction."""
    share = severity * (0.7 + 0.9 * rng.random())
    # At least 0.2 mV, or a patient whose T is flat by nature could not be told from a sick one.
    beat.dipole[T_WAVE] *= 1.0 - max(share, (0.15 + 0.15 * severity) / beat.t_height)


def _ischaemia(beat: Morphology, severity: float, rng: np.random.Generator) -> None:
    """T inversion in the anterolateral leads."""
    t_depth, st_depth = rng.random(2)
    beat.dipole[T_WAVE] -= (
        severity * (0.7 + 0.6 * t_depth) * T_SHAPE * np.array([0.40, 0.20, -0.22])
    )
    beat.dipole[Component.ST] -= severity * st_depth * np.array([0.09, 0.06, -0.05])


def _st_depression(beat: Morphology, severity: float, rng: np.random.Generator) -> None:
    depth = (0.6 + 0.9 * severity) * (0.85 + 0.3 * rng.random())
    beat.dipole[Component.ST] -= depth * np.array([0.13, 0.11, -0.08])
    beat.dipole[T_WAVE] *= 1.0 - 0.35 * severity


def _right_bundle_branch_block(beat: Morphology, severity: float, rng: np.random.Generator) -> None:
    """The right ventricle last: R' in V1, a wide S in I and V6."""
    size = severity * beat.voltage
    beat.dipole[Component.LATE] += size * (0.7 + 0.6 * rng.random()) * _RIGHTWARD
    beat.dipole[Component.BASAL] *= 1.0 - 0.5 * severity
    beat.dipole[T_WAVE] += size * T_SHAPE * np.array([0.10, 0.0, 0.24])
    beat.centre[Component.LATE] += 0.020 * severity
    beat.width[Component.LATE] *= 1.0 + 1.0 * severity
    beat.qrs_end += 0.045 * severity
    beat.qt_interval += 0.020 * severity


def _left_bundle_branch_block(beat: Morphology, severity: float, rng: np.random.Generator) -> None:
    """The septum backwards and the left ventricle late: broad R in I and V6, deep S in V1."""
    size = severity * beat.voltage
    beat.dipole[Component.SEPTAL] *= 1.0 - 1.3 * severity
    beat.dipole[Component.EARLY] *= 1.0 - 0.8 * severity
    beat.dipole[Component.MAIN] += size * np.array([-0.10, -0.35, 0.25])
    beat.dipole[Component.LATE] += size * (0.9 + 0.4 * rng.random()) * _LEFTWARD
    beat.dipole[T_WAVE] *= 1.0 - 0.5 * severity
    beat.dipole[T_WAVE] -= 0.75 * size * T_SHAPE * _LEFTWARD
    beat.dipole[Component.ST] -= 0.16 * size * _LEFTWARD
    beat.centre[Component.BASAL] += 0.018 * severity
    beat.centre[Component.LATE] += 0.020 * severity
    for component, stretch in (
        (Component.MAIN, 0.75),
        (Component.BASAL, 0.90),
        (Component.LATE, 1.20),
    ):
        beat.width[component] *= 1.0 + stretch * severity
    beat.qrs_end += 0.050 * severity
    beat.pr_interval += 0.020 * severity
    beat.qt_interval += 0.035 * severity


def _left_anterior_fascicular_block(
    beat: Morphology, severity: float, rng: np.random.Generator
) -> None:
    """The anterior wall last: the axis turns up and to the left."""
    size = severity * beat.voltage
    beat.dipole[Component.SEPTAL] += size * np.array([-0.10, 0.22, 0.0])
    beat.dipole[Component.MAIN, 1] *= 1.0 - 0.5 * severity
    beat.dipole[Component.BASAL] += (
        size * (0.85 + 0.3 * rng.random()) * np.array([0.3, -0.75, 0.05])
    )
    beat.width[Component.BASAL] *= 1.0 + 0.25 * severity


def _left_ventricular_hypertrophy(
    beat: Morphology, severity: float, rng: np.random.Generator
) -> None:
    """More muscle, more voltage; repolarisation strained."""
    r_gain, s_gain, t_strain, st_strain = rng.random(4)
    # What the muscle adds does not shrink with the voltage of a heart that was small before.
    beat.dipole[Component.MAIN] *= 1.0 + severity * (0.35 + 0.6 * r_gain) / min(beat.voltage, 1.0)
    beat.dipole[Component.MAIN, 2] += 0.22 * severity
    beat.dipole[Component.BASAL] *= 1.0 + severity * (0.3 + 0.4 * s_gain)
    beat.dipole[T_WAVE] -= (
        severity * (0.3 + 0.9 * t_strain) * T_SHAPE * np.array([0.34, 0.10, -0.02])
    )
    beat.dipole[Component.ST] -= severity * st_strain * np.array([0.10, 0.03, 0.03])


def _unit(vector: Float64[np.ndarray, " 3"]) -> Float64[np.ndarray, " 3"]:
    return np.asarray(vector / np.linalg.norm(vector))


# Directions in Frank axes (left, down, back); lengths in mV in a heart of average voltage.
_RIGHTWARD = np.array([-0.55, -0.05, -0.55])
_LEFTWARD = np.array([0.55, 0.05, 0.62])

_EFFECTS: dict[str, Callable[[Morphology, float, np.random.Generator], None]] = {
    "AMI": partial(_infarct, wall=(0.30, 0.0, -1.0)),
    "IMI": partial(_infarct, wall=(-0.15, 1.0, 0.12)),
    "LMI": partial(_infarct, wall=(1.0, -0.35, 0.10)),
    "ILMI": partial(_infarct, wall=(0.65, 0.75, 0.30)),
    "NDT": _flat_t,
    "ISC": _ischaemia,
    "STD": _st_depression,
    "RBBB": _right_bundle_branch_block,
    "LBBB": _left_bundle_branch_block,
    "LAFB": _left_anterior_fascicular_block,
    "LVH": _left_ventricular_hypertrophy,
}
