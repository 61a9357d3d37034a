"""The picture of a leaderboard: small multiples, a dot on an interval for each method."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.report.figures.style import CONTROL, FAINT, INK, METHOD, draw_dot, plain_axes
from xai_bench.report.figures.write_figure import write_figure
from xai_bench.report.formats import ARROWS
from xai_bench.report.leaderboard.order import MetricFacts, order_of
from xai_bench.results.method_comparison import NOT_ASKED

__all__ = ["draw_standings", "to_svg"]

_COLUMNS = 4
_ROW, _HEAD, _FOOT, _LABELS, _PANEL = 0.2, 0.56, 0.36, 1.95, 1.78
"""Inches: a method, what stands above and below the panels of a row, names, a panel."""
_GAP = 0.32
_LONGEST_LINE = 20
"""Letters of a heading that fit over a panel."""
_DIGITS = 4
"""Significant; another machine's last digits then draw the same picture."""


def draw_standings(
    rows: pd.DataFrame, cards: Mapping[str, MetricFacts], metrics: Sequence[str]
) -> Figure:
    """A panel for each metric, a row in it for each method. Filled dots are first by `rank` and
    better than what needs no trained model; a ° follows those that are not shown to be that.

    rows: a leaderboard's, of one dataset, protocol and model. Controls stand below a rule, in grey;
    random is a line through all of a panel.
    """
    (_, rivals, controls), *_ = order_of(rows, None, cards)
    methods = [*rivals, *(method for method in controls if method != "random")]
    shown = [name for name in metrics if name in set(rows["metric"])]
    rows_of_panels = math.ceil((len(shown) + 1) / _COLUMNS)
    height_of_panel = _ROW * len(methods)
    width = _LABELS + _COLUMNS * (_PANEL + _GAP)
    height = rows_of_panels * (_HEAD + height_of_panel + _FOOT)
    figure = Figure(figsize=(width, height), facecolor="white")
    for number in range(len(shown) + 1):
        line, column = divmod(number, _COLUMNS)
        left = _LABELS + column * (_PANEL + _GAP)
        top = height - line * (_HEAD + height_of_panel + _FOOT) - _HEAD
        axes = figure.add_axes(
            (left / width, (top - height_of_panel) / height, _PANEL / width,
             height_of_panel / height)
        )  # fmt: skip
        if number == len(shown):
            _legend(axes)
            continue
        metric = shown[number]
        of_metric = rows[rows["metric"] == metric].set_index("method")
        _panel(axes, of_metric, methods, len(rivals))
        flag = "†" if (of_metric["flags"] != "").any() else ""
        title = f"{cards[metric].label}\N{NO-BREAK SPACE}{ARROWS[cards[metric].better]}{flag}"
        title = "\n".join(textwrap.wrap(title, _LONGEST_LINE, break_on_hyphens=False))
        axes.set_title(title, fontsize=10, color=INK, loc="left", pad=6)
        if column == 0:
            axes.set_yticks(range(len(methods)), methods)
            for label, method in zip(axes.get_yticklabels(), methods, strict=True):
                label.set(fontsize=9, color=INK if method in rivals else "#666666")
                label.set_fontstyle("normal" if method in rivals else "italic")
    return figure


def _panel(axes: Axes, of_metric: pd.DataFrame, methods: Sequence[str], rivals: int) -> None:
    axes.set_ylim(len(methods) - 0.4, -0.6)
    axes.set_yticks([])
    axes.axhline(rivals - 0.5, color=CONTROL, linewidth=0.8)
    if "random" in of_metric.index:
        floor = _rounded(of_metric["mean"]["random"])
        axes.axvline(floor, color=CONTROL, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    for place, method in enumerate(methods):
        if method not in of_metric.index:
            continue
        names = ("mean", "ci_low", "ci_high")
        mean, low, high = (_rounded(of_metric[name][method]) for name in names)
        rank = of_metric["rank"][method]
        beaten_by = of_metric["not_better_than"][method]
        # What a control might do as well leads nowhere.
        first = bool(pd.notna(rank) and rank == 1 and beaten_by in ("", NOT_ASKED))
        colour = METHOD if place < rivals else CONTROL
        draw_dot(
            axes, (mean, float(place)), (low, high), colour=colour, filled=first or place >= rivals
        )
        if beaten_by not in ("", NOT_ASKED) and place < rivals:
            end = np.nanmax([mean, high])
            axes.annotate(
                "°", (end, place), (2, -1), textcoords="offset points", va="center", fontsize=10,
                color=INK,
            )  # fmt: skip
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    plain_axes(axes)


def _legend(axes: Axes) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(7.6, -0.6))
    for place, colour, filled, text in (
        (0.0, METHOD, True, "first: no other is better\nand told apart"),
        (1.5, METHOD, False, "behind: a better one is\ntold apart, or °"),
        (3.0, CONTROL, True, "control"),
    ):
        draw_dot(axes, (0.07, place), (0.0, 0.14), colour=colour, filled=filled)
        axes.text(0.2, place, text, va="center", fontsize=9, color=INK)
    axes.plot([0.07, 0.07], [3.6, 4.4], color=CONTROL, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.text(0.2, 4.0, "random", va="center", fontsize=9, color=INK)
    for place, text in (
        (5.4, "°: not shown better than |z|,\nslope or its own @untrained"),
        (6.5, "lines: 95 % intervals"),
        (7.2, "arrows: which way is better"),
    ):
        axes.text(0.0, place, text, va="center", fontsize=9, color=INK)


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def to_svg(figure: Figure) -> str:
    """The picture as text that is the same whenever and wherever it is drawn."""
    content = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "xai-bench", "svg.fonttype": "path"}):
        write_figure(figure, content, format="svg", metadata={"Date": None, "Creator": None})
    # Matplotlib ends some lines with blanks, which editors remove.
    return "".join(f"{line.rstrip()}\n" for line in content.getvalue().splitlines())
