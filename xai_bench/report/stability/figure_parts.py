"""What the figures have in common: a strip for each model, axes, legends, lines and boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from xai_bench.report.figures.style import CONTROL, FAINT, INK, open_axes, style
from xai_bench.types import is_control

__all__ = [
    "boxes",
    "floor_line",
    "legend",
    "methods_of",
    "place_of",
    "plain",
    "separate",
    "strips",
    "track",
    "values_of",
]

_WIDTH = 9.0
"""Inches: at 100 pixels an inch, which a page of 900 pixels shows, 9 points are 12 pixels."""
_LEGEND = 0.45
"""Inches of a line of the legend over the strips."""
_BOX, _POINTS = 0.8, 0.3
"""Of the room of one box, what it takes itself, and how far its points are scattered."""


def values_of(table: pd.DataFrame, column: str) -> list[str]:
    """The different values of a column, in their order."""
    return [str(value) for value in dict.fromkeys(table[column])]


def methods_of(table: pd.DataFrame) -> list[str]:
    """Methods in their order, controls last."""
    return sorted((name for name in values_of(table, "method") if name), key=is_control)


def strips(models: Sequence[str], height: float) -> tuple[Figure, Iterator[tuple[str, SubFigure]]]:
    """A figure, and of each model a strip as high as `height` (inches) that bears its name."""
    figure = Figure(
        figsize=(_WIDTH, height * len(models) + _LEGEND), layout="constrained", facecolor="white"
    )
    of_models = figure.subfigures(len(models), 1, squeeze=False)[:, 0]

    def named() -> Iterator[tuple[str, SubFigure]]:
        for model, strip in zip(models, of_models, strict=True):
            strip.suptitle(model, x=0.01, ha="left", size=11, weight="bold")
            yield model, strip

    return figure, named()


def plain(axes: Axes) -> None:
    """No frame but the axes themselves, and a faint grid."""
    open_axes(axes)
    axes.tick_params(length=3)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def separate(axes: Axes, places: int) -> None:
    """Lines between what stands at 0, 1, 2, ... and no ticks below it."""
    for place in range(1, places):
        axes.axvline(place - 0.5, color="#cccccc", lw=0.8)
    plain(axes)
    axes.tick_params(axis="x", length=0)


def track(axes: Axes, method: str, x: Float64[np.ndarray, " point"], rows: pd.DataFrame) -> None:
    """A line through values within the band of their intervals; a row of the table for each x."""
    look = style(method)
    axes.fill_between(
        x, rows["ci_low"], rows["ci_high"], color=look.colour, alpha=0.16, linewidth=0
    )
    width = 1.2 if look.control else 1.6
    axes.plot(x, rows["value"], look.marker, color=look.colour, lw=width, ls="-", ms=5)


def floor_line(condition: str, width: float = 1.2) -> Line2D:
    """Of the legend."""
    return Line2D([], [], color=CONTROL, ls="--", lw=width, label=f"dashed: {condition}")


def legend(figure: Figure, methods: Iterable[str], extra: Iterable[Line2D] = ()) -> None:
    """Over the strips, what every method looks like."""
    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, lw=1.6, ms=6, label=name)
        for name, look in ((name, style(name)) for name in methods)
    ]
    handles += extra
    figure.legend(
        handles=handles, loc="outside upper left", ncols=min(len(handles), 7), frameon=False,
        fontsize=9, handlelength=1.6, columnspacing=1.2,
    )  # fmt: skip


def place_of(place: int, number: int, count: int, spread: float = 0.84) -> float:
    """Where `number` of `count` side by side stands at `place`; together they take `spread` of the
    room between two places."""
    return place + spread * ((number + 0.5) / count - 0.5)


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
    axes.axhline(0, color=INK, lw=0.8, ls=":")
    rng = np.random.default_rng(0)
    known = scores.dropna(subset="score")
    groups = {names: rows["score"].to_numpy() for names, rows in known.groupby([x, hue])}
    room = place_of(0, 1, len(palette)) - place_of(0, 0, len(palette))
    for number, (name, colour) in enumerate(palette.items()):
        of_name = {
            place_of(place, number, len(palette)): groups[part, name]
            for place, part in enumerate(order)
            if (part, name) in groups
        }
        if not of_name:
            continue
        for at, values in of_name.items():
            scattered = at + room * _POINTS * rng.uniform(-1, 1, len(values))
            axes.plot(scattered, values, ".", color="#444444", ms=3, mew=0, alpha=0.55, zorder=3)
        axes.boxplot(
            list(of_name.values()),
            positions=list(of_name),
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
    axes.set_ylabel("similarity (Spearman)", size=9)
