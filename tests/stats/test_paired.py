"""Paired comparisons against enumeration, closed forms and literal loops."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests

from xai_bench.stats import compare_pairs, difference_interval, holm
from xai_bench.stats.paired import signed_rank_p

PATIENTS = [f"p{i // 2}" for i in range(20)]


def _scores(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        rng.normal(size=(20, 4)) + np.array([0, 0.6, 1.2, 1.3]), columns=list("abcd")
    )


def _of_patients(values: pd.Series) -> list[float]:
    return [float(values[[2 * p, 2 * p + 1]].mean()) for p in range(10)]


def _enumerated_p(each: list[float]) -> float:
    """Of all signs that the differences could have had, the share with as extreme a rank sum."""
    ranks = [
        sum(abs(other) < abs(one) for other in each)
        + (sum(abs(other) == abs(one) for other in each) + 1) / 2
        for one in each
    ]
    middle = sum(ranks) / 2
    found = sum(rank for rank, one in zip(ranks, each, strict=True) if one > 0)
    extreme = 0.0
    for signs in product([0, 1], repeat=len(each)):
        other = sum(rank * sign for rank, sign in zip(ranks, signs, strict=True))
        extreme += abs(other - middle) >= abs(found - middle)
    return float(extreme / 2 ** len(each))


def test_a_row_for_each_pair_with_the_better_method_first() -> None:
    scores = _scores()
    table = compare_pairs(scores, PATIENTS, better="higher")
    means = scores.mean()
    assert len(table) == 6
    assert {frozenset(pair) for pair in zip(table["first"], table["second"], strict=True)} == {
        frozenset(pair) for pair in ("ab", "ac", "ad", "bc", "bd", "cd")
    }
    for row in table.to_dict("records"):
        assert row["difference"] == pytest.approx(means[row["first"]] - means[row["second"]])
        assert row["difference"] > 0
    assert list(table["first"][:3]) == [means.idxmax()] * 3
    lower = compare_pairs(scores, PATIENTS, better="lower")
    assert (lower["difference"] < 0).all()
    assert sorted(lower["p"]) == pytest.approx(sorted(table["p"]))


def test_every_number_of_a_row_is_its_literal_counterpart() -> None:
    scores = _scores()
    for row in compare_pairs(scores, PATIENTS, better="higher", seed=3).to_dict("records"):
        difference = scores[row["first"]] - scores[row["second"]]
        each = _of_patients(difference)
        assert row["p"] == pytest.approx(_enumerated_p(each))
        up = sum(1 + sum(abs(other) < abs(one) for other in each) for one in each if one > 0)
        assert row["rank_biserial"] == pytest.approx((up - (55 - up)) / 55)
        assert row["cohen_dz"] == pytest.approx(np.mean(each) / np.std(each, ddof=1))
        assert (row["n"], row["patients"]) == (20, 10)
        interval = difference_interval(
            scores[row["first"]].to_numpy(), scores[row["second"]].to_numpy(), PATIENTS, seed=3
        )
        assert (row["ci_low"], row["ci_high"]) == interval


@pytest.mark.parametrize("patients", [5, 8, 12])
def test_p_is_exact_where_ranks_tie_and_differences_are_none(patients: int) -> None:
    rng = np.random.default_rng(patients)
    owners = [f"{i:02}" for i in range(patients)]
    for _ in range(5):
        scores = pd.DataFrame(rng.integers(0, 4, (patients, 2)), columns=["a", "b"], dtype=float)
        p = compare_pairs(scores, owners, better="higher")["p"][0]
        apart = [float(d) for d in scores["a"] - scores["b"] if d]
        assert p == pytest.approx(_enumerated_p(apart))


@pytest.mark.parametrize("patients", [32, 80])
def test_p_is_scipys_where_no_ranks_tie(patients: int) -> None:
    scores = np.random.default_rng(patients).normal(0.2, 1, (patients, 2))
    table = pd.DataFrame(scores, columns=["a", "b"])
    p = compare_pairs(table, [f"{i:02}" for i in range(patients)], better="higher")["p"][0]
    assert p == pytest.approx(scipy_stats.wilcoxon(*scores.T).pvalue)


def test_p_of_all_pairs_are_adjusted_as_statsmodels_does() -> None:
    table = compare_pairs(_scores(), PATIENTS, better="higher")
    _, adjusted, *_ = multipletests(table["p"], method="holm")
    assert list(table["p_holm"]) == pytest.approx(list(adjusted))
    assert 1 < (table["p_holm"] / table["p"]).max() <= 6


def test_holm_adjusts_for_the_tests_that_were_made() -> None:
    p = np.array([0.04, np.nan, 0.01, 0.03, 0.6])
    known = ~np.isnan(p)
    adjusted = holm(p)
    assert np.isnan(adjusted[~known]).all()
    assert list(adjusted[known]) == pytest.approx(list(multipletests(p[known], method="holm")[1]))


def test_a_pair_is_compared_on_the_recordings_that_both_have() -> None:
    scores = _scores()
    whole = compare_pairs(scores, PATIENTS, better="higher")
    scores.loc[[2, 3, 7], "a"] = np.nan
    scores.loc[18, "b"] = np.nan
    table = compare_pairs(scores, PATIENTS, better="higher")
    for row in table.to_dict("records"):
        known = scores[[row["first"], row["second"]]].dropna()
        assert row["n"] == len(known)
        assert row["difference"] == pytest.approx(
            (known[row["first"]] - known[row["second"]]).mean()
        )
        assert row["patients"] == (9 if "a" in (row["first"], row["second"]) else 10)
    same = [{"c", "d"} == {row["first"], row["second"]} for row in table.to_dict("records")]
    before = [{"c", "d"} == {row["first"], row["second"]} for row in whole.to_dict("records")]
    columns = ["difference", "ci_low", "ci_high", "p"]
    assert table.loc[same, columns].to_numpy() == pytest.approx(
        whole.loc[before, columns].to_numpy()
    )


def test_first_is_the_better_one_of_the_recordings_that_both_have() -> None:
    """b has the better mean only because of recordings that a lacks."""
    a = np.array([2.0] * 10 + [np.nan] * 10)
    b = np.array([1.0] * 10 + [9.0] * 10)
    row = compare_pairs(pd.DataFrame({"a": a, "b": b}), PATIENTS, better="higher").iloc[0]
    assert (row["first"], row["second"], row["difference"]) == ("a", "b", 1.0)


def test_methods_that_differ_by_rounding_do_not_differ() -> None:
    rng = np.random.default_rng(4)
    scores = pd.DataFrame({"a": rng.normal(size=20)})
    scores["b"] = scores["a"] + 1e-8 * rng.uniform(0.1, 1, size=20)
    row = compare_pairs(scores, PATIENTS, better="higher").iloc[0]
    assert (row["difference"], row["p"], row["rank_biserial"]) == (0, 1, 0)
    assert np.isnan(row["cohen_dz"])


def test_without_patients_or_common_recordings_little_is_known() -> None:
    scores = _scores()
    few = compare_pairs(scores[:8], PATIENTS[:8], better="higher")
    assert few[["ci_low", "ci_high", "p", "p_holm", "cohen_dz"]].isna().all(axis=None)
    assert few["difference"].notna().all()
    scores["e"] = np.nan
    table = compare_pairs(scores, PATIENTS, better="higher")
    of_e = (table[["first", "second"]] == "e").any(axis=1)
    assert (table["n"][of_e] == 0).all()
    assert table.loc[of_e, ["difference", "p", "p_holm"]].isna().all(axis=None)
    expected = compare_pairs(_scores(), PATIENTS, better="higher")["p_holm"]
    assert list(table["p_holm"][~of_e]) == pytest.approx(list(expected)), "six pairs, not ten"


def test_one_method_has_no_pair() -> None:
    assert compare_pairs(_scores()[["a"]], PATIENTS, better="higher").empty


def test_of_pairs_that_are_asked_for_only_these_are_adjusted_for() -> None:
    table = compare_pairs(_scores(), PATIENTS, better="higher", pairs=[("a", "d"), ("b", "a")])
    assert [{row["first"], row["second"]} for row in table.to_dict("records")] == [
        {"a", "d"},
        {"a", "b"},
    ]
    assert list(table["p_holm"]) == pytest.approx(list(holm(table["p"].to_numpy())))
    every = compare_pairs(_scores(), PATIENTS, better="higher")
    ad = every[(every[["first", "second"]].isin(["a", "d"])).all(axis=1)]
    assert table["p"][0] == ad["p"].item()
    assert (table["difference"] > 0).all(), "the better one is first, whichever was named first"


def test_the_signed_rank_test_against_zero_is_of_patients_means() -> None:
    values = _scores(3)["b"]
    assert signed_rank_p(values.to_numpy(), PATIENTS) == pytest.approx(
        _enumerated_p(_of_patients(values))
    )
    assert np.isnan(signed_rank_p(values.to_numpy()[:8], PATIENTS[:8])), "four patients"


def test_the_floor_of_a_metric_decides_what_rounding_is() -> None:
    rng = np.random.default_rng(4)
    scores = pd.DataFrame(rng.uniform(1e-7, 3e-4, size=(20, 2)), columns=["a", "b"])
    scores["b"] += 3e-4
    assert compare_pairs(scores, PATIENTS, better="lower")["p"][0] < 0.01
    row = compare_pairs(scores, PATIENTS, better="lower", floor=1e-3).iloc[0]
    assert (row["difference"], row["p"]) == (0, 1)
