"""What the figures have in common: their width, a strip for each model, axes and legends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from xai_bench.report.figures.style import FAINT, INK, style

__all__ = [
    "DPI",
    "column",
    "label_methods",
    "legend",
    "methods_of",
    "plain",
    "strips",
    "track",
]

DPI = 160
WIDTH = 9.0
"""Inches: at 100 pixels an inch, which a page of 900 pixels shows, 9 points are 12 pixels."""


_LEGEND = 0.45
"""Inches of a line of the legend over the strips."""


def column(table: pd.DataFrame, name: str) -> list[str]:
    """The different values of a column, in their order."""
    return [str(value) for value in dict.fromkeys(table[name])]


def methods_of(table: pd.DataFrame) -> list[str]:
    """Methods in their order, controls last."""
    named = [name for name in column(table, "method") if name]
    return sorted(named, key=lambda name: style(name).control)


def strips(models: Sequence[str], height: float) -> tuple[Figure, Iterator[tuple[str, SubFigure]]]:
    """A figure, and of each model a strip as high as `height` (inches) that bears its name."""
    figure = Figure(
        figsize=(WIDTH, height * len(models) + _LEGEND), layout="constrained", facecolor="white"
    )
    found = figure.subfigures(len(models), 1, squeeze=False)[:, 0]

    def named() -> Iterator[tuple[str, SubFigure]]:
        for model, strip in zip(models, found, strict=True):
            strip.suptitle(model, x=0.01, ha="left", size=11, weight="bold")
            yield model, strip

    return figure, named()


def plain(axes: Axes) -> None:
    """No frame but the axes themselves, and a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9, length=3)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def track(
    axes: Axes,
    method: str,
    x: Float64[np.ndarray, " point"],
    rows: pd.DataFrame,
) -> None:
    """A line through means within the band of their intervals; a row of the table for each x."""
    drawn = style(method)
    width = 1.2 if drawn.control else 1.6
    axes.fill_between(
        x, rows["ci_low"], rows["ci_high"], color=drawn.colour, alpha=0.16, linewidth=0
    )
    axes.plot(x, rows["mean"], drawn.marker, color=drawn.colour, lw=width, ls="-", ms=5)


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


def label_methods(axes: Axes, methods: Sequence[str]) -> None:
    """Names below, in the colours of the methods; ink is easier to read where it is a control."""
    lines = [name.replace("-x-", "-x-\n").replace("@", "\n@") for name in methods]
    axes.set_xticks(range(len(methods)), lines, fontsize=9)
    for name, text in zip(methods, axes.get_xticklabels(), strict=True):
        text.set_color("#666666" if style(name).control else INK)
