"""Which recordings are drawn, and what counts as another score."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from xai_bench.studies.submission.rescored import draw_sample, far_apart


def scores(**changed: object) -> pd.DataFrame:
    one = {
        "method": "ig",
        "record_id": "r1",
        "metric": "m",
        "score": 0.5,
        "status": "ok",
        "explained": "MI",
        "label": "MI",
        "outcome": "detected",
        "log_odds": 2.0,
    }
    return pd.DataFrame([one | changed, one | {"record_id": "r2", "score": math.nan}])


def test_a_seed_draws_the_same_recordings_and_one_of_those_that_all_metrics_have() -> None:
    drawn = [draw_sample(["b", "a", "random"], 32, 4, 3, f"seed {k}") for k in range(200)]
    assert drawn == [draw_sample(["b", "a", "random"], 32, 4, 3, f"seed {k}") for k in range(200)]
    assert all(len(set(one.places)) == 3 and one.places[0] < 4 for one in drawn)
    assert {one.anew for one in drawn} == {"a", "b"}
    assert {place for one in drawn for place in one.places} == set(range(32))


def test_no_more_recordings_are_drawn_than_there_are() -> None:
    assert set(draw_sample(["random"], 2, 2, 5, "s").places) == {0, 1}
    assert draw_sample(["random"], 2, 2, 5, "s").anew == "random"


def test_scores_within_the_tolerance_are_the_same() -> None:
    count, apart, wrong = far_apart(scores(score=0.5), scores(score=0.5005), tolerance=1e-3)
    assert (count, wrong) == (2, "")
    assert apart == pytest.approx(0.0005)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"score": 0.502}, "scores 0.502 there and 0.5 here (1 of 2 differ)"),
        ({"explained": "NORM"}, "explains NORM there and MI here"),
        ({"outcome": "missed"}, "is missed there and detected here"),
        ({"label": ""}, "is labelled  there and MI here"),
        ({"log_odds": 3.0}, "has log-odds of 3 there and 2 here"),
        ({"status": "failed", "score": math.nan}, "is failed there and ok here"),
    ],
)
def test_each_difference_is_said_with_both_values(changed: dict[str, object], said: str) -> None:
    _, _, wrong = far_apart(scores(), scores(**changed))
    assert wrong.startswith("ig, recording r1, m, ")
    assert said in wrong


def test_large_scores_are_compared_by_their_share() -> None:
    _, apart, wrong = far_apart(scores(score=5000.0), scores(score=5001.0))
    assert wrong == ""
    assert apart == pytest.approx(1 / 5001)
