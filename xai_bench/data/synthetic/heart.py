"""The heart as twenty sources fixed in its muscle: where they lie, and when each is activated."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

__all__ = ["DIRECTION", "LEFT", "POSITION", "RIGHT", "SOURCES", "T_HEIGHT", "Heart", "Spread"]
__all__ += ["along_and_across", "average_heart", "facing", "point_at", "spread", "weights"]

Vector = Float64[np.ndarray, "3"]
PerSource = Float64[np.ndarray, " source"]
Vectors = Float64[np.ndarray, "source 3"]


class _Source(NamedTuple):
    name: str
    along: float
    """cm from the middle of the left ventricle towards its apex."""
    radius: float
    """cm from its long axis."""
    angle: float
    """Degrees around the axis: 0 anterior, 90 lateral, 180 inferior, -90 septal."""
    tilt: float
    """How far the wall faces the apex."""
    force: float
    """Peak dipole while the wall is activated, mV."""
    delay: float
    """ms from the arrival of excitation at its inside to the peak."""
    width: float
    """Standard deviation of the activation, ms."""
    recovery: float
    """Dipole of the T wave, mV for a T of shape 1."""


# The 17 segments of the left ventricle (Cerqueira et al., Circulation 2002) and three of the right.
# Lengths are those of an adult heart. The last four columns were fitted by least squares
# (benchmarks/fit_heart.py) so that the average heart shows the amplitudes in each lead that were
# set by hand on ten healthy recordings of PTB-XL.
_TABLE = (
    _Source("basal anterior", -2.2, 2.8, 0.0, -0.05, 0.422, 16.1, 9.7, 0.060),
    _Source("basal anteroseptal", -2.2, 2.8, -60.0, -0.05, 0.229, 12.2, 6.4, 0.027),
    _Source("basal inferoseptal", -2.2, 2.8, -120.0, -0.05, 0.296, 25.8, 7.2, 0.030),
    _Source("basal inferior", -2.2, 2.8, 180.0, -0.05, 1.199, 17.4, 14.6, 0.059),
    _Source("basal inferolateral", -2.2, 2.8, 120.0, -0.05, 0.588, 19.7, 7.0, 0.077),
    _Source("basal anterolateral", -2.2, 2.8, 60.0, -0.05, 1.137, 15.7, 14.1, 0.076),
    _Source("mid anterior", 0.4, 2.7, 0.0, 0.15, 0.348, 7.5, 8.9, 0.074),
    _Source("mid anteroseptal", 0.4, 2.7, -60.0, 0.15, 0.217, 11.7, 6.6, 0.040),
    _Source("mid inferoseptal", 0.4, 2.7, -120.0, 0.15, 0.245, 12.8, 6.7, 0.040),
    _Source("mid inferior", 0.4, 2.7, 180.0, 0.15, 0.376, 18.9, 9.0, 0.066),
    _Source("mid inferolateral", 0.4, 2.7, 120.0, 0.15, 0.403, 7.7, 8.3, 0.081),
    _Source("mid anterolateral", 0.4, 2.7, 60.0, 0.15, 0.401, 18.7, 8.0, 0.082),
    _Source("apical anterior", 2.8, 1.8, 0.0, 0.55, 0.403, 4.1, 9.3, 0.100),
    _Source("apical septal", 2.8, 1.8, -90.0, 0.55, 0.227, 11.1, 6.2, 0.069),
    _Source("apical inferior", 2.8, 1.8, 180.0, 0.55, 0.369, 8.6, 7.6, 0.081),
    _Source("apical lateral", 2.8, 1.8, 90.0, 0.55, 0.406, 7.0, 8.3, 0.093),
    _Source("apex", 4.4, 0.0, 0.0, 1e6, 0.420, 4.4, 6.6, 0.124),
    _Source("right free wall", 1.2, 5.2, -97.0, 0.25, 0.205, 15.4, 5.5, 0.000),
    _Source("right apex", 3.0, 3.5, -110.0, 0.55, 0.236, 9.1, 5.8, 0.001),
    _Source("right outflow", -2.4, 4.4, -50.0, -0.40, 0.579, 29.9, 8.0, 0.000),
)

SOURCES = tuple(source.name for source in _TABLE)
"""Names along the source axis of every array here."""
LEFT, RIGHT = slice(0, 17), slice(17, 20)
"""The left ventricle with the septum, and the right one, along the source axis."""

T_HEIGHT = 1.14
"""Height of a T of shape 1: its two Gaussians are 0.69 and 0.45 high."""


def _unit(vectors: Float64[np.ndarray, "*any 3"]) -> Float64[np.ndarray, "*any 3"]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


# Frank axes: x to the left, y to the feet, z to the back.
_AXIS = _unit(np.array([0.66, 0.42, -0.62]))  # of the left ventricle, from base to apex
_INFERIOR = _unit(np.array([0.0, 1.0, 0.0]) - _AXIS[1] * _AXIS)
_LATERAL = np.cross(_AXIS, _INFERIOR)


def point_at(along: float, radius: float, angle: float) -> Vector:
    """Where `along` cm, `radius` cm and `angle` degrees lie, in cm along the Frank axes."""
    turn = np.deg2rad(angle)
    around = -np.cos(turn) * _INFERIOR + np.sin(turn) * _LATERAL
    return np.asarray(along * _AXIS + radius * around)


def along_and_across(
    points: Float64[np.ndarray, "*any 3"],
) -> tuple[Float64[np.ndarray, "*any"], Float64[np.ndarray, "*any 2"]]:
    """Of points in cm along the Frank axes: how far along the long axis of the left ventricle they
    lie, and where across it, towards anterior and towards lateral."""
    across = np.stack([-(points @ _INFERIOR), points @ _LATERAL], axis=-1)
    return np.asarray(points @ _AXIS), across


POSITION: Vectors = np.stack([point_at(s.along, s.radius, s.angle) for s in _TABLE])
"""cm from the middle of the left ventricle, Frank axes."""
DIRECTION: Vectors = _unit(np.stack([point_at(s.tilt, 1.0, s.angle) for s in _TABLE]))
"""Outward normal of each wall: the way excitation runs through it, from inside to outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where excitation enters the muscle, and how fast it goes on."""

    entries: tuple[tuple[tuple[float, float, float], float], ...]
    """(along cm, radius cm, angle degrees) of each point, and the second it is reached."""
    speed: float
    """cm/s along the inside of the heart."""

    def arrival(self) -> tuple[PerSource, Vectors]:
        """Seconds after the first entry at which each source is reached, and from where (unit)."""
        points = np.stack([point_at(*place) for place, _ in self.entries])
        way = POSITION[:, None] - points
        time = np.array([start for _, start in self.entries]) + (
            np.linalg.norm(way, axis=2) / self.speed
        )
        first = time.argmin(axis=1)
        rows = np.arange(len(SOURCES))
        course = way[rows, first]
        length = np.linalg.norm(course, axis=1, keepdims=True)
        return time[rows, first], np.asarray(course / np.maximum(length, 0.1))


_SEPTAL = ((0.4, 2.4, -70.0), 0.000)
_ANTERIOR = ((0.4, 2.2, 45.0), 0.006)
_POSTERIOR = ((0.4, 2.4, -168.0), 0.006)
_RIGHT = ((2.7, 3.2, -110.0), 0.012)
_RIGHT_SEPTAL = ((1.0, 3.0, -95.0), 0.000)
_FAST, _BLOCKED, _MUSCLE = 120.0, 82.0, 46.0  # cm/s: with Purkinje fibres, with few, without

_SPREADS = {
    "healthy": Spread(entries=(_SEPTAL, _ANTERIOR, _POSTERIOR, _RIGHT), speed=_FAST),
    "LAFB": Spread(entries=(_SEPTAL, _POSTERIOR, _RIGHT), speed=_FAST),
    "LBBB": Spread(entries=(_RIGHT_SEPTAL,), speed=_BLOCKED),
    "RBBB": Spread(entries=(_SEPTAL, _ANTERIOR, _POSTERIOR), speed=_MUSCLE),
}


def spread(name: str) -> Spread:
    """How excitation spreads in the healthy (Durrer et al., Circulation 1970) or in a block."""
    return _SPREADS[name]


def weights(shares: dict[str, float]) -> PerSource:
    """A value for each source: that of a key that is its name or begins it, else 0.

    >>> weights({"apical": 1.0, "mid inferior": 0.5})
    """
    found = np.zeros(len(SOURCES))
    for key, share in shares.items():
        named = [name == key or name.startswith(f"{key} ") for name in SOURCES]
        assert any(named), key
        found[named] = share
    return found


def facing(shares: PerSource, size: float) -> PerSource:
    """Values for each source, as `shares` to each other, whose dipoles sum to `size` in mV."""
    return np.asarray(size * shares / np.linalg.norm(shares @ DIRECTION))


@dataclass(slots=True, kw_only=True, eq=False)
class Heart:
    """The electrical state of a heart, the same in every beat; diseases edit a copy in place."""

    activation: PerSource
    """Seconds from the onset of QRS to the peak of each source."""
    width: PerSource
    """Standard deviation of each source's activation, seconds."""
    force: Vectors
    """Dipole at the peak of activation, mV."""
    injury: PerSource
    """Dipole along `DIRECTION` from the end of QRS to the peak of T, mV: the ST segment."""
    recovery: PerSource
    """Dipole along `DIRECTION` of the T wave, mV for a T of shape 1."""
    secondary: Vector
    """Dipole of T that answers a changed activation, mV for a T of shape 1."""
    atria: Float64[np.ndarray, "2 3"]
    """Dipoles of the right and the left atrium: the P wave, mV."""
    u_wave: Vector
    """Dipole after T, mV."""
    voltage: float
    """Size of this heart's potentials relative to the average."""
    p_duration: float
    """Seconds; 0 where there is no P wave."""
    pr_interval: float
    """Seconds from the onset of P to that of QRS."""
    qt_interval: float
    """Seconds from the onset of QRS to the end of T at 60 beats per minute."""
    t_stretch: float
    """Duration of T relative to the average."""

    @property
    def qrs_duration(self) -> float:
        """Seconds from the onset of QRS until the last source of note is activated."""
        active = np.linalg.norm(self.force, axis=1) > 0.04
        return float((self.activation + 2.2 * self.width)[active].max(initial=0.0))

    @property
    def t_dipole(self) -> Vector:
        """Dipole at the peak of T, mV."""
        return np.asarray(T_HEIGHT * (self.recovery @ DIRECTION + self.secondary))

    def copy(self) -> Heart:
        """A heart to edit, with arrays of its own."""
        return deepcopy(self)


def average_heart() -> Heart:
    """The heart that patients vary around."""
    force, delay, width, recovery = (
        np.array([getattr(s, name) for s in _TABLE])
        for name in ("force", "delay", "width", "recovery")
    )
    arrival, _ = _SPREADS["healthy"].arrival()
    return Heart(
        activation=arrival + delay / 1000,
        width=width / 1000,
        force=force[:, None] * DIRECTION,
        injury=np.where(recovery > 0, 0.006, 0.0),
        recovery=recovery,
        secondary=np.zeros(3),
        atria=np.array([[0.070, 0.075, -0.020], [0.120, 0.050, 0.030]]),
        u_wave=np.array([0.008, 0.010, -0.012]),
        voltage=1.0,
        p_duration=0.110,
        pr_interval=0.156,
        qt_interval=0.395,
        t_stretch=1.0,
    )
