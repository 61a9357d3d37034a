"""Intervals over seeds and nets against closed forms and literal loops."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from xai_bench.stats import pairs_interval, seeds_interval, statistic_interval

PATIENTS = [f"p{i // 2:02}" for i in range(20)]


def test_of_recordings_that_are_all_alike_it_is_students_interval_of_seeds() -> None:
    of_seeds = np.array([0.3, 0.5, 0.9, 0.4])
    scores = pd.DataFrame(np.tile(of_seeds, (20, 1)))
    reach = scipy_stats.t.ppf(0.975, 3) * of_seeds.std(ddof=1) / 2
    mean = of_seeds.mean()
    assert seeds_interval(scores, PATIENTS) == pytest.approx((mean, mean - reach, mean + reach))


def test_of_seeds_that_are_all_alike_it_is_the_interval_of_patients() -> None:
    values = np.random.default_rng(0).exponential(size=20)
    scores = pd.DataFrame(np.tile(values[:, None], 4))
    expected = (values.mean(), *statistic_interval(values, PATIENTS, "mean", seed=5))
    assert seeds_interval(scores, PATIENTS, seed=5) == pytest.approx(expected)


def test_the_two_errors_add_up_as_squares_less_what_patients_add_to_seeds() -> None:
    """With one recording a patient the seeds' own variance is that of the two-way table."""
    rng = np.random.default_rng(1)
    n, seeds = 20, 4
    values = rng.normal(size=(n, 1)) + rng.normal(size=(n, seeds)) + rng.normal(size=seeds)
    patients = [f"{i:02}" for i in range(n)]
    mean = values.mean()
    between = n * sum((values[:, s].mean() - mean) ** 2 for s in range(seeds)) / (seeds - 1)
    rest = 0.0
    for i in range(n):
        for s in range(seeds):
            rest += (values[i, s] - values[i].mean() - values[:, s].mean() + mean) ** 2
    rest /= (n - 1) * (seeds - 1)
    assert between > rest
    reach = scipy_stats.t.ppf(0.975, seeds - 1) * np.sqrt((between - rest) / n / seeds)
    low, high = statistic_interval(values.mean(axis=1), patients, "mean")
    expected = mean, mean - np.hypot(mean - low, reach), mean + np.hypot(high - mean, reach)
    assert seeds_interval(pd.DataFrame(values), patients) == pytest.approx(expected)


def test_patients_own_answers_are_no_spread_of_seeds_however_many_their_recordings() -> None:
    """Each patient answers each seed in an own way; copies of a recording add nothing."""
    rng = np.random.default_rng(2)
    once = rng.normal(size=(10, 4))
    single = seeds_interval(pd.DataFrame(once), [f"p{i:02}" for i in range(10)])
    doubled = seeds_interval(pd.DataFrame(np.repeat(once, 2, axis=0)), PATIENTS)
    assert doubled == pytest.approx(single)


def test_fewer_than_three_seeds_or_five_patients_have_no_interval() -> None:
    scores = pd.DataFrame(np.random.default_rng(3).normal(size=(20, 3)))
    two = seeds_interval(scores[[0, 1]], PATIENTS)
    assert two[0] == pytest.approx(scores[[0, 1]].to_numpy().mean())
    assert np.isnan(two[1:]).all()
    assert np.isnan(seeds_interval(scores[:8], PATIENTS[:8])[1:]).all()
    assert np.isfinite(seeds_interval(scores, PATIENTS)).all()


def test_only_recordings_that_all_seeds_have_count() -> None:
    scores = pd.DataFrame(np.random.default_rng(4).normal(size=(20, 3)))
    expected = seeds_interval(scores[2:], PATIENTS[2:])
    scores.loc[0, 1] = scores.loc[1, 2] = np.nan
    assert seeds_interval(scores, PATIENTS) == pytest.approx(expected)
    assert np.isnan(seeds_interval(scores * np.nan, PATIENTS)).all()


def _similarities(nets: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    own = rng.normal(size=nets)[:, None, None] + rng.normal(size=(nets, 1, 20))
    half = own + rng.normal(size=(nets, nets, 20))
    scores: np.ndarray = half + half.transpose(1, 0, 2)
    return scores


def test_nets_stand_for_themselves_by_pseudo_values() -> None:
    scores = _similarities(5)
    pseudo = pd.DataFrame(index=range(20), columns=range(5), dtype=float)
    for record in range(20):
        every = [scores[i, j, record] for i, j in combinations(range(5), 2)]
        for net in range(5):
            others = [k for k in range(5) if k != net]
            without = [scores[i, j, record] for i, j in combinations(others, 2)]
            pseudo.loc[record, net] = 5 * np.mean(every) - 4 * np.mean(without)
    found = pairs_interval(scores, PATIENTS, seed=6)
    assert found == pytest.approx(seeds_interval(pseudo, PATIENTS, seed=6))
    assert found[0] == pytest.approx(np.mean([scores[i, j] for i, j in combinations(range(5), 2)]))


def test_what_a_net_is_to_itself_is_left_out() -> None:
    scores = _similarities(4)
    expected = pairs_interval(scores, PATIENTS)
    scores[range(4), range(4)] = 1e6
    assert pairs_interval(scores, PATIENTS) == expected
    scores[range(4), range(4)] = np.nan
    assert pairs_interval(scores, PATIENTS) == expected


def test_two_nets_have_a_mean_but_no_interval() -> None:
    scores = _similarities(2)
    found = pairs_interval(scores, PATIENTS)
    assert found[0] == pytest.approx(scores[0, 1].mean())
    assert np.isnan(found[1:]).all()
