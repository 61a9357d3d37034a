"""The wide form says what the long one says, a row a pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.results.made_cells import cell, skipped
from xai_bench.results import Cell, leaderboard, widen

GATE = {"auroc": 0.9, "ci_low": 0.8, "ci_high": 0.95, "verdict": "ok"}


def _cells(method: str, **kinds: str) -> list[Cell]:
    scores = {
        "mass": ("localisation", [0.5, 0.75] * 4),
        "drop_rank": ("faithfulness", [0.25, 0.5] * 3),
        "seconds_p50": ("runtime", [0.125] * 8),
        "forward_passes": ("runtime", [16.0] * 8),
        "backward_passes": ("runtime", [15.0] * 8),
    }
    return [
        cell(method, values, metric=metric, family=family, quality=GATE, **kinds)
        for metric, (family, values) in scores.items()
    ]


def test_a_row_a_pair_with_every_number_of_the_long_form() -> None:
    long = leaderboard([*_cells("ig"), *_cells("saliency"), skipped()])
    wide = widen(long)
    assert wide[["model", "method"]].values.tolist() == [
        ["conv2d", "native"],
        ["imn", "ig"],
        ["imn", "saliency"],
    ]
    by_method = wide.set_index("method")
    for row in long[long["status"] == "ok"].to_dict("records"):
        for long_name, ending in (("mean", ""), ("ci_low", "_low"), ("ci_high", "_high")):
            found = by_method.loc[row["method"], row["metric"] + ending]
            assert found == row[long_name]
        assert by_method.loc[row["method"], row["metric"] + "_rank"] == row["rank"]
    ig = by_method.loc["ig"]
    assert (ig["seconds"], ig["passes"], ig["quality"], ig["auroc"]) == (0.125, 31.0, "ok", 0.9)
    refused = by_method.loc["native"]
    assert (refused["status"], refused["reason"]) == ("skipped", "needs W")
    assert np.isnan(refused["mass"])
    assert np.isnan(refused["passes"])


def test_columns_come_in_the_order_of_families_each_with_its_interval_and_rank() -> None:
    columns = list(widen(leaderboard(_cells("ig"))).columns)
    assert columns[:11] == [
        "dataset", "protocol", "model", "method", "quality", "auroc", "remark", "status", "reason",
        "seconds", "passes",
    ]  # fmt: skip
    assert columns[11:19] == [
        "drop_rank", "drop_rank_low", "drop_rank_high", "drop_rank_rank",
        "mass", "mass_low", "mass_high", "mass_rank",
    ]  # fmt: skip
    assert columns[19::4] == ["backward_passes", "forward_passes", "seconds_p50"]


def test_protocols_and_datasets_are_rows_of_their_own() -> None:
    cells = [*_cells("ig"), *_cells("ig", protocol="v2-b"), *_cells("ig", dataset="ptb-xl")]
    wide = widen(leaderboard(cells))
    assert wide[["dataset", "protocol"]].values.tolist() == [
        ["ptb-xl", "v1-a"],
        ["synthetic", "v1-a"],
        ["synthetic", "v2-b"],
    ]


def test_a_remark_is_kept_and_a_pair_without_costs_has_none() -> None:
    coarse = cell("gradcam", [0.5, 0.75])
    coarse = replace(coarse, provenance=coarse.provenance | {"remark": "no lead axis"})
    (row,) = widen(leaderboard([coarse])).to_dict("records")
    assert row["remark"] == "no lead axis"
    assert pd.isna(row["seconds"])
    assert pd.isna(row["passes"])


def test_a_failed_metric_leaves_the_pair_ok_and_its_numbers_empty() -> None:
    long = leaderboard([cell("ig", [np.nan, np.nan]), cell("ig", [0.5, 0.5], metric="drop")])
    (row,) = widen(long).to_dict("records")
    assert (row["status"], row["reason"], row["drop"]) == ("ok", "", 0.5)
    assert np.isnan(row["m"])
    failed = widen(leaderboard([cell("ig", [np.nan, np.nan])])).iloc[0]
    assert (failed["status"], failed["reason"]) == ("failed", "2 x no evidence")


def test_an_empty_leaderboard_is_empty_when_wide() -> None:
    assert widen(leaderboard([])).empty


def test_what_is_reported_apart_has_its_numbers_beside_the_others() -> None:
    outcomes = ["detected"] * 5 + ["missed"] * 3
    one = cell("ig", [1.0] * 5 + [0.25] * 3, family="localisation", outcomes=outcomes)
    other = cell("ig", [1.0] * 8, metric="other", outcomes=outcomes)
    (row,) = widen(leaderboard([one, other])).to_dict("records")
    assert (row["m"], row["m_n"], row["m_undetected"], row["m_n_undetected"]) == (1, 5, 0.25, 3)
    assert "other_undetected" not in row
