"""Shares of recordings in which one score beats another, their intervals and tests."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.proportion import proportion_confint

from xai_bench.stats import share_interval, sign_test_p, superior

RNG = np.random.default_rng(3)


def test_ties_within_the_floor_count_half() -> None:
    better = np.array([1.0, 2.0, 3.0, 1e5, 0.0, np.inf])
    worse = np.array([0.0, 2.00001, 4.0, 1e5 + 0.9, 9e-6, 1.0])
    assert superior(better, worse).tolist() == [1, 0.5, 0, 0.5, 0.5, 1]
    assert superior(better, worse, floor=1e-7).tolist() == [1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(("won", "count"), [(11, 12), (5, 5), (0, 9), (16, 32), (31, 32)])
def test_of_one_answer_a_patient_it_is_wilsons_interval_with_t(won: int, count: int) -> None:
    shares = np.r_[np.ones(won), np.zeros(count - won)]
    patients = [f"p{i}" for i in range(count)]
    found = share_interval(shares, patients)
    effective = count if won in (0, count) else count - 1
    alpha = 2 * scipy_stats.norm.sf(scipy_stats.t.ppf(0.975, count - 1))
    share = won / count
    expected = proportion_confint(share * effective, effective, alpha=alpha, method="wilson")
    assert found == pytest.approx(expected, abs=1e-9)


def test_answers_of_one_patient_are_not_independent() -> None:
    once = np.array([1.0, 1, 1, 0, 1, 0, 1, 1])
    patients = [f"p{i}" for i in range(8)]
    repeated = share_interval(np.repeat(once, 5), list(np.repeat(patients, 5)))
    assert repeated == pytest.approx(share_interval(once, patients)), "nothing new was seen"
    apart = share_interval(np.repeat(once, 5), [f"p{i}" for i in range(40)])
    assert apart[1] - apart[0] < 0.6 * (repeated[1] - repeated[0])


def test_recordings_of_patients_of_many_count_by_the_ratio_estimator() -> None:
    patients = ["a", "a", "a", "b", "c", "d", "d", "e", "f"]
    shares = np.array([1, 1, 1, 1, 1, 0, 0, 1, 0.0])
    share = shares.mean()
    off = [sum(shares[i] - share for i in range(9) if patients[i] == one) for one in "abcdef"]
    variance = sum(one**2 for one in off) / 9**2 * 6 / 5
    effective = share * (1 - share) / variance
    assert effective < 9
    z2 = scipy_stats.t.ppf(0.975, 5) ** 2 / effective
    root = np.sqrt(z2 * (share * (1 - share) + z2 / 4))
    expected = ((share + z2 / 2 - root) / (1 + z2), (share + z2 / 2 + root) / (1 + z2))
    assert share_interval(shares, patients) == pytest.approx(expected)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    hits = 0
    for _ in range(400):
        patient = RNG.normal(size=(16, 1)) + RNG.normal(size=(16, 3))
        shares = (patient < np.sqrt(2) * scipy_stats.norm.ppf(0.8)).astype(float)
        low, high = share_interval(shares.ravel(), [f"p{i // 3}" for i in range(48)])
        hits += low <= 0.8 <= high
    assert 0.93 <= hits / 400 <= 0.99


def test_few_patients_have_no_interval_and_no_test() -> None:
    patients = ["a", "b", "c", "d"]
    shares = np.ones(4)
    assert np.isnan([*share_interval(shares, patients), sign_test_p(shares, patients)]).all()


def test_the_sign_test_is_exact_and_of_patients() -> None:
    shares = np.array([1, 1, 1, 0, 1, 1, 1, 0.5, 1.0])
    patients = [*"aabcdefgg"]
    # a, b, d, e, f, g for, c against: of seven, 2 (C(7,0) + C(7,1)) / 2^7. g's mean is .75.
    assert sign_test_p(shares, patients) == pytest.approx(2 * (1 + comb(7, 1)) / 2**7)
    assert sign_test_p(np.full(9, 0.5), patients) == 1.0
