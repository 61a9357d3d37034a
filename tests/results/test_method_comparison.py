"""Ranks, places and what needs no model: the rules written out, and their edges."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from xai_bench.results.method_comparison import (
    NOT_ASKED,
    TOO_FEW,
    MethodScores,
    compare_methods,
)
from xai_bench.stats import compare_pairs, holm, statistic_interval
from xai_bench.stats.paired import signed_rank_p

PATIENTS = [f"p{k:02}" for k in range(24)]
RNG = np.random.default_rng(0)
BASE = RNG.normal(size=24)


def _scores(**shifts: float) -> pd.DataFrame:
    """What is the recording's, and a little that is each method's own."""
    rng = np.random.default_rng(1)
    named = {name.replace("_at_", "@"): shift for name, shift in shifts.items()}
    return pd.DataFrame(
        {name: BASE + shift + 0.3 * rng.normal(size=24) for name, shift in named.items()}
    )


def _compared(
    scores: pd.DataFrame,
    *,
    family: str = "faithfulness",
    better: str = "higher",
    statistic: str = "mean",
    metric: str = "m",
) -> dict[str, dict[str, Any]]:
    return compare_methods(
        MethodScores(
            metric=metric,
            family=family,
            statistic=statistic,
            better=better,
            scores=scores,
            patients=PATIENTS[: len(scores)],
        )
    )


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_ranks_are_those_of_the_definition_written_out(better: str) -> None:
    scores = _scores(a=0.0, b=0.1, c=0.35, d=0.5, e=1.5)
    owners = PATIENTS
    p, apart = {}, {}
    for one, other in combinations(scores.columns, 2):
        difference = (scores[one] - scores[other]).to_numpy()
        p[one, other] = signed_rank_p(difference, owners)
    adjusted = dict(zip(p, holm(np.array(list(p.values()))), strict=True))
    for (one, other), each in adjusted.items():
        difference = (scores[one] - scores[other]).to_numpy()
        low, high = statistic_interval(difference, owners, "mean")
        sign = 1 if better == "higher" else -1
        apart[one, other] = each < 0.05 and min(sign * low, sign * high) > 0
        apart[other, one] = each < 0.05 and max(sign * low, sign * high) < 0
    expected = {
        name: 1 + sum(apart.get((other, name), False) for other in scores.columns)
        for name in scores.columns
    }
    found = _compared(scores, better=better)
    assert {name: columns["rank"] for name, columns in found.items()} == expected
    assert 2 < len(set(expected.values())) < 5, "neither all apart nor all tied"


def test_controls_have_no_rank_push_nobody_down_and_cost_no_test() -> None:
    alone = _compared(_scores(a=0.0, b=0.25))
    found = _compared(_scores(a=0.0, b=0.25, oracle=9.0, random=-9.0, a_at_flipped=5.0))
    assert set(found) == {"a", "b"}
    assert [found[name]["rank"] for name in "ab"] == [alone[name]["rank"] for name in "ab"]


def test_without_a_better_way_or_patients_nobody_is_ahead() -> None:
    scores = _scores(a=0.0, b=9.0, amplitude=1.0)
    assert _compared(scores, better="none") == {
        name: {"not_better_than": NOT_ASKED} for name in "ab"
    }
    few = _compared(scores[:4])
    assert [few[name]["rank"] for name in "ab"] == [1, 1]
    assert [few[name]["not_better_than"] for name in "ab"] == [TOO_FEW] * 2
    assert "place" not in few["a"]


def test_what_needs_no_model_is_named_as_far_as_it_is_not_beaten() -> None:
    scores = _scores(
        good=2.0, good_at_untrained=0.0,
        fair=1.0, fair_at_untrained=1.0,
        poor=-1.0, poor_at_untrained=-3.0,
        new=3.0,
        amplitude=0.5, slope=0.0, random=9.0, oracle=9.0, good_at_flipped=9.0,
    )  # fmt: skip
    found = {name: one["not_better_than"] for name, one in _compared(scores).items()}
    assert found == {
        "good": "",
        "fair": "fair@untrained",
        "poor": "amplitude; slope",
        "new": "",
    }
    lower = {
        name: one["not_better_than"] for name, one in _compared(scores, better="lower").items()
    }
    assert lower["poor"] == "poor@untrained"
    assert lower["good"] == "amplitude; slope; good@untrained"


def test_to_be_better_than_all_is_to_be_better_than_the_hardest_after_holm_over_methods() -> None:
    """Methods that are a little better than |z| are so alone, and not as one of many."""
    rng = np.random.default_rng(3)
    scores = _scores(amplitude=0.0, ig=0.31)
    pair = compare_pairs(scores, PATIENTS, better="higher").iloc[0]
    assert 0.05 / 8 < pair["p"] < 0.05
    assert _compared(scores)["ig"]["not_better_than"] == ""
    others = {f"m{k}": scores["amplitude"] + 0.3 * rng.normal(size=24) for k in range(7)}
    among = _compared(scores.assign(**others))
    assert {one["not_better_than"] for one in among.values()} == {"amplitude"}


@pytest.mark.parametrize("family", ["randomisation", "axiomatic", "complexity", "runtime"])
def test_where_it_makes_no_sense_it_is_not_asked(family: str) -> None:
    found = _compared(_scores(a=0.0, amplitude=9.0), family=family)
    assert found["a"]["not_better_than"] == NOT_ASKED


def test_without_such_a_control_it_is_not_asked() -> None:
    scores = _scores(a=0.0, b=0.0, b_at_untrained=0.0, random=9.0, a_at_noise=9.0)
    found = _compared(scores)
    assert found["a"]["not_better_than"] == NOT_ASKED
    assert found["b"]["not_better_than"] == "b@untrained"


def test_so_few_patients_that_no_p_is_small_enough_mark_nobody() -> None:
    scores = _scores(amplitude=0.0, **{f"m{k}": 9.0 + k for k in range(8)})[:8]
    assert 2 / 2**8 > 0.05 / 8
    found = _compared(scores)
    assert {one["not_better_than"] for one in found.values()} == {TOO_FEW}
    found = _compared(scores[["amplitude", "m0", "m1"]])
    assert {one["not_better_than"] for one in found.values()} == {""}


def test_a_method_has_a_place_between_the_best_control_and_the_best_method() -> None:
    scores = _scores(
        best=4.0, half=2.5, under=0.0, random=-3.0, amplitude=1.0, slope=0.5,
        half_at_untrained=0.0, half_at_flipped=9.0, oracle=9.0,
    )  # fmt: skip
    found = _compared(scores)
    means = scores.mean()
    way = means["best"] - means["amplitude"]
    for name in ("best", "half", "under"):
        one = found[name]
        assert one["floor"] == "amplitude"
        assert one["place"] == pytest.approx((means[name] - means["amplitude"]) / way)
        assert one["place_low"] <= one["place"] <= one["place_high"]
    assert found["best"]["place"] == found["best"]["place_low"] == 1
    assert found["under"]["place_high"] < 0
    assert 0.4 < found["half"]["place_low"] < found["half"]["place_high"] < 0.6


def test_where_no_method_is_above_the_floor_none_has_a_place() -> None:
    """Stability skills were all .9 because the oracle is perfectly stable."""
    found = _compared(_scores(a=0.0, b=-1.0, amplitude=0.0, oracle=9.0), family="stability")
    assert all("place" not in one for one in found.values())


@pytest.mark.parametrize(
    ("family", "ceiling"), [("localisation", "oracle"), ("faithfulness", "truth")]
)
def test_where_there_is_a_ceiling_there_is_no_place(family: str, ceiling: str) -> None:
    scores = _scores(a=3.0, amplitude=0.0, **{ceiling: 5.0})
    assert "place" not in _compared(scores, family=family)["a"]
    assert "place" in _compared(scores.drop(columns=ceiling), family=family)["a"]


def test_a_percentile_has_ranks_and_nothing_else() -> None:
    found = _compared(_scores(a=0.0, b=3.0, amplitude=1.0), statistic="p50", better="lower")
    assert found["a"] == {"not_better_than": NOT_ASKED, "rank": 1}
    assert found["b"] == {"not_better_than": NOT_ASKED, "rank": 2}


def test_recordings_without_a_score_are_left_out_pair_by_pair() -> None:
    scores = _scores(a=2.0, b=0.0, amplitude=1.0)
    scores.loc[:5, "a"] = math.nan
    scores.loc[[8, 9], "amplitude"] = math.nan
    found = _compared(scores)
    assert (found["a"]["rank"], found["b"]["rank"]) == (1, 2)
    assert found["a"]["not_better_than"] == ""
    complete = scores.dropna().mean()
    assert found["b"]["place"] == pytest.approx(
        (complete["b"] - complete["amplitude"]) / (complete["a"] - complete["amplitude"])
    )
