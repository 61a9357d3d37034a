"""How methods are drawn in pictures: a dot on an interval, filled where it is first."""

from __future__ import annotations

from matplotlib.axes import Axes

__all__ = ["CONTROL", "FAINT", "INK", "METHOD", "draw_dot", "plain_axes"]

INK, METHOD, CONTROL, FAINT = "#111111", "#0072B2", "#8a8a8a", "#dddddd"
"""Methods in blue after Okabe and Ito (2008); in grey print fillings still tell them apart."""


def draw_dot(
    axes: Axes,
    mean: tuple[float, float],
    interval: tuple[float, float],
    *,
    vertical: bool = False,
    colour: str = METHOD,
    filled: bool,
) -> None:
    """A dot at (x, y) on a line from end to end of its interval, which may be NaN."""
    x, y = mean
    ends = ([x, x], list(interval)) if vertical else (list(interval), [y, y])
    axes.plot(*ends, color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
    axes.plot(
        [x], [y], marker="o", markersize=6, markeredgewidth=1.4, linestyle="none", zorder=3,
        color=colour, markerfacecolor=colour if filled else "white",
    )  # fmt: skip


def plain_axes(axes: Axes) -> None:
    """No frame and no ticks where the grid says as much."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(CONTROL)
    axes.tick_params(length=0, labelsize=9, colors=INK)
    axes.set_axisbelow(True)
