"""Boxes of recordings with their points, some side by side in each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xai_bench.report.figures.style import INK

__all__ = ["SPREAD", "boxes", "centre"]

SPREAD = 0.84
"""Of the room between two places, what their boxes take."""
_BOX, _POINTS = 0.8, 0.3
"""Of the room of one box, what it takes itself, and how far its points are scattered."""


def centre(place: int, number: int, count: int) -> float:
    """Where box `number` of `count` stands at `place`."""
    return place + SPREAD * ((number + 0.5) / count - 0.5)


def boxes(
    axes: Axes,
    scores: pd.DataFrame,
    *,
    x: str,
    order: Sequence[str],
    hue: str,
    palette: Mapping[str, str],
) -> None:
    """The quartiles of `score` at each `x`, a box for each `hue`; whiskers from 5 to 95 %.

    By matplotlib rather than seaborn, whose strips draw from the global generator and would be
    another figure each time.
    """
    rng = np.random.default_rng(0)
    known = scores.dropna(subset="score")
    groups = {names: rows["score"].to_numpy() for names, rows in known.groupby([x, hue])}
    room = SPREAD / len(palette)
    for number, (name, colour) in enumerate(palette.items()):
        found = {
            centre(place, number, len(palette)): groups[part, name]
            for place, part in enumerate(order)
            if (part, name) in groups
        }
        if not found:
            continue
        for at, values in found.items():
            scattered = at + room * _POINTS * rng.uniform(-1, 1, len(values))
            axes.plot(scattered, values, ".", color="#444444", ms=3, mew=0, alpha=0.55, zorder=3)
        axes.boxplot(
            list(found.values()),
            positions=list(found),
            widths=room * _BOX,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            manage_ticks=False,
            boxprops={"facecolor": colour, "edgecolor": INK, "linewidth": 0.9, "alpha": 0.8},
            medianprops={"color": INK, "linewidth": 1.6},
            whiskerprops={"color": INK, "linewidth": 0.9},
            capprops={"linewidth": 0},
            zorder=2,
        )
    axes.set_xlim(-0.5, len(order) - 0.5)
