"""Ranks, tests over all methods and agreement of orders, against literal re-implementations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from xai_bench.errors import InputError
from xai_bench.stats import (
    agreement,
    friedman,
    mirrored,
    rank_agreement,
    rank_methods,
    resampled_agreement,
    statistic_interval,
)

PATIENTS = [f"p{i // 2}" for i in range(20)]


def _scores(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(20, 4)) + np.array([0, 0.3, 0.6, 0.8])
    return pd.DataFrame(scores, columns=["a", "b", "c", "d"])


def _of_patients(scores: pd.DataFrame) -> np.ndarray:
    return np.array([scores.iloc[[2 * p, 2 * p + 1]].mean() for p in range(10)])


def _literal_ranks(row: list[float]) -> list[float]:
    """1 is the highest; ties share."""
    return [
        1 + sum(other > one for other in row) + (sum(other == one for other in row) - 1) / 2
        for one in row
    ]


def test_ranks_and_their_intervals_are_those_of_recordings() -> None:
    scores = _scores().round(0)  # ties
    ranks = np.array([_literal_ranks(list(row)) for row in scores.to_numpy()])
    table = rank_methods(scores, PATIENTS, "higher", seed=2)
    assert list(table["mean_rank"]) == sorted(ranks.mean(axis=0))
    for row in table.to_dict("records"):
        each = ranks[:, list(scores.columns).index(row["method"])]
        assert row["mean_rank"] == pytest.approx(each.mean())
        interval = statistic_interval(each, PATIENTS, "mean", seed=2)
        assert (row["rank_low"], row["rank_high"]) == interval


def test_probability_of_being_best_is_that_of_a_literal_patient_bootstrap() -> None:
    scores = _scores(12)
    rng, wins = np.random.default_rng(1), np.zeros(4)
    for _ in range(4000):
        drawn = rng.integers(0, 10, 10)
        rows = [row for patient in drawn for row in (2 * patient, 2 * patient + 1)]
        wins[scores.to_numpy()[rows].mean(axis=0).argmax()] += 1
    table = rank_methods(scores, PATIENTS, "higher").set_index("method")
    assert list(table["best"][list("abcd")]) == pytest.approx(list(wins / 4000), abs=0.03)
    assert table["best"].sum() == pytest.approx(1)
    assert 0.1 < table["best"].max() < 0.9, "a question with an open answer"


def test_lower_is_the_opposite_of_higher() -> None:
    scores = _scores()
    lower = rank_methods(scores, PATIENTS, "lower")
    pd.testing.assert_frame_equal(lower, rank_methods(-scores, PATIENTS, "higher"))
    assert lower["method"][0] == "a"


def test_methods_that_tie_share_the_first_place() -> None:
    scores = _scores()
    scores["e"] = scores["d"]
    table = rank_methods(scores, PATIENTS, "higher").set_index("method")
    assert table["best"]["d"] == table["best"]["e"]
    assert table["best"].sum() == pytest.approx(1)


def test_ranks_are_of_the_recordings_that_all_scored_methods_have() -> None:
    scores = _scores()
    expected = rank_methods(scores[4:], PATIENTS[4:], "higher")
    scores.loc[[0, 3], "a"] = np.nan
    scores.loc[[1, 2], "c"] = np.nan
    scores["e"] = np.nan
    pd.testing.assert_frame_equal(rank_methods(scores, PATIENTS, "higher"), expected)
    assert friedman(scores, PATIENTS) == friedman(_scores()[4:], PATIENTS[4:])


def test_too_few_patients_or_methods_leave_only_the_order() -> None:
    few = rank_methods(_scores()[:8], PATIENTS[:8], "higher")
    assert few[["best", "rank_low", "rank_high"]].isna().all(axis=None)
    assert few["mean_rank"].notna().all()
    assert np.isnan(friedman(_scores()[:8], PATIENTS[:8])).all()
    assert np.isnan(friedman(_scores()[["a", "b"]], PATIENTS)).all()
    assert rank_methods(_scores() * np.nan, PATIENTS, "higher").empty


def test_methods_that_are_all_one_have_no_friedman() -> None:
    same = pd.DataFrame({name: np.arange(20.0) for name in "abc"})
    assert np.isnan(friedman(same, PATIENTS)).all()


def test_friedman_is_its_formula_on_patients_means() -> None:
    scores = _scores()
    ranks = np.array([_literal_ranks(list(row)) for row in _of_patients(scores)])
    n, k = ranks.shape
    squares = sum(total**2 for total in ranks.sum(axis=0))
    chi2 = 12 / (n * k * (k + 1)) * squares - 3 * n * (k + 1)
    found = friedman(scores, PATIENTS)
    assert found == pytest.approx((chi2, scipy_stats.chi2.sf(chi2, k - 1)))


def test_agreement_is_kendalls_tau_b_of_the_methods_of_both() -> None:
    rng = np.random.default_rng(3)
    first = pd.Series(rng.integers(0, 5, 9), index=list("abcdefghi"), dtype=float)
    second = pd.Series(rng.integers(0, 5, 9), index=list("ihgfedcba"), dtype=float)
    expected = scipy_stats.kendalltau(first, second[first.index]).statistic
    assert agreement(first, second) == pytest.approx(expected)
    first["x"], second["y"], first["z"], second["z"] = 1.0, 2.0, np.nan, 3.0
    assert agreement(first, second) == pytest.approx(expected)
    assert agreement(first, -second) == pytest.approx(-expected)
    assert np.isnan(agreement(first * 0, second))
    assert np.isnan(agreement(first[["a"]], second[["a"]]))


def _literal_interval(
    first: pd.DataFrame, second: pd.DataFrame, *, together: bool
) -> tuple[float, float]:
    rng, drawn = np.random.default_rng(4), list[float]()
    found = scipy_stats.kendalltau(first.mean(), second.mean()).statistic
    for _ in range(1000):
        patients = rng.integers(0, 10, 10)
        others = patients if together else rng.integers(0, 10, 10)
        rows, other_rows = (
            [row for patient in chosen for row in (2 * patient, 2 * patient + 1)]
            for chosen in (patients, others)
        )
        means = first.to_numpy()[rows].mean(axis=0), second.to_numpy()[other_rows].mean(axis=0)
        drawn.append(scipy_stats.kendalltau(*means).statistic)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return max(-1, min(low, 2 * found - high)), min(1, max(high, 2 * found - low))


def test_two_metrics_of_the_same_recordings_share_resamples() -> None:
    rng = np.random.default_rng(5)
    first = pd.DataFrame(rng.normal(size=(20, 9)) + 0.3 * np.arange(9))
    second = first + 0.3 * rng.normal(size=(20, 9))
    found, low, high = rank_agreement(first, second, PATIENTS)
    assert found == pytest.approx(scipy_stats.kendalltau(first.mean(), second.mean()).statistic)
    together = _literal_interval(first, second, together=True)
    assert (low, high) == pytest.approx(together, abs=0.07)
    apart = rank_agreement(first, second, PATIENTS, second_patients=PATIENTS)
    assert apart[1:] == pytest.approx(_literal_interval(first, second, together=False), abs=0.07)
    assert apart[1] < low - 0.1, "that share noise agree more surely"


def test_signs_turn_metrics_that_are_better_when_lower() -> None:
    first, second = _scores(6), _scores(7)
    found = rank_agreement(first, second, PATIENTS)
    turned = rank_agreement(-first, second, PATIENTS, signs=(-1, 1))
    assert turned == pytest.approx(found)
    opposite = rank_agreement(first, second, PATIENTS, signs=(1, -1))
    assert opposite == pytest.approx((-found[0], -found[2], -found[1]))


def test_a_metric_agrees_wholly_with_itself() -> None:
    assert rank_agreement(_scores(), _scores(), PATIENTS) == pytest.approx((1, 1, 1))


def test_tables_of_other_recordings_say_whose_they_are() -> None:
    first, second = _scores(8), _scores(9)[:16].set_index(pd.Index(range(100, 116)))
    with pytest.raises(InputError, match="second_patients"):
        rank_agreement(first, second, PATIENTS)
    found = rank_agreement(first, second, PATIENTS, second_patients=PATIENTS[:16])
    assert found[0] == pytest.approx(agreement(first.mean(), second.mean()))
    assert found[1] <= found[0] <= found[2]
    few = rank_agreement(first, second[:8], PATIENTS, second_patients=PATIENTS[:8])
    assert np.isnan(few[1:]).all()


def test_only_methods_and_recordings_that_are_known_count() -> None:
    first, second = _scores(10), _scores(11)
    expected = rank_agreement(first[["a", "b", "c"]], second[["a", "b", "c"]], PATIENTS)
    second["d"] = np.nan
    assert rank_agreement(first, second, PATIENTS) == pytest.approx(expected)
    first.loc[3, "a"] = np.nan
    found = rank_agreement(first, second, PATIENTS)
    known = first.drop(index=3)[["a", "b", "c"]].mean()
    assert found[0] == pytest.approx(agreement(known, second.mean().dropna()))


def test_scores_that_differ_by_rounding_are_tied() -> None:
    """Exact methods miss completeness by 3.9e-7 and 6.7e-6; the third by a tenth."""
    first = pd.Series([3.9e-7, 6.7e-6, 0.1], index=list("abc"))
    second = pd.Series([6.7e-6, 3.9e-7, 0.1], index=list("abc"))
    assert agreement(first, second) == pytest.approx(1)
    large = pd.Series([4000.0, 4000.01, 5000.0], index=list("abc"))
    assert agreement(large, pd.Series([2.0, 1.0, 3.0], index=list("abc"))) == pytest.approx(
        scipy_stats.kendalltau([1, 1, 2], [2, 1, 3]).statistic
    )
    rng = np.random.default_rng(0)
    noise = pd.DataFrame(1e-7 * rng.normal(size=(20, 4)), columns=list("abcd"))
    assert np.isnan(rank_agreement(noise, _scores(), PATIENTS)[0])


def test_the_interval_is_that_of_the_resamples_and_their_mirror_image() -> None:
    rng = np.random.default_rng(1)
    first = pd.DataFrame(rng.normal(size=(20, 6)) + 0.4 * np.arange(6))
    second = pd.DataFrame(rng.normal(size=(20, 6)) + 0.4 * np.arange(6))
    found, resampled = resampled_agreement(first, second, PATIENTS, second_patients=PATIENTS)
    assert resampled is not None
    low, high = np.quantile(resampled, [0.025, 0.975])
    expected = max(-1, min(low, 2 * found - high)), min(1, max(high, 2 * found - low))
    assert mirrored(found, resampled) == pytest.approx(expected)
    whole = rank_agreement(first, second, PATIENTS, second_patients=PATIENTS)
    assert whole == pytest.approx((found, *expected))
    assert np.isnan(mirrored(found, None)).all()


def test_scores_that_differ_by_rounding_share_a_rank() -> None:
    """Both are exact, and 4e-7 is no better a rounding error than 7e-6."""
    scores = pd.DataFrame({"a": [4e-7] * 20, "b": [7e-6] * 20, "c": [0.1] * 20})
    table = rank_methods(scores, PATIENTS, "lower").set_index("method")
    assert table["mean_rank"].to_dict() == {"a": 1.5, "b": 1.5, "c": 3.0}
    assert table["best"].to_dict() == {"a": 0.5, "b": 0.5, "c": 0.0}
    finer = rank_methods(scores, PATIENTS, "lower", floor=1e-9).set_index("method")
    assert finer["mean_rank"].to_dict() == {"a": 1.0, "b": 2.0, "c": 3.0}
