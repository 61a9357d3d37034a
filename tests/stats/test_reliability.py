"""The intraclass correlation, against the textbook's sums of squares."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.stats import intraclass, intraclass_interval

RNG = np.random.default_rng(5)


def _literal(scores: np.ndarray) -> float:
    """Mean squares of a one-way analysis of variance, value by value."""
    n, k = scores.shape
    grand = sum(float(x) for x in scores.flat) / (n * k)
    means = [sum(map(float, row)) / k for row in scores]
    between = k * sum((m - grand) ** 2 for m in means) / (n - 1)
    within = sum((float(x) - m) ** 2 for row, m in zip(scores, means, strict=True) for x in row)
    within /= n * (k - 1)
    return float((between - within) / (between + (k - 1) * within))


@pytest.mark.parametrize(("noise", "draws"), [(0.0, 2), (0.5, 3), (4.0, 2)])
def test_it_is_that_of_the_analysis_of_variance(noise: float, draws: int) -> None:
    scores = 1e4 + RNG.normal(size=(12, 1)) + noise * RNG.normal(size=(12, draws))
    assert intraclass(scores) == pytest.approx(_literal(scores), abs=1e-6)


def test_shrout_and_fleiss_have_it_for_their_example() -> None:
    """Table 2 of the paper: six targets, four judges; ICC(1,1) = .17."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert intraclass(np.array(ratings, dtype=float)) == pytest.approx(0.17, abs=0.005)


def test_a_draw_that_moves_all_recordings_is_the_draws_doing() -> None:
    scores = np.linspace(0, 1, 10)[:, None] + np.array([[0.0, 5.0]])
    assert intraclass(scores) < 0


def test_nothing_to_tell_from_nothing() -> None:
    assert np.isnan([intraclass(np.ones((5, 2))), intraclass(np.ones((1, 3)))]).all()
    assert np.isnan(intraclass(RNG.normal(size=(5, 1))))


def test_the_interval_resamples_patients() -> None:
    scores = RNG.normal(size=(20, 1)) + 0.5 * RNG.normal(size=(20, 3))
    patients = [f"{i // 2}" for i in range(20)]
    low, high = intraclass_interval(scores, patients, seed=1)
    rng, found = np.random.default_rng(9), []
    for _ in range(2000):
        rows = [row for p in rng.integers(0, 10, 10) for row in (2 * p, 2 * p + 1)]
        found.append(_literal(scores[rows]))
    assert (low, high) == pytest.approx(tuple(np.quantile(found, [0.025, 0.975])), abs=0.05)
    assert np.isnan(intraclass_interval(scores[:8], patients[:8])).all(), "four patients"
