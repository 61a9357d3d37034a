"""The heart as one dipole that moves in space: the z of McSharry's equations, three times.

Each component is driven by Gaussians of the angle t of the cycle, as in Sameni et al. (EURASIP J.
Adv. Signal Process. 2007, 43407) rather than one voltage by five:

    dd/dt = - sum_i w A_i / b_i^2 u_i exp(-u_i^2 / (2 b_i^2)),   u_i = t - t_i in [-pi, pi),

whose solution is d = sum_i A_i exp(-u_i^2 / (2 b_i^2)), a wave of A_i millivolt at angle t_i
however fast the heart beats. McSharry's -(d - d_0) is left out: it draws the trace to the breath's
wander within a second, as a recorder's high-pass filter does, and would spread what is planted over
samples where nothing is. ST is driven alike, up where QRS ends and down before T.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float64, Int8

from xai_bench.types import WAVES

__all__ = ["BELLS", "Dipole", "average_dipole"]

BELLS = ("P", "Q", "R", "S", "late", "T rise", "T fall")
"""Names along the last axis; `late` is what blocks delay beyond S, and 0 in the healthy."""
REACH = 3.0
"""Standard deviations on either side of its middle over which a wave is said to last."""
_OF_WAVE = {"P": ("P",), "QRS": ("Q", "R", "S", "late"), "T": ("T rise", "T fall")}
_RISE, _FALL = 0.06, 0.20  # radian (SD) in which ST comes and goes at 60 beats a minute

PerBell = Float64[np.ndarray, "3 bell"]
Vector = Float64[np.ndarray, "3"]

# Frank axes: x to the left, y to the feet, z to the back. Angles and widths in radian at 60 beats a
# minute, 159 ms each; sizes in millivolt. By hand, for the loops of a healthy adult: first forces
# forward and to the right, the main one left and down, the last one back and up; narrower than the
# paper's, whose QRS lasts 190 ms by the rule of three SD.
_ANGLE = (-1.22, -0.17, 0.0, 0.17, 0.36, 1.52, 1.80)
_WIDTH = (0.125, 0.05, 0.07, 0.06, 0.075, 0.24, 0.17)
_SIZE = (
    (0.060, -0.12, 1.20, 0.05, 0.0, 0.17, 0.17),
    (0.100, -0.06, 0.85, -0.15, 0.0, 0.11, 0.11),
    (-0.015, -0.28, 0.20, 0.55, 0.0, -0.11, -0.11),
)


@dataclass(slots=True, kw_only=True, eq=False)
class Dipole:
    """One person's dipole, the same in every beat; findings edit a copy in place."""

    angle: PerBell
    """Radian after R at which each Gaussian of each component is highest."""
    width: PerBell
    """Standard deviations, radian."""
    size: PerBell
    """Millivolt."""
    st: Vector
    """Of the plateau between QRS and T, millivolt."""

    def copy(self) -> Dipole:
        """A dipole to edit, with arrays of its own."""
        return deepcopy(self)

    def at_rate(self, heart_rate: float) -> Dipole:
        """The same heart at another rate: the paper's scaling of angles and widths.

        With h = sqrt(rate / 60): widths and QRS angles times h, those of P and T times sqrt(h).
        """
        h = np.sqrt(heart_rate / 60.0)
        turned = np.array([h if name in _OF_WAVE["QRS"] else np.sqrt(h) for name in BELLS])
        return Dipole(
            angle=self.angle * turned, width=self.width * h, size=self.size.copy(), st=self.st
        )

    def span(self, wave: str) -> tuple[float, float]:
        """Angles at which "P", "QRS" or "T" begins and ends: 3 SD around its Gaussians."""
        bells = [BELLS.index(name) for name in _OF_WAVE[wave]]
        bells = [bell for bell in bells if np.abs(self.size[:, bell]).max() > 0]
        if not bells:
            return 0.0, 0.0
        middle, reach = self.angle[:, bells], REACH * self.width[:, bells]
        return float((middle - reach).min()), float((middle + reach).max())

    def course(
        self, angle: Float64[np.ndarray, " time"], blur: Float64[np.ndarray, " time"] | float = 0.0
    ) -> Float64[np.ndarray, "3 time"]:
        """Millivolt at angles in radian, seen through a Gaussian filter of SD `blur` radian.

        Convolved in closed form: variances add, the area stays.
        """
        width = np.hypot(self.width[:, :, None], blur)
        away = _wrapped(angle - self.angle[:, :, None])
        bells = np.exp(-0.5 * (away / width) ** 2) * (self.width[:, :, None] / width)
        course = (self.size[:, :, None] * bells).sum(axis=1)
        up, down, scale = self._st_edges()
        rise, fall = np.hypot(_RISE * scale, blur), np.hypot(_FALL * scale, blur)
        ndtr = scipy.special.ndtr
        course += self.st[:, None] * (ndtr((angle - up) / rise) - ndtr((angle - down) / fall))
        return np.asarray(course)

    def label(self, angle: Float64[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """The wave at each angle, as an index into `types.WAVES`; TP between beats."""
        (p, p_end), (q, j), (t, t_end) = (self.span(wave) for wave in ("P", "QRS", "T"))
        labels = np.full(len(angle), WAVES.index("TP"), dtype=np.int8)
        for wave, first, last in (
            *(("T", t, t_end), ("P", p, p_end), ("PR", p_end, max(q, p_end))),
            *(("ST", j, max(t, j)), ("QRS", q, j)),
        ):
            labels[np.mod(angle - first, 2 * np.pi) < last - first] = WAVES.index(wave)
        return labels

    def _st_edges(self) -> tuple[float, float, float]:
        """Middle of the rise at the end of QRS, of the fall before T's peak; widths' scale."""
        scale = float(self.width[0, BELLS.index("T fall")] / _WIDTH[BELLS.index("T fall")])
        return self.span("QRS")[1], float(self.angle[0, BELLS.index("T rise")]), scale


def _wrapped(angle: Float64[np.ndarray, "*any"]) -> Float64[np.ndarray, "*any"]:
    return np.asarray(np.mod(angle + np.pi, 2 * np.pi) - np.pi)


def average_dipole() -> Dipole:
    """The dipole that subjects vary around, at 60 beats a minute."""
    return Dipole(
        angle=np.tile(np.array(_ANGLE), (3, 1)),
        width=np.tile(np.array(_WIDTH), (3, 1)),
        size=np.array(_SIZE),
        st=np.zeros(3),
    )
