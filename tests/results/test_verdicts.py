"""Verdicts on cells whose truth is known: constant differences, orders made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.results.made_cells import cell
from xai_bench.results import Cell
from xai_bench.results.verdicts import (
    between,
    differences,
    metric_agreement,
    ranks,
    score_tables,
)
from xai_bench.stats import compare_pairs

BASE = np.random.default_rng(0).normal(size=12)
BAD = {"auroc": 0.5, "ci_low": 0.4, "ci_high": 0.6, "verdict": "unreliable"}


def _cells(order: str, *, step: float = 1.0, metric: str = "m", **options: str) -> list[Cell]:
    """A cell for each letter: every score is higher by `step` than that of the letter before."""
    return [
        cell(name, [float(x) for x in BASE + step * place], metric=metric, **options)  # type: ignore[arg-type]
        for place, name in enumerate(order)
    ]


def test_pairs_of_methods_are_compared_where_the_model_detects_something() -> None:
    outcomes = ["detected", "missed", "detected", "true negative"]
    cells = [
        cell(method, [1.0, 2.0, 3.0, 4.0], family=family, metric=family, outcomes=outcomes)
        for method in ("a", "b")
        for family in ("localisation", "stability")
    ]
    known = {table.metric: table.scores["a"].notna().sum() for table in score_tables(cells)}
    assert known == {"localisation": 2, "stability": 4}


def test_a_table_has_the_methods_of_one_model_and_protocol_and_no_controls() -> None:
    cells = [
        *_cells("ab"),
        *_cells("ab", protocol="v1-b"),
        *_cells("ab", model="other"),
        *_cells("ab", dataset="ptb-xl"),
        cell("random", [0.0] * 12),
        cell("a@flipped", [0.0] * 12),
        *(
            replace(one, provenance=one.provenance | {"quality": BAD})
            for one in _cells("ab", model="bad")
        ),
    ]
    tables = score_tables(cells)
    assert [(t.dataset, t.protocol, t.model) for t in tables] == [
        ("ptb-xl", "v1-a", "imn"),
        ("synthetic", "v1-a", "imn"),
        ("synthetic", "v1-a", "other"),
        ("synthetic", "v1-b", "imn"),
    ]
    for table in tables:
        assert list(table.scores.columns) == ["a", "b"]
        np.testing.assert_array_equal(table.scores.loc["r3"], [BASE[3], BASE[3] + 1])
        assert dict(zip(table.scores.index, table.patients, strict=True))["r3"] == "p3"


def test_a_recording_without_a_score_is_empty_and_the_latest_cell_counts() -> None:
    old = cell("a", [5.0, 5.0, 5.0], started="2026-01-01", key="old")
    new = cell("a", [1.0, np.nan, 3.0], started="2026-02-01", key="new")
    (table,) = score_tables([old, new, cell("b", [0.0, 0.0, 0.0])], "m")
    np.testing.assert_array_equal(table.scores["a"], [1.0, np.nan, 3.0])
    assert score_tables([old, new], "another") == []


def test_differences_are_those_of_pairs_on_the_same_recordings() -> None:
    found = differences([*_cells("abc"), *_cells("ba", protocol="v1-b")], "m")
    assert found[["protocol", "first", "second", "difference"]].values.tolist() == [
        ["v1-a", "c", "b", pytest.approx(1.0)],
        ["v1-a", "c", "a", pytest.approx(2.0)],
        ["v1-a", "b", "a", pytest.approx(1.0)],
        ["v1-b", "a", "b", pytest.approx(1.0)],
    ]
    noisy = [*_cells("ab"), cell("c", [float(x) for x in np.random.default_rng(1).normal(size=12)])]
    (table,) = score_tables(noisy, "m")
    literal = compare_pairs(table.scores, table.patients, better="higher")
    pd.testing.assert_frame_equal(differences(noisy, "m")[literal.columns], literal)


def test_better_when_lower_turns_who_is_first() -> None:
    lower = _cells("abc", better="lower")
    assert differences(lower, "m")["first"].tolist() == ["a", "a", "b"]
    assert ranks(lower, "m")["method"].tolist() == ["a", "b", "c"]
    assert ranks(_cells("abc"), "m")["method"].tolist() == ["c", "b", "a"]


def test_ranks_of_methods_that_every_recording_orders_alike() -> None:
    found = ranks(_cells("abc"), "m")
    assert found["mean_rank"].tolist() == [1, 2, 3]
    assert found["best"].tolist() == [1, 0, 0]
    # Twelve patients who all order three methods alike: chi square = 12 * (3 - 1).
    assert found["friedman"].tolist() == pytest.approx([24.0] * 3)
    assert (found["friedman_p"] < 0.001).all()


def test_metrics_that_order_alike_agree_whichever_way_is_better_and_costs_are_left_out() -> None:
    cells = [
        *_cells("abcd", metric="up"),
        *_cells("abcd", metric="same", step=0.5),
        *_cells("dcba", metric="down", better="lower"),
        *_cells("dcba", metric="against"),
        *_cells("abcd", metric="cost", family="runtime"),
        *_cells("abcd", metric="up", model="other"),
    ]
    found = metric_agreement(cells, "imn")
    tau = {(row.first, row.second): row.tau for row in found.itertuples()}
    assert tau == {
        ("against", "down"): -1.0,
        ("against", "same"): -1.0,
        ("against", "up"): -1.0,
        ("down", "same"): 1.0,
        ("down", "up"): 1.0,
        ("same", "up"): 1.0,
    }
    assert (found["methods"] == 4).all()
    assert found["ci_low"].tolist() == found["ci_high"].tolist() == found["tau"].tolist()


def test_two_methods_are_too_few_to_agree() -> None:
    cells = [*_cells("ab", metric="one"), *_cells("ab", metric="two")]
    assert metric_agreement(cells, "imn").empty
    assert list(metric_agreement(cells, "imn").columns)[-4:] == [
        "tau",
        "ci_low",
        "ci_high",
        "methods",
    ]


def test_a_method_without_any_score_does_not_count() -> None:
    nothing = cell("z", [np.nan] * 12, metric="two")
    cells = [*_cells("abcz", metric="one"), *_cells("abc", metric="two"), nothing]
    (row,) = metric_agreement(cells, "imn").to_dict("records")
    assert (row["methods"], row["tau"]) == (3, 1.0)


def test_a_metric_of_half_of_the_recordings_agrees_with_one_of_all() -> None:
    half = [
        one.with_scores(one.scores.assign(status=["ok"] * 6 + ["failed"] * 6))
        for one in _cells("cab", metric="half")
        if one.scores is not None
    ]
    (row,) = metric_agreement([*_cells("abc", metric="all"), *half], "imn").to_dict("records")
    assert row["tau"] == pytest.approx(-1 / 3)


def test_between_compares_one_thing_at_a_time() -> None:
    cells = [
        *_cells("abc"),
        *_cells("abc", model="imn-seed1"),
        *_cells("bac", model="conv2d"),
        *_cells("cba", dataset="ptb-xl", protocol="v1-z"),
        *_cells("abc", dataset="old", protocol="v0-z"),
        *_cells("abc", protocol="v1-b"),
    ]
    found = between(cells)
    said = {
        (row.kind, row.dataset, row.model, row.other_dataset, row.other_model): row.tau
        for row in found.itertuples()
        if "v1-b" not in (row.protocol, row.other_protocol)
    }
    assert said == {
        ("seed", "synthetic", "imn", "synthetic", "imn-seed1"): pytest.approx(1.0),
        ("model", "synthetic", "conv2d", "synthetic", "imn"): pytest.approx(1 / 3),
        ("model", "synthetic", "conv2d", "synthetic", "imn-seed1"): pytest.approx(1 / 3),
        ("dataset", "ptb-xl", "imn", "synthetic", "imn"): pytest.approx(-1.0),
    }
    of_b = found[(found["protocol"] == "v1-b") | (found["other_protocol"] == "v1-b")]
    assert of_b[["kind", "dataset"]].values.tolist() == [["dataset", "ptb-xl"]]
    assert (found["metric"] == "m").all()


def test_nothing_comes_of_nothing() -> None:
    assert differences([], "m").empty
    assert ranks(_cells("ab"), "another").empty
    assert between([]).empty
