"""The least difference that is told apart: against a bisection of the verdict itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from xai_bench.stats import compare_pairs, minimum_detectable, statistic_interval, with_least
from xai_bench.stats.paired import signed_rank_p


def _owners(patients: int) -> list[str]:
    return [f"{patient:03}" for patient in range(patients)]


def _power(sets: np.ndarray, shift: float, tests: int) -> float:
    """Share of sets whose shifted differences are told apart by the test and the interval."""
    owners = _owners(sets.shape[1])
    found = 0
    for each in sets + shift:
        if signed_rank_p(each, owners) < 0.05 / tests:
            found += statistic_interval(each, owners, "mean")[0] > 0
    return found / len(sets)


@pytest.mark.slow_but_one
@pytest.mark.parametrize(("tail", "tests"), [("normal", 1), ("skewed", 36), ("heavy", 6)])
def test_four_sets_in_five_are_told_apart_at_it(tail: str, tests: int) -> None:
    """Sets are drawn from the patients at hand, as if they were all that there are."""
    rng = np.random.default_rng(3)
    each = {
        "normal": rng.normal(size=20),
        "skewed": rng.exponential(size=20),
        "heavy": rng.standard_t(3, size=20),
    }[tail]
    least = minimum_detectable(each, _owners(20), tests=tests)
    centred = (each - each.mean()) * np.sqrt(20 / 19)
    sets = centred[rng.integers(0, 20, (250, 20))]
    powers = (_power(sets, least, tests), _power(-sets, least, tests))
    assert min(powers) == pytest.approx(0.8, abs=0.08)
    smaller = (_power(sets, 0.7 * least, tests), _power(-sets, 0.7 * least, tests))
    assert min(smaller) < 0.65


def test_it_is_of_patients_and_of_differences_whatever_their_unit() -> None:
    each = np.random.default_rng(5).normal(size=12)
    once = minimum_detectable(each, _owners(12), tests=3)
    twice = minimum_detectable(np.repeat(each, 2), np.repeat(_owners(12), 2).tolist(), tests=3)
    assert twice == pytest.approx(once)
    assert minimum_detectable(1000 * each + 7, _owners(12), tests=3) == pytest.approx(1000 * once)
    assert minimum_detectable(-each, _owners(12), tests=3) == pytest.approx(once)
    assert minimum_detectable(np.full(12, 3.0), _owners(12), tests=3) == pytest.approx(0, abs=1e-9)


def test_more_tests_want_a_larger_difference() -> None:
    """By the step of Holm: a pair that is told apart alone need not be among 45."""
    each = np.random.default_rng(5).normal(size=32)
    found = [minimum_detectable(each, _owners(32), tests=tests) for tests in (1, 10, 45)]
    assert found == sorted(found)
    assert found[2] > 1.4 * found[0], "review of the numbers: what was printed for 1 had 45 %"


def test_so_few_patients_that_no_p_is_small_enough_tell_nothing() -> None:
    each = np.random.default_rng(0).normal(size=8)
    assert np.isfinite(minimum_detectable(each, _owners(8), tests=6)), "2 / 2^8 < 0.05 / 6"
    assert minimum_detectable(each, _owners(8), tests=7) == np.inf
    assert np.isnan(minimum_detectable(each[:4], _owners(4), tests=1))


@pytest.mark.parametrize("tests", [1, 45])
def test_of_a_cohort_it_is_that_of_a_t_test_of_ranks(tests: int) -> None:
    """Of normal differences the signed-rank test wants pi / 3 times the patients of a t-test."""
    each = scipy_stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    z = scipy_stats.norm.ppf(1 - 0.025 / tests) + scipy_stats.norm.ppf(0.8)
    expected = z * np.sqrt(np.pi / 3 / 2000)
    assert minimum_detectable(each, [f"{k:04}" for k in range(2000)], tests=tests) == (
        pytest.approx(expected, rel=0.06)
    )


def test_each_pair_has_it_of_the_recordings_that_both_have() -> None:
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(rng.normal(size=(24, 3)), columns=list("abc"))
    scores.loc[[1, 5], "a"] = np.nan
    scores["d"] = np.nan
    owners = [f"{k // 2:02}" for k in range(24)]
    pairs = with_least(compare_pairs(scores, owners, better="higher"), scores, owners)
    for row in pairs.to_dict("records"):
        known = scores[[row["first"], row["second"]]].dropna()
        if known.empty:
            assert np.isnan(row["least"])
            continue
        difference = (known[row["first"]] - known[row["second"]]).to_numpy()
        of_known = [owners[k] for k in known.index]
        assert row["least"] == minimum_detectable(difference, of_known, tests=3)
    once = with_least(compare_pairs(scores, owners, better="higher"), scores, owners, tests=1)
    both = pd.DataFrame({"once": once["least"], "three": pairs["least"]}).dropna()
    assert len(both) == 3
    assert (both["once"] < both["three"]).all()
