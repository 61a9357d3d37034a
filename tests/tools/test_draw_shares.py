"""The share of draws in the variance of scores."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.tools.draw_scores import draw_rows
from tools.draw_shares import METRIC, POOLED, RANDOM_NETS, draw_shares

RNG = np.random.default_rng(0)


def _one(table: pd.DataFrame, method: str = "ig") -> dict[str, float]:
    (row,) = draw_shares(table).query("method == @method").to_dict("records")
    return {str(name): value for name, value in row.items()}


@pytest.mark.slow
def test_the_share_of_a_draw_is_that_of_the_variances_scores_were_made_of() -> None:
    own, alike = RNG.normal(size=(4000, 1)), np.array([[-1.0, 1.0, -1.0, 1.0]]) * 0.75**0.5
    scores = own + alike + RNG.normal(size=(4000, 4))
    row = _one(draw_rows(RANDOM_NETS, "mprt", "ig", scores, used=15))
    assert row["sd_alike"] ** 2 == pytest.approx(1, abs=0.05)
    assert row["one_draw"] == pytest.approx(2 / 3, abs=0.03)
    assert row["share"] == pytest.approx(2 / 15 / (1 + 2 / 15), abs=0.02)
    assert row["low"] < row["share"] < row["high"]


def test_a_negative_estimate_of_what_recordings_differ_by_counts_as_none() -> None:
    """Draws that undo each other within every recording: an intraclass correlation below 0."""
    scores = np.tile([[-1.0, 1.0]], (8, 1)) * np.arange(1, 9)[:, None]
    row = _one(draw_rows(METRIC, "m", "ig", scores))
    assert (row["share"], row["high"]) == (1.0, 1.0)
    row = _one(draw_rows(RANDOM_NETS, "m", "ig", scores))
    assert row["share"] == 1.0


def test_pooled_is_of_all_methods_and_there_is_no_interval_of_four_recordings() -> None:
    noise = RNG.normal(size=(2, 8, 3))
    table = pd.concat(
        [
            draw_rows(METRIC, "m", method, level + one)
            for method, level, one in zip(("ig", "lrp"), (0.0, 100.0), noise, strict=True)
        ]
    )
    pooled = _one(table, POOLED)
    assert pooled["share"] < 0.01
    assert _one(table)["share"] > 0.2
    assert pooled["low"] <= pooled["share"] <= pooled["high"]
    few = _one(draw_rows(METRIC, "m", "ig", noise[0][:4]))
    assert math.isnan(few["low"])
    assert few["n"] == 4
