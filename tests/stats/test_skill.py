"""Skill against a literal bootstrap."""

import numpy as np
import pytest

from xai_bench.stats import skill


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
