"""Two groups of patients against enumeration, closed forms and literal loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from xai_bench.stats import compare_groups, independent_difference_interval, rank_sum_p
from xai_bench.stats.paired import signed_rank_p


def _enumerated_p(first: list[float], second: list[float]) -> float:
    """Of all ways to choose the first group, the share with as extreme a rank sum, tail by tail."""
    every = [*first, *second]
    ranks = [1 + sum(b < a for b in every) + (sum(b == a for b in every) - 1) / 2 for a in every]
    sums = [sum(chosen) for chosen in combinations(ranks, len(first))]
    found = sum(ranks[: len(first)])
    below = np.mean([one <= found + 1e-9 for one in sums])
    above = np.mean([one >= found - 1e-9 for one in sums])
    return min(1.0, 2 * min(float(below), float(above)))


@pytest.mark.parametrize("values", [20, 4])
def test_the_rank_sum_test_against_enumeration_with_ties_and_without(values: int) -> None:
    rng = np.random.default_rng(values)
    for sizes in ((5, 5), (5, 8), (7, 6)):
        first, second = (rng.integers(values, size=n).astype(float) for n in sizes)
        expected = _enumerated_p(first.tolist(), second.tolist())
        assert rank_sum_p(first, second) == pytest.approx(expected, abs=1e-12)
        assert rank_sum_p(second, first) == pytest.approx(expected, abs=1e-12)


def test_many_numbers_have_the_p_of_the_normal_approximation() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(30, size=40).astype(float), rng.integers(33, size=45).astype(float)
    expected = scipy_stats.mannwhitneyu(first, second, method="asymptotic").pvalue
    assert rank_sum_p(first, second) == pytest.approx(expected, rel=1e-9)
    assert rank_sum_p(np.zeros(40), np.zeros(40)) == 1


def test_what_differs_by_rounding_is_tied() -> None:
    first = np.array([1.0, 1.0, 1.0, 1.0, 1.0])
    assert rank_sum_p(first, first + 1e-7) == 1
    assert rank_sum_p(first, first + 1e-7, floor=1e-9) < 0.01


def test_the_interval_of_normal_scores_is_that_of_welch() -> None:
    """For symmetric scores resamples and Student agree but for the noise of resampling."""
    grid = scipy_stats.norm.ppf((np.arange(24) + 0.5) / 24)
    first, second = 3 + grid, 2 * grid[::2]
    whose = [[f"{side}{k}" for k in range(n)] for side, n in (("a", 24), ("b", 12))]
    low, high = independent_difference_interval(first, second, *whose)
    expected = scipy_stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert low == pytest.approx(expected.low, abs=0.08)
    assert high == pytest.approx(expected.high, abs=0.08)
    turned = independent_difference_interval(second, first, *whose[::-1])
    assert turned == pytest.approx((-high, -low), abs=0.08)


def test_groups_of_different_patients() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=26)
    scores[:13] += 3
    scores[3] = np.nan
    patients = [f"p{k // 2}" for k in range(26)]  # p6 has the 13th and the 14th
    first = np.arange(26) < 13
    found = compare_groups(scores, patients, first, ~first)
    ours, theirs = scores[[*range(3), *range(4, 12)]], scores[14:]
    assert found["test"] == "unpaired"
    assert found["left_out"] == 1, "a patient with recordings in both"
    assert found["difference"] == pytest.approx(ours.mean() - theirs.mean())
    assert (found["first_n"], found["second_n"]) == (11, 12)
    assert (found["first_patients"], found["second_patients"]) == (6, 6)
    one = [scores[[0, 1]].mean(), scores[2], *(scores[[k, k + 1]].mean() for k in (4, 6, 8, 10))]
    other = [scores[[k, k + 1]].mean() for k in range(14, 26, 2)]
    assert found["p"] == pytest.approx(_enumerated_p([float(x) for x in one], other))
    assert found["superiority"] == np.mean([a > b for a in one for b in other])
    assert found["ci_low"] < found["difference"] < found["ci_high"]


def test_groups_of_the_same_patients_are_compared_patient_by_patient() -> None:
    rng = np.random.default_rng(2)
    patients = [*(f"p{k}" for k in range(8)), *(f"p{k}" for k in range(8)), "alone"]
    scores = np.concatenate([rng.normal(size=16), [9.0]])
    first = np.array([True] * 8 + [False] * 8 + [True])
    found = compare_groups(scores, patients, first, ~first)
    each = scores[:8] - scores[8:16]
    assert (found["test"], found["left_out"]) == ("paired", 1)
    assert found["difference"] == pytest.approx(each.mean())
    assert found["p"] == pytest.approx(signed_rank_p(each, patients[:8]))
    assert found["superiority"] == np.mean(each > 0)


def test_of_few_patients_only_the_difference_is_known() -> None:
    scores = np.arange(10.0)
    first = np.arange(10) < 4
    found = compare_groups(scores, [str(k) for k in range(10)], first, ~first)
    assert found["difference"] == pytest.approx(1.5 - 6.5)
    assert np.isnan([found[name] for name in ("ci_low", "ci_high", "p", "superiority")]).all()
    nobody = compare_groups(scores, [str(k) for k in range(10)], first, scores < 0)
    assert np.isnan(nobody["difference"])
    assert nobody["second_n"] == 0
