"""Ridge probes against normal equations and loops."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.stats.bootstrap import draw_patients
from xai_bench.studies.probe.linear_probe import (
    PENALTIES,
    cross_fitted,
    mean_of_others,
    ridge,
    share_interval_of,
    standard,
)

RNG = np.random.default_rng(0)


def _normal_equations(X: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Weights and intercept of a ridge regression whose intercept is not shrunk."""
    mean, level = X.mean(axis=0), y.mean()
    weights = np.linalg.solve(
        (X - mean).T @ (X - mean) + penalty * np.eye(X.shape[1]), (X - mean).T @ (y - level)
    )
    return weights, float(level - mean @ weights)


@pytest.mark.parametrize("features", [3, 40])  # fewer and more than there are recordings
def test_the_penalty_is_that_of_the_least_error_one_left_out(features: int) -> None:
    X, _ = standard(RNG.normal(size=(25, features)))
    y = X[:, 0] + RNG.normal(size=25)
    errors = []
    for penalty in PENALTIES:
        left = []
        for i in range(25):
            rest = np.arange(25) != i
            weights, level = _normal_equations(X[rest], y[rest], penalty)
            left.append((y[i] - X[i] @ weights - level) ** 2)
        errors.append(np.mean(left))
    weights, found = ridge(X, y)
    assert found == PENALTIES[int(np.argmin(errors))]
    assert weights == pytest.approx(_normal_equations(X, y, found)[0], abs=1e-9)


def test_a_constant_feature_counts_for_nothing() -> None:
    values = np.column_stack([RNG.normal(size=20), np.full(20, 7.1)])
    scaled, _ = standard(values)
    assert not scaled[:, 1].any()
    assert scaled[:, 0].std() == pytest.approx(1)


def test_what_is_linear_in_features_is_read_and_noise_is_not() -> None:
    X = RNG.normal(size=(120, 6))
    patients = [str(i) for i in range(120)]
    y = 3 * X[:, 0] - X[:, 5] + 40
    assert cross_fitted(X, y, patients, 0) == pytest.approx(y, abs=0.2)
    noise = RNG.normal(size=120)
    said = cross_fitted(X, noise, patients, 0)
    assert np.sum((noise - said) ** 2) > 0.9 * np.sum((noise - noise.mean()) ** 2)


def test_no_patient_is_on_both_sides() -> None:
    """A feature that only names patients says nothing of those who were held out."""
    patients = [f"p{i // 4}" for i in range(40)]
    named = np.eye(10)[[int(one[1:]) for one in patients]]
    y = named @ RNG.normal(size=10)
    said, mean = cross_fitted(named, y, patients, 0), mean_of_others(y, patients, 0)
    # The feature of a held-out patient is the same in all that were fitted to, hence counts nothing
    assert len({round(value, 9) for value in said[:4]}) == 1
    assert np.abs(said - mean).max() < 0.5 * np.abs(y - mean).max()


def test_the_interval_is_that_of_patients_drawn_again() -> None:
    part, whole = RNG.normal(size=30), RNG.uniform(1, 2, size=30)
    patients = [f"{i % 12:02d}" for i in range(30)]
    found, low, high = share_interval_of(part, whole, patients, seed=3)
    shares = []
    for counts in draw_patients(12, 3):
        rows = [i for i in range(30) for _ in range(counts[int(patients[i])])]
        shares.append(part[rows].sum() / whole[rows].sum())
    assert found == pytest.approx(part.sum() / whole.sum())
    assert (low, high) == pytest.approx(np.quantile(shares, [0.025, 0.975]))
    assert np.isnan(share_interval_of(part, whole, ["a"] * 30, seed=3)[1])
