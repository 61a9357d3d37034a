"""Scores by class and by outcome, from cells made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from tests.results.made_cells import cell
from xai_bench.errors import InputError
from xai_bench.results import Cell
from xai_bench.results.recording_groups import (
    DIFFERENCES,
    MEANS,
    ORDERS,
    group_differences,
    group_means,
    group_orders,
)
from xai_bench.stats import compare_groups, holm, statistic_interval

OUTCOMES = ["detected"] * 8 + ["missed"] * 7 + ["true negative"] * 3
EXPLAINED = ["MI"] * 8 + ["NORM"] * 10


def _cells(
    of_methods: Mapping[str, Sequence[float]],
    *,
    metric: str = "m",
    family: str = "stability",
    better: str = "higher",
) -> list[Cell]:
    return [
        cell(
            method,
            list(scores),
            outcomes=OUTCOMES,
            explained=EXPLAINED,
            metric=metric,
            family=family,
            better=better,
        )
        for method, scores in of_methods.items()
    ]


def _steps(*means: float) -> list[float]:
    """Scores around the means of detected, missed and true negative."""
    sizes = (8, 7, 3)
    around = [np.linspace(-0.3, 0.3, n) + mean for n, mean in zip(sizes, means, strict=True)]
    return [float(x) for x in np.concatenate(around)]


def test_means_of_each_outcome_have_their_own_n_and_interval() -> None:
    scores = _steps(2, 1, 0)
    scores[1] = np.nan
    table = group_means(_cells({"ig": scores, "oracle": _steps(3, 3, 3)}), "outcome")
    assert list(table.columns) == list(MEANS)
    assert table["group"].tolist() == ["detected", "missed", "true negative"] * 2
    ig = {row["group"]: row for row in table[table.method == "ig"].to_dict("records")}
    assert [row["n"] for row in ig.values()] == [7, 7, 3]
    known = np.array([s for s in scores[:8] if not np.isnan(s)])
    assert ig["detected"]["mean"] == pytest.approx(known.mean())
    expected = statistic_interval(known, [f"p{k}" for k in range(8) if k != 1], "mean")
    assert (ig["detected"]["ci_low"], ig["detected"]["ci_high"]) == expected
    assert np.isnan(ig["true negative"]["ci_low"]), "of three patients"


def test_localisation_is_split_too_and_costs_are_not() -> None:
    localised = _cells({"ig": _steps(2, 1, 0)}, family="localisation")
    assert set(group_means(localised, "outcome")["group"]) == {
        "detected", "missed", "true negative",
    }  # fmt: skip
    with_costs = localised + _cells({"ig": _steps(2, 1, 0)}, family="runtime", metric="cost")
    assert set(group_means(with_costs, "class")["metric"]) == {"m"}


def test_differences_are_adjusted_over_all_tests_of_a_model() -> None:
    of_methods = {"a": _steps(2, 1, 0), "b": _steps(1, 1, 1), "random": _steps(0.6, 0.5, 0)}
    cells = _cells(of_methods) + _cells({"a": _steps(0, 5, 5)}, metric="other")
    table = group_differences([*cells, *_cells({"oracle": _steps(9, 1, 1)})], "outcome")
    assert list(table.columns) == list(DIFFERENCES)
    assert set(zip(table["first"], table["second"], strict=True)) == {("detected", "missed")}
    assert sorted(table["method"]) == ["a", "a", "b", "random"], "of controls random alone"
    assert table["p_holm"].tolist() == holm(table["p"].to_numpy()).tolist()
    by_place = {(row["metric"], row["method"]): row for row in table.to_dict("records")}
    a = by_place["m", "a"]
    expected = compare_groups(
        np.array(of_methods["a"]),
        [f"p{k}" for k in range(18)],
        np.array(OUTCOMES) == "detected",
        np.array(OUTCOMES) == "missed",
    )
    assert {name: a[name] for name in ("difference", "p", "ci_low")} == {
        name: expected[name] for name in ("difference", "p", "ci_low")
    }
    assert (a["first_n"], a["second_n"]) == (8, 7)
    assert {place: row["apart"] for place, row in by_place.items()} == {
        ("m", "a"): True,
        ("m", "b"): False,
        ("m", "random"): False,
        ("other", "a"): True,
    }


def test_an_order_that_turns_with_the_class_is_named() -> None:
    of_methods = {"a": _steps(3, 1, 1), "b": _steps(2, 2, 2), "c": _steps(0, 0, 0)}
    (row,) = group_orders(_cells(of_methods), "class").to_dict("records")
    assert list(row) == list(ORDERS)
    assert (row["first"], row["second"]) == ("MI", "NORM")
    assert row["tau"] == pytest.approx(1 / 3), "one of three pairs is turned"
    assert (row["methods"], row["first_n"], row["second_n"]) == (3, 8, 10)
    assert (row["pairs"], row["swaps"]) == (3, "a > b")
    lower = _cells(of_methods, better="lower")
    assert group_orders(lower, "class")["swaps"].tolist() == ["b > a"]
    assert group_orders(_cells({"a": _steps(3, 1, 1), "b": _steps(2, 2, 2)}), "class").empty


@pytest.mark.parametrize("by", ["class", "outcome"])
def test_cells_from_before_outcomes_were_stored_are_refused_in_one_line(by: str) -> None:
    before = [cell("ig", [1.0] * 6)]
    assert by in ("class", "outcome")
    with pytest.raises(InputError, match=f"no cell knows the {by} of its recordings"):
        group_means(before, by)  # type: ignore[arg-type]
