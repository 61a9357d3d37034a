"""The plot shows the points."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from tests.report.drawn import dots, points
from tests.report.leaderboards import CARDS, Facts, board, row
from xai_bench.report.figures.pareto_plot import _spread, draw_pareto
from xai_bench.report.figures.style import CONTROL, METHOD
from xai_bench.results.pareto import pareto


def _points(**of: tuple[float, float]) -> pd.DataFrame:
    rows = []
    for method, (mass, seconds) in of.items():
        rows += [row(method, "mass", mass, mass - 0.1, mass + 0.1), row(method, "p50", seconds)]
    return board(*rows)


def test_the_picture_has_a_dot_for_each_method_and_joins_names_to_dots() -> None:
    table = _points(good=(0.9, 10.0), cheap=(0.1, 1.0), beaten=(0.05, 5.0))
    figure = draw_pareto(pareto(table, "mass", "p50"), CARDS["mass"], title="imn")
    (axes,) = figure.axes
    drawn = dots(axes)
    assert set(drawn) == {(10.0, 0.9), (1.0, 0.1), (5.0, 0.05)}
    hollow = {place for place, dot in drawn.items() if dot.get_markerfacecolor() == "white"}
    assert hollow == {(5.0, 0.05)}
    assert axes.get_ylabel() == "relevance mass ↑"
    texts = [text.get_text() for text in figure.texts]
    assert {"good", "cheap", "beaten"} <= set(texts)
    to_figure = axes.transData + figure.transFigure.inverted()
    starts = sorted(
        points(line)[0].tolist() for line in figure.get_children() if isinstance(line, Line2D)
    )
    expected = sorted(to_figure.transform(place).tolist() for place in drawn)
    np.testing.assert_allclose(starts, expected)


def test_controls_are_grey_dots_of_the_same_axes() -> None:
    table = _points(ig=(0.9, 10.0), amplitude=(0.5, 1.0), oracle=(1.0, 1.0))
    figure = draw_pareto(pareto(table, "mass", "p50"), CARDS["mass"], title="imn")
    drawn = dots(figure.axes[0])
    colours = {place: str(dot.get_color()) for place, dot in drawn.items()}
    assert colours == {(10.0, 0.9): METHOD, (1.0, 0.5): CONTROL}
    (name,) = [text for text in figure.texts if text.get_text() == "amplitude"]
    assert name.get_fontstyle() == "italic"


def test_names_keep_their_order_and_their_distance() -> None:
    wanted = np.random.default_rng(0).uniform(0.3, 0.5, 9)
    heights = _spread(wanted, low=0.1, high=0.9)
    assert np.argsort(heights).tolist() == np.argsort(wanted).tolist()
    assert np.diff(np.sort(heights)).min() > 0.055 - 1e-9
    assert heights.min() >= 0.1 - 1e-9
    assert heights.max() <= 0.9 + 1e-9
    assert abs(heights.mean() - wanted.mean()) < 0.055
    crowded = _spread(np.full(40, 0.9), low=0.1, high=0.9)
    np.testing.assert_allclose(np.sort(crowded), np.linspace(0.1, 0.9, 40))
    apart = np.array([0.2, 0.8, 0.5])
    np.testing.assert_allclose(_spread(apart, low=0.1, high=0.9), apart)
    assert _spread(np.array([2.0]), low=0.1, high=0.9).tolist() == [0.9]


def test_a_metric_that_is_better_when_lower_says_so() -> None:
    facts = Facts("stability", "max sensitivity", better="lower")
    points = pareto(
        board(row("a", "sensitivity", 0.5, 0.4, 0.6), row("a", "p50", 1.0)), "sensitivity", "p50"
    )
    assert draw_pareto(points, facts, title="x").axes[0].get_ylabel() == "max sensitivity ↓"
