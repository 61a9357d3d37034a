"""The diagram shows the ranks, and bars over just what the test does not tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from tests.report.drawn import points
from tests.results.made_cells import cell
from xai_bench.report.figures.critical_difference import draw_critical_difference
from xai_bench.results.verdicts import ScoreTable, score_tables

BASE = np.random.default_rng(0).normal(size=30)


def _table(**shifts: float) -> ScoreTable:
    rng = np.random.default_rng(1)
    cells = [
        cell(name, [float(x) for x in BASE + shift + 0.2 * rng.normal(size=30)])
        for name, shift in shifts.items()
    ]
    (table,) = score_tables(cells)
    return table


def _bars(axes: Axes) -> list[tuple[float, float]]:
    """Crossbars are the thick lines."""
    return [
        (float(points(line)[:, 0].min()), float(points(line)[:, 0].max()))
        for line in axes.lines
        if line.get_linewidth() > 3
    ]


def test_a_bar_joins_the_two_methods_that_are_alike_and_no_other() -> None:
    figure = draw_critical_difference(_table(best=10.0, also=10.0, worst=0.0), "imn")
    assert figure is not None
    (axes,) = figure.axes
    named = " ".join(text.get_text() for text in axes.texts).split()
    assert {"best", "also", "worst"} <= set(named)
    ranks = sorted(float(np.asarray(c.get_offsets())[0, 0]) for c in axes.collections)
    assert ranks[2] == 3.0
    assert sum(ranks) == pytest.approx(6.0), "ranks of three methods sum to six"
    assert _bars(axes) == [pytest.approx((ranks[0], ranks[1]))]


def test_methods_that_are_all_apart_have_no_bar() -> None:
    figure = draw_critical_difference(_table(a=20.0, b=10.0, c=0.0), "imn")
    assert figure is not None
    assert _bars(figure.axes[0]) == []
    assert "Nemenyi's test" in figure.get_supxlabel()


def test_too_few_methods_or_patients_have_no_diagram() -> None:
    assert draw_critical_difference(_table(a=1.0, b=0.0), "imn") is None
    cells = [cell(name, [float(place)] * 3) for place, name in enumerate("abc")]
    (table,) = score_tables(cells)
    assert draw_critical_difference(table, "imn") is None
