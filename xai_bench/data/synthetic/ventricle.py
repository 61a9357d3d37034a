"""Excitation that runs through muscle: arrival times by the eikonal equation on a coarse heart.

`heart.Spread` lets excitation run in straight lines, across the cavities too. Here it keeps to the
wall: the left ventricle is a shell around the 17 segments, the right one a second shell beside it,
and the time t at which a point is reached obeys speed |grad t| = 1 inside them. It is solved as
shortest ways (Dijkstra 1959) over cubes of muscle that are joined to every neighbour within four
edges, which leaves a way at most 3 % too long; Geodesic-BP (Grandits et al. 2023) solves the same
equation, with the direction of fibres, and differentiates it.
"""

from __future__ import annotations

from itertools import product
from math import gcd
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from xai_bench.data.synthetic.heart import POSITION, Spread, along_and_across, point_at

__all__ = ["Muscle", "ventricles"]

Steps = tuple[int, ...]

_EDGE = 0.2  # cm
_REACH = 4  # edges
# Semi-axes of the ellipsoids in the middle of either wall, in cm along and from the long axis, how
# far towards the base their middles lie, and how thick the wall is.
_LEFT, _RIGHT = (5.6, 2.85), (4.6, 3.2)
_MIDDLE, _BASE = -1.0, -3.2
_LEFT_WALL, _RIGHT_WALL = 1.0, 0.7
_OFF_AXIS, _TOWARDS = 2.0, -97.0  # cm and degrees by which the right ventricle lies beside the left


@final
class Muscle:
    """Cubes of muscle and the ways between them."""

    def __init__(
        self, inside: Bool[np.ndarray, "x y z"], origin: Float64[np.ndarray, "1 3"], edge: float
    ) -> None:
        """inside: cubes that are muscle; origin: centre (1, 3) of the first; edge in cm."""
        self._points: Float64[np.ndarray, "cube 3"] = origin + edge * np.argwhere(inside)
        self._ways = _ways(inside, edge)

    def arrival(
        self,
        entries: Float64[np.ndarray, "entry 3"],
        starts: Float64[np.ndarray, " entry"],
        speed: float,
    ) -> Float64[np.ndarray, " cube"]:
        """Seconds at which each cube is reached; inf where no muscle leads there.

        entries: cm, each taken to the nearest cube; starts: seconds; speed: cm/s.
        """
        first = self.nearest(entries)
        seconds = dijkstra(self._ways, indices=first) / speed
        return np.asarray((starts[:, None] + seconds).min(axis=0))

    def nearest(self, points: Float64[np.ndarray, "point 3"]) -> Int64[np.ndarray, " point"]:
        """The cube that each of these points lies in, or is nearest to."""
        away = np.linalg.norm(points[:, None] - self._points, axis=2)
        return np.asarray(away.argmin(axis=1))

    @property
    def points(self) -> Float64[np.ndarray, "cube 3"]:
        """Centres of the cubes, cm."""
        return self._points

    def reaches(self, spread: Spread) -> Float64[np.ndarray, " source"]:
        """Seconds after the first entry at which each source of the heart is reached."""
        entries = np.stack([point_at(*where) for where, _ in spread.entries])
        starts = np.array([start for _, start in spread.entries])
        return np.asarray(self.arrival(entries, starts, spread.speed)[self.nearest(POSITION)])


def ventricles() -> Muscle:
    """Both ventricles in Frank axes, cm from the middle of the left one."""
    low = np.full(3, -9.0)
    count = round(18.0 / _EDGE)
    grid = low + _EDGE * np.stack(np.meshgrid(*[np.arange(count)] * 3, indexing="ij"), axis=-1)
    along, across = along_and_across(grid)
    middle = _OFF_AXIS * _across(_TOWARDS)
    depth = _depth(along, np.linalg.norm(across, axis=-1), *_LEFT)
    left = np.abs(depth) <= _LEFT_WALL / 2
    beside = _depth(along, np.linalg.norm(across - middle, axis=-1), *_RIGHT)
    right = (np.abs(beside) <= _RIGHT_WALL / 2) & (depth > 0)
    inside = (left | right) & (along >= _BASE)
    corner = np.argwhere(inside).min(axis=0)
    box = tuple(
        slice(a, b + 1) for a, b in zip(corner, np.argwhere(inside).max(axis=0), strict=True)
    )
    return Muscle(inside[box], (low + _EDGE * corner)[None], _EDGE)


def _across(angle: float) -> Float64[np.ndarray, "2"]:
    """Unit vector at an angle around the axis: towards anterior and lateral."""
    return np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])


def _depth(
    along: Float64[np.ndarray, "x y z"],
    radius: Float64[np.ndarray, "x y z"],
    long: float,
    short: float,
) -> Float64[np.ndarray, "x y z"]:
    """About how far outside an ellipsoid a point lies, cm: its value over its slope."""
    x, r = (along - _MIDDLE) / long, radius / short
    size = np.hypot(x, r)
    slope = np.hypot(x / long, r / short) / np.maximum(size, 1e-9)
    return np.asarray((size - 1.0) / np.maximum(slope, 1e-9))


def _ways(inside: Bool[np.ndarray, "x y z"], edge: float) -> csr_array:
    """Between cubes within reach, where the straight line between them stays in muscle."""
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    padded = np.pad(number, _REACH, constant_values=-1)

    def beyond(step: Steps) -> Int64[np.ndarray, "x y z"]:
        """The number of the cube that lies so many cubes from each; -1 where that is none."""
        window = (
            slice(_REACH + one, _REACH + one + n) for one, n in zip(step, inside.shape, strict=True)
        )
        return np.asarray(padded[tuple(window)])

    from_, to, length = [], [], []
    for step in product(range(-_REACH, _REACH + 1), repeat=3):
        if gcd(*step) != 1 or np.linalg.norm(step) > _REACH:
            continue  # a way of several others
        moved = beyond(step)
        joined = inside & (moved >= 0)
        count = max(map(abs, step))
        for k in range(1, count):
            joined &= beyond(tuple(round(one * k / count) for one in step)) >= 0
        from_.append(number[joined])
        to.append(moved[joined])
        length.append(np.full(int(joined.sum()), edge * float(np.linalg.norm(step))))
    cubes = int(inside.sum())
    rows, columns = np.concatenate(from_), np.concatenate(to)
    return csr_array((np.concatenate(length), (rows, columns)), shape=(cubes, cubes))
