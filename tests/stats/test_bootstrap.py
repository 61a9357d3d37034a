"""Intervals against scipy's bootstrap and slow re-implementations."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats

from xai_bench.stats import (
    Statistic,
    bootstrap,
    difference_interval,
    mean_auroc_interval,
    skill,
    statistic,
    statistic_interval,
)
from xai_bench.stats.bootstrap import RESAMPLES, bca, draw_patients, drawn_sums, expanded, resamples

NORMAL = NormalDist()


@pytest.mark.parametrize("size", [1, 2, 20, 101])
def test_statistics_of_the_sample(size: int) -> None:
    values = np.random.default_rng(0).exponential(size=size)
    assert statistic(values, "mean") == pytest.approx(sum(values) / size)
    kinds: dict[Statistic, float] = {"p50": 0.50, "p95": 0.95}
    for kind, share in kinds.items():
        below = [v for v in values if np.mean(values <= v) >= share - 1e-12]
        assert statistic(values, kind) == min(below)


def test_interval_of_a_mean_is_scipys_bca_with_expanded_percentiles() -> None:
    values = np.random.default_rng(1).lognormal(size=40)
    z = np.sqrt(40 / 39) * scipy_stats.t.ppf(0.975, 39)
    expected = scipy_stats.bootstrap(
        (values,),
        np.mean,
        method="BCa",
        confidence_level=2 * NORMAL.cdf(z) - 1,
        n_resamples=20000,
        rng=np.random.default_rng(2),
    ).confidence_interval
    found = statistic_interval(values, [f"{i:02}" for i in range(40)], "mean")
    assert found == pytest.approx(tuple(expected), abs=0.04)
    plain = scipy_stats.bootstrap(
        (values,),
        np.mean,
        method="percentile",
        confidence_level=2 * NORMAL.cdf(z) - 1,
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert found[0] > plain.low + 0.03, "skewed scores move the interval"
    assert found[1] > plain.high + 0.1


def test_patients_of_unequal_numbers_of_recordings_are_scipys_clusters() -> None:
    rng = np.random.default_rng(3)
    owner = np.sort(rng.integers(0, 30, 90))
    values = rng.exponential(size=30)[owner] + rng.normal(size=90)
    sums = np.array([values[owner == p].sum() for p in np.unique(owner)])
    sizes = np.array([np.sum(owner == p) for p in np.unique(owner)])
    z = expanded(len(sums))
    expected = scipy_stats.bootstrap(
        (sums, sizes),
        lambda sums, sizes, axis: sums.sum(axis=axis) / sizes.sum(axis=axis),
        paired=True,
        method="BCa",
        confidence_level=2 * NORMAL.cdf(z) - 1,
        n_resamples=20000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    found = statistic_interval(values, [f"{p:02}" for p in owner], "mean")
    assert found == pytest.approx(tuple(expected), abs=0.03)


def test_bca_is_its_formula() -> None:
    rng = np.random.default_rng(5)
    resampled, left_out = rng.gamma(2, size=999), rng.gamma(1, size=12)
    found = float(np.quantile(resampled, 0.6))
    below = sum(1 for value in resampled if value < found) / 999
    equal = sum(1 for value in resampled if value == found) / 999
    bias = NORMAL.inv_cdf(below + equal / 2)
    mean = sum(left_out) / 12
    cubes = sum((mean - value) ** 3 for value in left_out)
    squares = sum((mean - value) ** 2 for value in left_out)
    a = cubes / (6 * squares**1.5)
    ends = []
    for z in (-1.7, 1.7):
        share = NORMAL.cdf(bias + (bias + z) / (1 - a * (bias + z)))
        ends.append(float(np.quantile(resampled, share)))
    assert bca(resampled, found, left_out, 1.7) == pytest.approx(tuple(ends), abs=1e-12)


def test_expanded_percentiles_of_normal_resamples_are_students_interval() -> None:
    n, spread = 12, 0.9
    z = expanded(n)
    of_resamples = spread * np.sqrt((n - 1) / n) / np.sqrt(n)
    student = scipy_stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)
    assert z * of_resamples == pytest.approx(student)


@pytest.mark.parametrize("kind", ["p50", "p95"])
def test_interval_of_a_quantile_is_scipys_percentile_bootstrap(kind: Statistic) -> None:
    values = np.random.default_rng(6).normal(3, 2, size=201)
    share = {"p50": 0.50, "p95": 0.95}[kind]
    expected = scipy_stats.bootstrap(
        (values,),
        lambda sample, axis: np.quantile(sample, share, axis=axis, method="inverted_cdf"),
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(7),
    ).confidence_interval
    found = statistic_interval(values, [f"{i:03}" for i in range(201)], kind)
    assert found == pytest.approx(tuple(expected), abs=0.1)


def test_interval_resamples_patients_not_recordings() -> None:
    """Ten copies of each patient's recording tell no more than one."""
    once = np.random.default_rng(8).normal(size=30)
    patients = [f"{i:03}" for i in range(30)]
    for kind in ("mean", "p50"):
        single = statistic_interval(once, patients, kind)
        copied = statistic_interval(np.repeat(once, 10), list(np.repeat(patients, 10)), kind)
        assert copied == pytest.approx(single, abs=1e-12)
        naive = statistic_interval(np.repeat(once, 10), [f"{i:03}" for i in range(300)], kind)
        assert (naive[1] - naive[0]) < 0.5 * (single[1] - single[0])


