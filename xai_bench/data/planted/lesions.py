"""Changes of one kind that can be planted at a dose: of the heart's sources, or of no heart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from xai_bench.data.planted.sick_heart import sick_heart
from xai_bench.data.synthetic.heart import Heart, facing
from xai_bench.data.synthetic.pathology import SUBENDOCARDIAL, TERRITORIES, WALLS, early

__all__ = ["LESIONS", "Lesion"]

_Change = Callable[[Heart, np.random.Generator], Heart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """A change that is planted at a dose; its full picture is scaled linearly."""

    about: str
    superclass: str | None
    """Of a recording with it; None where it is irrelevant to any."""
    change: _Change | None = None
    """The heart with the full picture; the generator draws what differs between patients."""
    noise: str | None = None
    """What the electrodes pick up instead: one of `electrode_noise.NOISES`."""


def _st_elevation(heart: Heart, rng: np.random.Generator, *, territory: str) -> Heart:
    changed = heart.copy()
    changed.injury += facing(TERRITORIES[territory], 0.3)
    return changed


def _st_depression(heart: Heart, rng: np.random.Generator) -> Heart:
    changed = heart.copy()
    changed.injury -= facing(SUBENDOCARDIAL, 0.25)
    return changed


def _q_wave(heart: Heart, rng: np.random.Generator, *, territory: str) -> Heart:
    """What a territory does in the first 40 ms is lost, and the rest is seen through the hole."""
    changed = heart.copy()
    changed.force *= 1.0 - (TERRITORIES[territory] * early(heart))[:, None]
    return changed


def _t_inversion(heart: Heart, rng: np.random.Generator, *, wall: str) -> Heart:
    changed = heart.copy()
    changed.recovery -= facing(WALLS[wall], 0.5)
    return changed


def _finding(heart: Heart, rng: np.random.Generator, *, name: str) -> Heart:
    return sick_heart(heart, name, 1.0, rng)


def _long_qt(heart: Heart, rng: np.random.Generator) -> Heart:
    changed = heart.copy()
    changed.qt_interval += 0.08
    return changed


LESIONS: dict[str, Lesion] = {
    **{
        f"st-elevation-{place}": Lesion(
            about=f"injury current of the {place} wall: ST up over it, down opposite to it",
            superclass="MI",
            change=partial(_st_elevation, territory=place),
        )
        for place in TERRITORIES
    },
    "st-depression": Lesion(
        about="injury on the inside of the apical and lateral walls: ST away from them",
        superclass="STTC",
        change=_st_depression,
    ),
    **{
        f"q-wave-{place}": Lesion(
            about=f"the {place} wall is silent in the first 40 ms of QRS",
            superclass="MI",
            change=partial(_q_wave, territory=place),
        )
        for place in TERRITORIES
    },
    **{
        f"t-inversion-{place}": Lesion(
            about=f"the {place} wall recovers late: T away from it",
            superclass="STTC",
            change=partial(_t_inversion, wall=place),
        )
        for place in WALLS
    },
    "lvh": Lesion(
        about="more force of the left ventricle, with strain",
        superclass="HYP",
        change=partial(_finding, name="LVH"),
    ),
    "lbbb": Lesion(
        about="left bundle branch block, with the T that answers it",
        superclass="CD",
        change=partial(_finding, name="LBBB"),
    ),
    "rbbb": Lesion(
        about="right bundle branch block, with the T that answers it",
        superclass="CD",
        change=partial(_finding, name="RBBB"),
    ),
    "long-qt": Lesion(about="T comes 80 ms later", superclass="STTC", change=_long_qt),
    "mains": Lesion(about="50 Hz at every electrode", superclass=None, noise="mains-50"),
    "muscle": Lesion(about="muscle at every electrode", superclass=None, noise="muscle"),
    "wander": Lesion(about="drift below 0.5 Hz", superclass=None, noise="baseline wander"),
    "electrode-motion": Lesion(
        about="knocks and jumps of some electrodes", superclass=None, noise="electrode motion"
    ),
}
"""By name; the last four are controls, which no reader would call disease."""
