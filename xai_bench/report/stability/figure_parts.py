"""What the figures have in common: a strip for each model, axes, legends, lines and boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from xai_bench.report.figures.study_picture import (
    HEADING,
    LETTERS,
    MARGIN,
    PAGE,
    SMALL,
    wrapped,
)
from xai_bench.report.figures.style import CONTROL, FAINT, GREY, INK, open_axes, ordered, style
from xai_bench.report.formats import span
from xai_bench.results.study_tables import select

__all__ = [
    "boxes",
    "floor_line",
    "legend",
    "methods_of",
    "name_strip",
    "place_of",
    "plain",
    "separate",
    "strips",
    "track",
    "values_of",
]

_LEGEND, _NOTE = 0.34, 0.13
"""Inches of a line of the legend over the strips, and of the note below them."""
_BOX, _POINTS = 0.8, 0.3
"""Of the room of one box, what it takes itself, and how far its points are scattered."""


def values_of(table: pd.DataFrame, column: str) -> list[str]:
    """The different values of a column, in their order."""
    return [str(value) for value in dict.fromkeys(table[column])]


def methods_of(table: pd.DataFrame) -> list[str]:
    """Methods in the order in which they are drawn everywhere."""
    return ordered(name for name in values_of(table, "method") if name)


def strips(
    rows: pd.DataFrame, height: float, note: str
) -> tuple[Figure, Iterator[tuple[pd.DataFrame, SubFigure]]]:
    """A figure, and of each model its rows and a strip as high as `height` (inches) that bears its
    name, and those of the methods that have no map of it.

    note: below all strips; what the table says of n and of intervals is put before it.
    """
    models, methods = values_of(rows, "model"), methods_of(rows)
    note = wrapped(f"{_counted(rows)} {note}".strip(), SMALL, PAGE - 2 * MARGIN)
    lines = note.count("\n") + 1
    figure = Figure(
        figsize=(PAGE, height * len(models) + _LEGEND + _NOTE * lines), layout="constrained",
        facecolor="white",
    )  # fmt: skip
    figure.supxlabel(note, x=0.01, ha="left", size=SMALL, color=GREY)
    of_models = figure.subfigures(len(models), 1, squeeze=False)[:, 0]

    def named() -> Iterator[tuple[pd.DataFrame, SubFigure]]:
        for model, strip in zip(models, of_models, strict=True):
            of_model = select(rows, model=model)
            name_strip(strip, model, without=set(methods) - set(methods_of(of_model)))
            yield of_model, strip

    return figure, named()


def name_strip(strip: SubFigure, model: str, words: str = "", *, without: Iterable[str]) -> None:
    """The name of a model over its panels, with the methods that have no map of it."""
    absent = ordered(without)
    said = [words] if words else []
    said += [f"not asked, or no map of it: {', '.join(absent)}"] if absent else []
    title = model + (f"   ({'; '.join(said)})" if said else "")
    strip.suptitle(title, x=0.01, ha="left", size=HEADING, weight="bold")


def _counted(rows: pd.DataFrame) -> str:
    """How many recordings, and what intervals are; of scores of recordings the number alone."""
    if "n" not in rows:
        return f"n = {rows['record_id'].nunique()} recordings."
    n = rows.loc[rows["value"].notna() & (rows["n"] > 0), "n"]
    counted = f"n = {span(n.min(), n.max())} recordings. " if len(n) else ""
    return f"{counted}Bands and bars: 95 % intervals of means, bootstrap over patients."


def plain(axes: Axes) -> None:
    """No frame but the axes themselves, and a faint grid."""
    open_axes(axes)
    axes.tick_params(length=3, labelsize=LETTERS)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def separate(axes: Axes, places: int) -> None:
    """Lines between what stands at 0, 1, 2, ... and no ticks below it."""
    for place in range(1, places):
        axes.axvline(place - 0.5, color="#cccccc", lw=0.8)
    plain(axes)
    axes.tick_params(axis="x", length=0)


def track(
    axes: Axes,
    method: str,
    x: Float64[np.ndarray, " point"],
    rows: pd.DataFrame,
    *,
    dashes: str = "-",
) -> None:
    """A line through values within the band of their intervals; a row of the table for each x."""
    look = style(method)
    axes.fill_between(
        x, rows["ci_low"], rows["ci_high"], color=look.colour, alpha=0.16, linewidth=0
    )
    width = 1.0 if look.control else 1.3
    axes.plot(x, rows["value"], look.marker, color=look.colour, lw=width, ls=dashes, ms=4)


def floor_line(condition: str, width: float = 1.2) -> Line2D:
    """Of the legend."""
    return Line2D([], [], color=CONTROL, ls="--", lw=width, label=f"dashed: {condition}")


def legend(figure: Figure, methods: Iterable[str], extra: Iterable[Line2D] = ()) -> None:
    """Over the strips, what every method looks like."""
    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, lw=1.3, ms=5, label=name)
        for name, look in ((name, style(name)) for name in methods)
    ]
    handles += extra
    figure.legend(
        handles=handles, loc="outside upper left", ncols=min(len(handles), 6), frameon=False,
        fontsize=LETTERS, handlelength=1.6, columnspacing=1.2,
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
    markers: Mapping[str, str] | None = None,
) -> None:
    """The quartiles of `score` at each `x`, a box for each `hue`; whiskers from 5 to 95 %.

    markers: on the medians, which tell boxes apart in grey.

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
            axes.plot(scattered, values, ".", color="#444444", ms=2.4, mew=0, alpha=0.5, zorder=3)
            if markers is not None:
                axes.plot(
                    [at], [np.median(values)], markers[name], color=INK, ms=3.6, mfc="white",
                    mew=0.8, zorder=5,
                )  # fmt: skip
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
    axes.set_ylabel("similarity (Spearman)", size=LETTERS)
