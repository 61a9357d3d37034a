"""What disease does to the sources of the heart.

Which sources a disease reaches follows anatomy, and which leads it then shows in follows from
their place; nothing is drawn onto a lead. Sizes at full severity are in mV of dipole (ST, T), in
seconds (PR, QRS, QT) or shares of a source's force. They are by hand, for pictures like those that
the universal definition of infarction (Thygesen et al., Circulation 2018) and the AHA/ACCF/HRS
recommendations describe (Surawicz et al. 2009 for blocks, Rautaharju et al. 2009 for ST and T,
Hancock et al. 2009 for hypertrophy). That severity is one number from 0 to 1 is our invention.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.heart import (
    LEFT,
    RIGHT,
    SOURCES,
    T_HEIGHT,
    Heart,
    facing,
    spread,
    weights,
)

__all__ = ["SUBENDOCARDIAL", "TERRITORIES", "WALLS", "draw_severity", "early", "keep_gradient"]
__all__ += ["plant"]

PerSource = Float64[np.ndarray, " source"]


def draw_severity(rng: np.random.Generator, mildest: float) -> float:
    """Between the mildest that is planted and 1, the full picture."""
    return float(mildest + (1.0 - mildest) * rng.beta(1.6, 1.5))


def plant(healthy: Heart, finding: str, severity: float, rng: np.random.Generator) -> Heart:
    """The same heart with `finding` (a name in `cohort.FINDINGS`) of `severity`, 0..1.

    `rng` draws the character of the disease: an infarct's age and extent, the depth of T, ...
    """
    heart = healthy.copy()
    _EFFECTS[finding](heart, severity, rng)
    return heart


def keep_gradient(heart: Heart, before: Heart) -> None:
    """Let T answer a changed activation: it becomes discordant.

    The area under QRST depends on recovery alone (the ventricular gradient, Wilson et al. 1934);
    `_KEPT` of what activation changed in it is made up for by T.
    """
    areas = [(h.force * h.width[:, None]).sum(axis=0) for h in (heart, before)]
    heart.secondary -= _KEPT * (areas[0] - areas[1]) / _T_SECONDS


def _redirect(heart: Heart, name: str, share: float, affected: slice, *, turn: float) -> None:
    """Let excitation reach the `affected` sources as in `spread(name)`, by `share` of the way.

    Where it runs along the wall and not through it, forces turn (by `turn` of the way) towards
    its course and last longer.
    """
    before = heart.copy()
    usual, _ = spread("healthy").arrival()
    arrival, course = spread(name).arrival()
    later = np.maximum(arrival - usual, 0.0)[affected]
    heart.activation[affected] += share * later
    slowed = share * np.clip(later / _FULLY_SLOWED, 0.0, 1.0)
    heart.width[affected] *= 1.0 + 0.6 * slowed

    size = np.linalg.norm(heart.force[affected], axis=1, keepdims=True)
    turned = slowed[:, None] * turn
    force = (1.0 - turned) * heart.force[affected] + turned * size * course[affected]
    heart.force[affected] = (
        force * size / np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-6)
    )
    keep_gradient(heart, before)


def _infarct(
    heart: Heart, severity: float, rng: np.random.Generator, *, territory: PerSource
) -> None:
    """Sources of a territory fall silent, with injury (ST) and a changed T: acute, evolving, old.

    Q replaces R rather than being added to it: what is activated in the first 40 ms is lost,
    and the rest of the heart is seen through the hole. What is activated later, by detour, is
    lost in part.
    """
    stage = rng.choice(3, p=[0.15, 0.30, 0.55])
    depth, injury, t_change = rng.random(3)
    extent = np.clip(territory * rng.normal(1.0, 0.20, len(SOURCES)), 0.0, 1.0)

    dead = severity * (0.35 if stage == 0 else 1.0) * (0.80 + 0.20 * depth)
    heart.force *= 1.0 - (dead * extent * (0.55 + 0.45 * early(heart)))[:, None]
    heart.recovery *= 1.0 - 0.3 * dead * extent

    st = (0.10 + 0.22 * severity * injury, 0.05 + 0.12 * injury, 0.05 * injury)[stage]
    t = (0.25 * t_change, -0.30 - 0.30 * t_change, -0.10 - 0.30 * t_change)[stage]
    heart.injury += facing(extent, st if stage == 0 else severity * st)
    heart.recovery += facing(extent, severity * t)


def early(heart: Heart) -> PerSource:
    """How far each source is activated in the first 40 ms of QRS, where a loss shows as Q; 0..1."""
    return np.asarray(1.0 / (1.0 + np.exp((heart.activation - 0.048) / 0.006)))


def _flat_t(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """Nonspecific: T is lower, flat or inverted along its own direction."""
    share = severity * (0.7 + 0.9 * rng.random())
    # At least 0.2 mV, or a patient whose T is flat by nature could not be told from a sick one.
    height = float(np.linalg.norm(heart.t_dipole)) / T_HEIGHT
    kept = 1.0 - max(share, (0.15 + 0.15 * severity) / height)
    heart.recovery *= kept
    heart.secondary *= kept


def _ischaemia(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """T inversion over the anterior wall and apex, or over the lateral or the inferior wall."""
    t_depth, st_depth = rng.random(2)
    wall = _ISCHAEMIC[rng.choice(len(_ISCHAEMIC), p=[0.6, 0.25, 0.15])]
    heart.recovery -= facing(wall, severity * (0.7 + 0.6 * t_depth) * 0.50)
    heart.injury -= facing(wall, severity * st_depth * 0.12)


def _st_depression(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """Injury on the inside of the apical and lateral walls: ST away from them."""
    depth = (0.6 + 0.9 * severity) * (0.85 + 0.3 * rng.random())
    heart.injury -= facing(SUBENDOCARDIAL, 0.19 * depth)
    heart.recovery *= 1.0 - 0.35 * severity


def _right_bundle_branch_block(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """The right ventricle last, through muscle: R' in V1, a wide S in I and V6."""
    _redirect(heart, "RBBB", severity, RIGHT, turn=0.5)
    heart.force[RIGHT] *= 1.0 + severity * (0.2 + 0.5 * rng.random())
    # What is activated last also recovers last: T points away from the right ventricle.
    heart.secondary += severity * heart.voltage * np.array([0.08, 0.0, 0.20])
    heart.qt_interval += 0.020 * severity


