"""One heartbeat as thirteen waves, each a dipole (a direction in space) and a time course."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, auto

import numpy as np
from jaxtyping import Float64

__all__ = ["T_SHAPE", "T_WAVE", "Component", "Morphology"]


class Component(IntEnum):
    """The axis of waves; all have a Gaussian time course, but for ST, which is a plateau."""

    P_RIGHT = 0
    """Right atrium."""
    P_LEFT = auto()
    """Left atrium."""
    SEPTAL = auto()
    """First activation of the septum."""
    EARLY = auto()
    """Apex and anterior wall."""
    MAIN = auto()
    """Free wall of the left ventricle: the R wave."""
    BASAL = auto()
    """Base of the heart, last in the healthy: the S wave."""
    LATE = auto()
    """What is activated after all else; large in bundle branch block."""
    UNOPPOSED = auto()
    """Forces opposite an infarct, which nothing cancels any more: its Q wave."""
    NOTCH = auto()
    """A patient's own notch or slur."""
    ST = auto()
    """From the end of QRS to the peak of T."""
    T_EARLY = auto()
    T_LATE = auto()
    U = auto()


T_WAVE = [Component.T_EARLY, Component.T_LATE]
"""The two rows that are the T wave."""

T_SHAPE = np.array([[0.69], [0.45]])
"""Heights of these two in a T of height 1; it then rises in 50 ms (one SD) and falls in 33 ms."""


@dataclass(slots=True, kw_only=True, eq=False)
class Morphology:
    """The shape of a patient's beats; diseases edit a copy of it in place.

    Frank axes: x to the left, y to the feet, z to the back.
    """

    dipole: Float64[np.ndarray, "component 3"]
    """Peak of each component in millivolt."""
    centre: Float64[np.ndarray, " component"]
    """Seconds: P after its onset; QRS after R; T and U after the end of T, so negative for T."""
    width: Float64[np.ndarray, " component"]
    """Standard deviation in seconds (neither centre nor width is used for the plateau ST)."""
    voltage: float
    """Size of this heart's potentials relative to the average."""
    p_duration: float
    """Seconds."""
    pr_interval: float
    """Seconds from the onset of P to that of QRS."""
    qrs_onset: float
    """Seconds after R, negative."""
    qrs_end: float
    """Seconds after R."""
    qt_interval: float
    """Seconds from the onset of QRS to the end of T at 60 beats per minute."""

    @property
    def t_height(self) -> float:
        """Length of the T wave's dipole at its peak, millivolt."""
        return float(np.linalg.norm(self.dipole[T_WAVE].sum(axis=0)) / T_SHAPE.sum())

    def copy(self) -> Morphology:
        """A beat to edit, with arrays of its own."""
        return replace(
            self, dipole=self.dipole.copy(), centre=self.centre.copy(), width=self.width.copy()
        )
