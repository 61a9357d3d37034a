"""Ranks against the definition, pair by pair, and what never shares one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.results.made_cells import cell
from xai_bench.results import leaderboard, rank_rows

NAN = float("nan")


def _rows(*intervals: tuple[str, float, float], direction: str = "higher") -> pd.DataFrame:
    table = pd.DataFrame(list(intervals), columns=["method", "ci_low", "ci_high"])
    return table.assign(
        dataset="d", protocol="p", model="m", metric="x", direction=direction, quality="ok",
        mean=(table["ci_low"] + table["ci_high"]) / 2,
    )  # fmt: skip


def test_overlapping_intervals_are_ties() -> None:
    table = _rows(("a", 0.8, 0.9), ("b", 0.7, 0.85), ("c", 0.5, 0.75), ("d", 0.1, 0.2))
    # c overlaps b and is apart from a; d is apart from all three.
    assert rank_rows(table).tolist() == [1, 1, 2, 4]
    # Better when lower: d is first, and the others are behind it; a is behind c too.
    assert rank_rows(table.assign(direction="lower")).tolist() == [3, 2, 2, 1]


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_ranks_are_those_of_the_definition_written_out(direction: str) -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 1, 12)
    high = low + rng.uniform(0, 0.3, 12)
    names = [f"m{number}" for number in range(12)]
    table = _rows(*zip(names, low, high, strict=True), direction=direction)
    expected = []
    for i in range(12):
        better = 0
        for j in range(12):
            if (direction == "higher" and low[j] > high[i]) or (
                direction == "lower" and high[j] < low[i]
            ):
                better += 1
        expected.append(1 + better)
    assert rank_rows(table).tolist() == expected
    assert 1 < len(set(expected)) < 12


def test_touching_intervals_and_those_without_width_are_ties_only_if_equal() -> None:
    table = _rows(("a", 0.5, 0.6), ("b", 0.6, 0.7), ("c", 0.7, 0.7), ("d", 0.7, 0.7))
    assert rank_rows(table).tolist() == [3, 1, 1, 1]


def test_controls_have_no_rank_and_push_nobody_down() -> None:
    table = _rows(("a", 0.4, 0.5), ("oracle", 0.9, 1.0), ("a@flipped", 0.8, 0.9))
    assert rank_rows(table).tolist() == [1, pd.NA, pd.NA]


def test_what_has_no_interval_is_behind_nobody_and_what_has_no_mean_has_no_rank() -> None:
    table = _rows(("a", 0.4, 0.5), ("b", NAN, NAN), ("c", NAN, NAN), ("d", 0.1, 0.2))
    table.loc[1, "mean"] = 0.0
    assert rank_rows(table).tolist() == [1, 1, pd.NA, 2]


def test_a_metric_without_a_better_way_has_no_ranks() -> None:
    assert rank_rows(_rows(("a", 0.4, 0.5), direction="none")).isna().all()


def test_a_model_with_one_unreliable_row_has_no_ranks() -> None:
    table = _rows(("a", 0.4, 0.5), ("b", 0.1, 0.2), ("c", 0.0, 0.1))
    table["model"] = ["m", "m", "n"]
    table["quality"] = ["unknown", "unreliable", "ok"]
    assert rank_rows(table).tolist() == [pd.NA, pd.NA, 1]


@pytest.mark.parametrize("column", ["dataset", "protocol", "model", "metric"])
def test_rows_of_another_protocol_dataset_model_or_metric_never_share_a_rank(column: str) -> None:
    table = _rows(("a", 0.8, 0.9), ("b", 0.1, 0.2))
    assert rank_rows(table).tolist() == [1, 2]
    table[column] = ["one", "another"]
    assert rank_rows(table).tolist() == [1, 1]


def test_ranks_of_a_leaderboard_are_by_protocol() -> None:
    better, worse = [1.0, 1.1] * 4, [0.0, 0.1] * 4
    together = leaderboard([cell("ig", better), cell("saliency", worse)])
    assert dict(zip(together["method"], together["rank"], strict=True)) == {"ig": 1, "saliency": 2}
    apart = leaderboard([cell("ig", better), cell("saliency", worse, protocol="v2-a")])
    assert apart["rank"].tolist() == [1, 1]
