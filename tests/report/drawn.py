"""What a picture of matplotlib has in it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

__all__ = ["dots", "points"]


def points(line: Line2D) -> Float[np.ndarray, "point 2"]:
    """x and y of each point of a line."""
    return np.stack([np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)], 1)


def dots(axes: Axes) -> dict[tuple[float, float], Line2D]:
    """The round marks, by where they are."""
    return {
        (float(points(line)[0, 0]), float(points(line)[0, 1])): line
        for line in axes.lines
        if line.get_marker() == "o"
    }
