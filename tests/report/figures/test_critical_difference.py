"""The diagram shows the ranks, and bars over just what is not told apart."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.report.drawn import points
from tests.results.made_cells import cell
from xai_bench.report.figures.critical_difference import draw_critical_difference
from xai_bench.results import Cell
from xai_bench.results.verdicts import differences, ranks

BASE = np.random.default_rng(0).normal(size=30)


def _cells(**shifts: float) -> list[Cell]:
    rng = np.random.default_rng(1)
    return [
        cell(name, [float(x) for x in BASE + shift + 0.2 * rng.normal(size=30)])
        for name, shift in shifts.items()
    ]


def _drawn(cells: list[Cell]) -> Figure | None:
    return draw_critical_difference(ranks(cells, "m"), differences(cells, "m"), "imn")


def _bars(axes: Axes) -> list[tuple[float, float]]:
    """Crossbars are the thick lines."""
    return [
        (float(points(line)[:, 0].min()), float(points(line)[:, 0].max()))
        for line in axes.lines
        if line.get_linewidth() > 3
    ]


def test_a_bar_joins_the_two_methods_that_are_alike_and_no_other() -> None:
    figure = _drawn(_cells(best=10.0, also=10.0, worst=0.0))
    assert figure is not None
    (axes,) = figure.axes
    named = " ".join(text.get_text() for text in axes.texts).split()
    assert {"best", "also", "worst"} <= set(named)
    ranks = sorted(float(np.asarray(c.get_offsets())[0, 0]) for c in axes.collections)
    assert ranks[2] == 3.0
    assert sum(ranks) == pytest.approx(6.0), "ranks of three methods sum to six"
    assert _bars(axes) == [pytest.approx((ranks[0], ranks[1]))]


def test_methods_that_are_all_apart_have_no_bar() -> None:
    figure = _drawn(_cells(a=20.0, b=10.0, c=0.0))
    assert figure is not None
    assert _bars(figure.axes[0]) == []
    assert "Holm's p of their paired differences" in figure.get_supxlabel()


def test_too_few_methods_or_patients_have_no_diagram() -> None:
    assert _drawn(_cells(a=1.0, b=0.0)) is None
    cells = [cell(name, [float(place)] * 3) for place, name in enumerate("abc")]
    assert _drawn(cells) is None
