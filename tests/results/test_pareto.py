"""The front against the definition, point by point."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.report.leaderboards import board, row
from xai_bench.results.pareto import pareto


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


def test_controls_compete_with_nobody_and_fronts_are_of_one_protocol() -> None:
    table = pd.concat(
        [
            _points(a=(0.5, 2), b=(0.4, 3), random=(0.9, 1), oracle=(1.0, 1)),
            _points(b=(0.4, 3)).assign(protocol="another"),
            _points(b=(0.4, 3)).assign(model="other"),
            _points(a=(0.9, 1)).assign(model="bad", quality="unreliable"),
        ],
        ignore_index=True,
    )
    found = pareto(table, "mass", "p50")
    assert found[["protocol", "model", "method", "control", "front"]].values.tolist() == [
        ["0a1b", "imn", "a", False, True],
        ["0a1b", "imn", "b", False, False],
        ["0a1b", "imn", "random", True, False],
        ["another", "imn", "b", False, True],
        ["0a1b", "other", "b", False, True],
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
    found = pareto(table, "mass", "p50").set_index("method")
    assert list(found.index) == ["a", "c"]
    assert found["passes"].isna().tolist() == [False, True]
    columns = ["quality", "quality_low", "quality_high", "cost", "passes"]
    assert found[columns].iloc[0].tolist() == [0.5, 0.4, 0.6, 2.0, 31.0]
    assert pareto(board(row("b", "mass", 0.6)), "mass", "p50").empty
