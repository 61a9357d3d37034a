"""The front against the definition, point by point, and the picture against the points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from tests.report.drawn import dots, points
from tests.report.leaderboards import CARDS, Facts, board, row
from xai_bench.report.figures.pareto import _spread, draw_pareto, pareto
from xai_bench.results import rank_rows


def _points(**of: tuple[float, float]) -> pd.DataFrame:
    rows = []
    for method, (mass, seconds) in of.items():
        rows += [row(method, "mass", mass, mass - 0.1, mass + 0.1), row(method, "p50", seconds)]
    return board(*rows)


def _front(table: pd.DataFrame, quality: str = "mass") -> set[str]:
    found = pareto(table, quality, "p50")
    return set(found.loc[found["front"], "method"])


def test_nobody_on_the_front_is_beaten_at_both() -> None:
    assert _front(_points(good=(0.9, 10), cheap=(0.1, 1), middle=(0.5, 5), beaten=(0.4, 6))) == {
        "good",
        "cheap",
        "middle",
    }
    assert _front(_points(a=(0.5, 1), same=(0.5, 1), dearer=(0.5, 2), worse=(0.4, 1))) == {
        "a",
        "same",
    }


@pytest.mark.parametrize("metric", ["mass", "sensitivity"])
def test_the_front_is_that_of_the_definition_written_out(metric: str) -> None:
    rng = np.random.default_rng(0)
    seconds = rng.integers(1, 9, 30) / 8
    # Dearer methods are somewhat better, and there are ties in both.
    sign = 1 if metric == "mass" else -1
    quality = sign * np.round(seconds + rng.normal(0, 0.25, 30), 1)
    rows = []
    for number in range(30):
        rows.append(row(f"m{number}", metric, quality[number]))
        rows.append(row(f"m{number}", "p50", seconds[number]))
    expected = set()
    for i in range(30):
        beaten = False
        for j in range(30):
            better = quality[j] > quality[i] if metric == "mass" else quality[j] < quality[i]
            as_good = better or quality[j] == quality[i]
            cheaper, as_cheap = seconds[j] < seconds[i], seconds[j] <= seconds[i]
            beaten |= bool(as_good and as_cheap and (better or cheaper))
        if not beaten:
            expected.add(f"m{i}")
    assert _front(board(*rows), metric) == expected
    assert 1 < len(expected) < 30


def test_controls_and_unreliable_models_are_left_out_and_fronts_are_of_one_protocol() -> None:
    table = pd.concat(
        [
            _points(a=(0.5, 2), b=(0.4, 3), random=(0.9, 1)),
            _points(b=(0.4, 3)).assign(protocol="another"),
            _points(b=(0.4, 3)).assign(model="other"),
            _points(a=(0.9, 1)).assign(model="bad", quality="unreliable"),
        ],
        ignore_index=True,
    )
    found = pareto(table, "mass", "p50")
    assert found[["protocol", "model", "method", "front"]].values.tolist() == [
        ["0a1b", "imn", "a", True],
        ["0a1b", "imn", "b", False],
        ["another", "imn", "b", True],
        ["0a1b", "other", "b", True],
    ]


def test_a_method_without_a_cost_is_left_out_and_passes_are_counted_both_ways() -> None:
    table = board(
        row("a", "mass", 0.5, 0.4, 0.6),
        row("a", "p50", 2.0),
        row("a", "forward_passes", 16),
        row("a", "backward_passes", 15),
        row("b", "mass", 0.6),
        row("c", "mass", 0.1),
        row("c", "p50", 3.0),
    )
    found = pareto(table.assign(rank=rank_rows(table)), "mass", "p50").set_index("method")
    assert list(found.index) == ["a", "c"]
    assert found["passes"].isna().tolist() == [False, True]
    columns = ["quality", "quality_low", "quality_high", "cost", "passes"]
    assert found[columns].iloc[0].tolist() == [0.5, 0.4, 0.6, 2.0, 31.0]
    assert pareto(board(row("b", "mass", 0.6)), "mass", "p50").empty


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
