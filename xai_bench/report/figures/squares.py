"""Numbers as coloured squares: blue and vermilion from a pale middle, a number in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Polygon, Rectangle

from xai_bench.report.figures.style import GREY, HIGH, INK, LOW, MIDDLE

__all__ = ["SQUARES", "draw_squares", "name_squares"]

SQUARES = LinearSegmentedColormap.from_list("squares", [LOW, MIDDLE, HIGH])
"""From worse or against over neither to better or for."""

_DARK = 0.62
"""Share of the way from the middle to an end beyond which numbers are white."""
_MARKED = -0.12
"""Share below which a square has a black corner: a print without colour tells its ends apart."""


def draw_squares(
    axes: Axes,
    values: Float[np.ndarray, "row column"],
    *,
    ends: tuple[float, float] = (-1.0, 1.0),
    text: Callable[[int, int], str] | None = None,
    bold: Callable[[int, int], bool] = lambda row, column: False,
    points: float = 6.5,
) -> None:
    """A square a value, with a black corner where it is on the vermilion side; NaN is left white,
    with "–" in it.

    ends: what has the full colours. text: of a square by row and column; two digits by default,
    "" for none. bold: which are printed so. points: the size of letters.
    """
    low, high = ends
    rows, columns = values.shape
    for (row, column), value in np.ndenumerate(values):
        share = 2 * (value - low) / (high - low) - 1
        known = math.isfinite(value)
        if known:
            _square(axes, row, column, min(max(share, -1.0), 1.0))
        words = f"{round(value, 2) + 0.0:.2f}" if known else "–"
        words = words if text is None else text(row, column)
        colour = GREY if not known else "white" if abs(share) > _DARK else INK
        axes.text(
            column, row, words, ha="center", va="center", size=points, color=colour,
            weight="bold" if bold(row, column) else "normal",
        )  # fmt: skip
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def name_squares(
    axes: Axes, rows: Sequence[str], columns: Sequence[str], *, points: float, rotation: float = 90
) -> None:
    """Names on the left and above, those above turned by `rotation` degrees; [] for none."""
    if rows:
        axes.set_yticks(range(len(rows)), rows, fontsize=points, color=INK)
    if columns:
        leaning = 0 < rotation < 90
        axes.xaxis.tick_top()
        axes.set_xticks(
            range(len(columns)), columns, fontsize=points, color=INK, rotation=rotation,
            ha="left" if leaning else "center", rotation_mode="anchor" if leaning else "default",
        )  # fmt: skip
    axes.tick_params(length=0, pad=3)


def _square(axes: Axes, row: int, column: int, share: float) -> None:
    left, top = column - 0.48, row - 0.46
    colour = SQUARES((share + 1) / 2)
    axes.add_patch(Rectangle((left, top), 0.96, 0.92, facecolor=colour, linewidth=0))
    if share < _MARKED:
        corner = [(left, top), (left + 0.24, top), (left, top + 0.3)]
        axes.add_patch(Polygon(corner, closed=True, facecolor=INK, linewidth=0))