def _left_bundle_branch_block(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """The septum from right to left and the left ventricle late: broad R in I and V6."""
    _redirect(heart, "LBBB", severity, LEFT, turn=0.65)
    heart.force[LEFT] *= 1.0 - severity * (0.05 + 0.30 * rng.random())
    heart.injury[LEFT] -= facing(_LATERAL, 0.12 * severity * heart.voltage)[LEFT]
    heart.pr_interval += 0.020 * severity
    heart.qt_interval += 0.035 * severity


def _left_anterior_fascicular_block(
    heart: Heart, severity: float, rng: np.random.Generator
) -> None:
    """The anterior and lateral walls last, from below: the axis turns up and to the left."""
    _redirect(heart, "LAFB", severity, LEFT, turn=0.40)
    upward = np.array([0.35, -0.90, 0.10])
    gain = 0.22 + 0.15 * rng.random()
    size = np.linalg.norm(heart.force, axis=1)
    heart.force += severity * gain * (_LATE_IN_LAFB * size)[:, None] * upward
    heart.force[_INFERIOR_ROWS] *= 1.0 - 0.35 * severity


def _first_degree_av_block(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """PR beyond 200 ms; nothing else changes."""
    slow = 0.205 + severity * (0.05 + 0.07 * rng.random())
    heart.pr_interval = max(slow, heart.pr_interval + 0.04 * severity)


def _left_ventricular_hypertrophy(heart: Heart, severity: float, rng: np.random.Generator) -> None:
    """More muscle, more voltage, activated a little later; repolarisation strained."""
    gain, back, t_strain, st_strain = rng.random(4)
    # What the muscle adds does not shrink with the voltage of a heart that was small before.
    heart.force[LEFT] *= 1.0 + severity * (0.30 + 0.5 * gain) / min(heart.voltage, 1.0)
    heart.force *= 1.0 + severity * (0.15 + 0.3 * back) * _BACK[:, None]
    heart.activation[LEFT] *= 1.0 + 0.10 * severity
    heart.recovery -= facing(_LATERAL, severity * (0.3 + 0.9 * t_strain) * 0.35)
    heart.injury -= facing(_LATERAL, severity * st_strain * 0.11)


_FULLY_SLOWED = 0.040  # seconds of delay after which excitation runs through muscle alone
_KEPT = 0.6  # share of the ventricular gradient that is kept: recovery changes with activation too
_T_SECONDS = 0.69 * 0.042 + 0.45 * 0.028  # area of a T of shape 1, as widths are those of sources

# The territories of the coronary arteries, by segment (Cerqueira et al. 2002).
_DESCENDING = weights(
    {"mid anterior": 1.0, "mid anteroseptal": 1.0, "apical anterior": 1.0, "apical septal": 1.0}
    | {"basal anteroseptal": 0.6, "basal anterior": 0.5, "apex": 0.7}
)
_RIGHT_CORONARY = weights(
    {"basal inferior": 0.9, "mid inferior": 1.0, "apical inferior": 1.0}
    | {"basal inferoseptal": 0.6, "mid inferoseptal": 0.5, "right apex": 0.2}
)
_CIRCUMFLEX = weights(
    {"basal anterolateral": 0.8, "mid anterolateral": 1.0, "apical lateral": 0.8}
    | {"basal inferolateral": 0.7, "mid inferolateral": 0.9}
)
_INFEROLATERAL = weights(
    {"basal inferior": 0.7, "mid inferior": 1.0, "apical inferior": 0.9, "apical lateral": 0.8}
    | {"basal inferolateral": 0.9, "mid inferolateral": 1.0}
)
_LATERAL = weights(
    {"mid anterolateral": 1.0, "mid inferolateral": 0.7, "apical lateral": 1.0}
    | {"basal anterolateral": 0.7, "apex": 0.3}
)
SUBENDOCARDIAL = weights(
    {"apex": 1.0, "apical": 0.8, "mid anterolateral": 0.7, "mid inferolateral": 0.5}
    | {"mid inferior": 0.5, "mid anterior": 0.4}
)
"""Share of each source whose inside is injured where all of the inside is short of blood."""
_ANTERIOR_AND_APEX = weights(
    {"mid anterior": 1.0, "apical anterior": 1.0, "apical lateral": 0.8, "apex": 1.0}
    | {"mid anterolateral": 0.8, "apical septal": 0.5, "mid anteroseptal": 0.5}
)
_ISCHAEMIC = (_ANTERIOR_AND_APEX, _LATERAL, _RIGHT_CORONARY)
TERRITORIES = {"anterior": _DESCENDING, "inferior": _RIGHT_CORONARY, "lateral": _CIRCUMFLEX}
"""Share of each source that an artery supplies: the descending, right coronary and circumflex."""
WALLS = {"anterior": _ANTERIOR_AND_APEX, "inferior": _RIGHT_CORONARY, "lateral": _LATERAL}
"""Share of each source in a wall whose recovery ischaemia changes."""
_LATE_IN_LAFB = weights(
    {"basal anterior": 1.0, "mid anterior": 1.0, "basal anterolateral": 1.0}
    | {"mid anterolateral": 1.0, "apical anterior": 0.6}
)
_BACK = weights({"basal inferolateral": 1.0, "basal anterolateral": 1.0, "basal inferior": 0.4})
_INFERIOR_ROWS = weights({"basal inferior": 1.0, "mid inferior": 1.0, "apical inferior": 1.0}) > 0

_EFFECTS: dict[str, Callable[[Heart, float, np.random.Generator], None]] = {
    "AMI": partial(_infarct, territory=_DESCENDING),
    "IMI": partial(_infarct, territory=_RIGHT_CORONARY),
    "LMI": partial(_infarct, territory=_CIRCUMFLEX),
    "ILMI": partial(_infarct, territory=_INFEROLATERAL),
    "NDT": _flat_t,
    "ISC": _ischaemia,
    "STD": _st_depression,
    "RBBB": _right_bundle_branch_block,
    "LBBB": _left_bundle_branch_block,
    "LAFB": _left_anterior_fascicular_block,
    "AVB1": _first_degree_av_block,
    "LVH": _left_ventricular_hypertrophy,
}
