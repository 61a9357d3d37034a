"""The left ventricle as a bull's eye: 17 segments around the apex (Cerqueira et al. 2002)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import Colormap, Normalize
from matplotlib.projections.polar import PolarAxes

from xai_bench.report.figures.style import GREY, INK

__all__ = ["draw_bulls_eye"]

_WALLS = {
    **{"anterior": 0.0, "anteroseptal": -60.0, "inferoseptal": -120.0, "inferior": 180.0},
    **{"inferolateral": 120.0, "anterolateral": 60.0, "septal": -90.0, "lateral": 90.0},
}
"""Degrees from anterior towards lateral; drawn with anterior above and lateral on the right."""
_RINGS = {"basal": (3.0, 4.0, 60.0), "mid": (2.0, 3.0, 60.0), "apical": (1.0, 2.0, 90.0)}
"""Inner and outer radius, and how wide a segment is in degrees."""


_MARKED = 0.4
"""Share of the scale below which a segment has a dot; a half is zero."""


def draw_bulls_eye(
    axes: PolarAxes, values: Mapping[str, float], colours: Colormap, scale: Normalize
) -> None:
    """One value a segment, by its name in `heart.SOURCES`; of a scale through zero a dot marks what
    is well below it, for prints without colour."""
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    for name, value in values.items():
        level, _, wall = name.partition(" ")
        low, high, width = (0.0, 1.0, 360.0) if name == "apex" else _RINGS[level]
        middle = np.deg2rad(_WALLS.get(wall, 0.0))
        axes.bar(
            middle, high - low, width=np.deg2rad(width), bottom=low, color=colours(scale(value)),
            edgecolor=GREY, linewidth=0.0 if name == "apex" else 0.6,
        )  # fmt: skip
        if float(scale(value)) < _MARKED and scale.vmin is not None and scale.vmin < 0:
            axes.plot([middle], [(low + high) / 2], ".", color=INK, ms=2.6, mew=0, zorder=5)
    axes.set_ylim(0, 4.0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["polar"].set_color(INK)
    axes.spines["polar"].set_linewidth(0.6)
    axes.grid(visible=False)