def test_all_of_a_patients_recordings_are_drawn_or_none() -> None:
    patients = ["b", "a", "b", "c", "a"]
    (counts,) = resamples(patients, 0)
    assert counts.shape == (RESAMPLES, 5)
    assert (counts[:, 0] == counts[:, 2]).all()
    assert (counts[:, 1] == counts[:, 4]).all()
    assert (counts[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert counts[:, [0, 1, 3]].mean(axis=0) == pytest.approx([1, 1, 1], abs=0.08)


def test_a_cohort_is_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    values, floor = rng.normal(size=(2, 60))
    patients = [f"{i // 2:02}" for i in range(60)]
    log_odds, truth = values[:, None], (values + floor > 0).astype(np.int64)[:, None]

    def found() -> list[Any]:
        bootstrap._drawn.clear()
        return [
            np.concatenate(list(resamples(patients, 3))),
            drawn_sums(draw_patients(30, 3), np.arange(60.0).reshape(30, 2)),
            statistic_interval(values, patients, "mean"),
            statistic_interval(values, patients, "p95"),
            skill(values, floor - 1, floor + 1, patients),
            mean_auroc_interval(log_odds, truth, patients),
        ]

    whole = found()
    even = np.full(30, 1 / 30)
    drawn = np.random.default_rng(3).multinomial(30, even, size=RESAMPLES)
    np.testing.assert_array_equal(whole[0], np.repeat(drawn, 2, axis=1))
    monkeypatch.setattr(bootstrap, "_PART", 8 * 60 * 7)
    assert len(list(resamples(patients, 3))) == 286
    for own, expected in zip(found(), whole, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-12)
    bootstrap._drawn.clear()


def test_the_order_of_recordings_does_not_matter() -> None:
    values = np.random.default_rng(9).normal(size=20)
    patients = [f"p{i // 2}" for i in range(20)]
    shuffled = np.random.default_rng(10).permutation(20)
    again = statistic_interval(values[shuffled], [patients[i] for i in shuffled], "mean")
    assert again == pytest.approx(statistic_interval(values, patients, "mean"), abs=1e-12)
    other = statistic_interval(values, patients, "mean", seed=1)
    assert other != statistic_interval(values, patients, "mean")


def test_fewer_than_five_patients_have_no_interval() -> None:
    values = np.arange(6.0)
    four, five = ["a", "a", "b", "c", "d", "d"], ["a", "a", "b", "c", "d", "e"]
    for kind in ("mean", "p95"):
        assert np.isnan(statistic_interval(values, four, kind)).all()
        assert np.isfinite(statistic_interval(values, five, kind)).all()


def test_scores_without_spread_have_an_interval_of_no_width() -> None:
    patients = [f"{i:02}" for i in range(20)]
    found = statistic_interval(np.full(20, 0.1), patients, "mean")
    assert found == pytest.approx((0.1, 0.1), abs=1e-12)


@pytest.mark.parametrize("n", [5, 50, 500])
def test_one_patient_unlike_all_others_still_has_an_interval(n: int) -> None:
    values = np.zeros(n)
    values[0] = 1
    low, high = statistic_interval(values, [f"{i:03}" for i in range(n)], "mean")
    assert 0 <= low < 1 / n < high <= 1


def test_interval_of_a_difference_is_paired() -> None:
    rng = np.random.default_rng(11)
    shared = 10 * rng.normal(size=30)
    first, second = shared + rng.normal(size=30), shared + rng.normal(size=30)
    patients = [f"{i:02}" for i in range(30)]
    low, high = difference_interval(first, second, patients)
    assert low < (first - second).mean() < high
    assert high - low < 2
    assert (low, high) == statistic_interval(first - second, patients, "mean")


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
