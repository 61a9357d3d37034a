"""Intervals against scipy and slow re-implementations."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats as scipy_stats
from sklearn.metrics import roc_auc_score

from xai_bench.stats import (
    Statistic,
    auroc,
    auroc_interval,
    skill,
    statistic,
    statistic_interval,
)

RNG = np.random.default_rng(0)


def test_statistics_of_the_sample() -> None:
    values = RNG.exponential(size=101)
    assert statistic(values, "mean") == pytest.approx(values.mean())
    assert statistic(values, "p50") == pytest.approx(np.median(values))
    literal = np.quantile(values, 0.95, method="inverted_cdf")
    assert statistic(values, "p95") == pytest.approx(literal)


@pytest.mark.parametrize(("kind", "function"), [("mean", np.mean), ("p50", np.median)])
def test_interval_of_independent_recordings_is_scipys_percentile_bootstrap(
    kind: Statistic, function: Callable[..., np.float64]
) -> None:
    values = np.random.default_rng(1).normal(3, 2, size=201)
    found = statistic_interval(values, [str(i) for i in range(201)], kind)
    expected = scipy_stats.bootstrap(
        (values,), function, method="percentile", n_resamples=4000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert found == pytest.approx(tuple(expected), abs=0.1)


def test_interval_resamples_patients_not_recordings() -> None:
    """Ten copies of each patient's recording tell no more than one."""
    once = np.random.default_rng(3).normal(size=30)
    patients = [str(i) for i in range(30)]
    single = statistic_interval(once, patients, "mean")
    copied = statistic_interval(np.repeat(once, 10), list(np.repeat(patients, 10)), "mean")
    assert copied == pytest.approx(single, abs=1e-12)
    naive = statistic_interval(np.repeat(once, 10), [str(i) for i in range(300)], "mean")
    assert (naive[1] - naive[0]) < 0.5 * (single[1] - single[0])


def test_fewer_than_five_patients_have_no_interval() -> None:
    values = np.arange(6.0)
    four, five = ["a", "a", "b", "c", "d", "d"], ["a", "a", "b", "c", "d", "e"]
    assert np.isnan(statistic_interval(values, four, "mean")).all()
    assert np.isfinite(statistic_interval(values, five, "mean")).all()


def test_auroc_is_sklearns_with_ties() -> None:
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, 200)
    log_odds = np.round(label + rng.normal(size=200), 1)
    assert auroc(log_odds, label) == pytest.approx(roc_auc_score(label, log_odds))


def test_auroc_interval_is_that_of_a_literal_patient_bootstrap() -> None:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, 120)
    log_odds = label + rng.normal(size=120)
    patients = np.array([str(i // 2) for i in range(120)])
    rows = {p: np.flatnonzero(patients == p) for p in np.unique(patients)}
    drawn = []
    for _ in range(1500):
        picked = np.concatenate([rows[p] for p in rng.choice(list(rows), len(rows))])
        drawn.append(roc_auc_score(label[picked], log_odds[picked]))
    expected = np.quantile(drawn, [0.025, 0.975])
    assert auroc_interval(log_odds, label, list(patients)) == pytest.approx(expected, abs=0.015)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    patients = [str(i) for i in range(60)]
    covered = 0
    for _ in range(200):
        low, high = statistic_interval(rng.normal(1, 1, 60), patients, "mean")
        covered += low <= 1 <= high
    assert 0.90 <= covered / 200 <= 0.985


def test_skill_is_the_ratio_of_means_with_the_interval_of_a_literal_patient_bootstrap() -> None:
    rng = np.random.default_rng(9)
    patients = [f"p{i // 2}" for i in range(40)]
    floor = rng.normal(0, 1, 40)
    ceiling = floor + rng.normal(4, 1, 40)
    values = floor + rng.normal(1, 1, 40)
    found, low, high = skill(values, floor, ceiling, patients)
    assert found == pytest.approx((values.mean() - floor.mean()) / (ceiling.mean() - floor.mean()))
    drawn = []
    for _ in range(4000):
        chosen = rng.integers(0, 20, 20)
        rows = [row for patient in chosen for row in (2 * patient, 2 * patient + 1)]
        top = sum(values[row] - floor[row] for row in rows)
        drawn.append(top / sum(ceiling[row] - floor[row] for row in rows))
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)


def test_skill_has_no_sense_without_a_range_or_patients() -> None:
    rng = np.random.default_rng(10)
    noise, ones = rng.normal(size=20), np.ones(20)
    patients = [str(i) for i in range(20)]
    assert np.isnan(skill(ones, 0 * noise, noise - noise.mean(), patients)).all()
    assert np.isnan(skill(ones, 0 * ones, ones, ["p"] * 20)).all()
    up = skill(0.3 + 0.1 * noise, 0 * ones, ones, patients)
    assert up[0] == pytest.approx(0.3 + 0.1 * noise.mean())
    assert np.isnan(skill(ones, ones, 0 * ones, patients)).all(), "the ceiling is the lower one"


def test_resamples_without_a_range_have_no_part_in_the_interval_of_skill() -> None:
    """Of five recordings, two without: one resample in a hundred draws only those."""
    ceiling = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    values = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    found, low, high = skill(values, np.zeros(5), ceiling, [str(i) for i in range(5)])
    assert found == pytest.approx(2 / 3)
    assert 0 <= low < found < high <= 1
