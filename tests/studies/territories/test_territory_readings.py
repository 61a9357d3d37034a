"""Readings against finite differences of a linear net, and sums that must hold."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.studies.territories.territory_readings import READINGS, density, found_by, read_by

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(12, 50))
HEALTHY = RNG.normal(size=(5, 12, 50))
SICK = HEALTHY * np.array([1.0, 0.2, 1.0, 0.5, 1.0])[:, None, None]
REST = RNG.normal(size=(12, 50))
Z = SICK.sum(axis=0) + REST


def test_the_missing_is_what_a_linear_net_would_lose_if_a_segment_came_back() -> None:
    score = read_by("missing", density(WEIGHTS * Z, Z), HEALTHY, SICK)
    for k in range(5):
        stronger = Z + HEALTHY[k]
        assert score[k] == pytest.approx((WEIGHTS * Z).sum() - (WEIGHTS * stronger).sum())


def test_what_segments_have_of_a_map_and_the_rest_are_its_sum() -> None:
    values = WEIGHTS * Z
    weights = density(values, Z)
    score = read_by("present", weights, HEALTHY, SICK)
    assert score.sum() + (weights * REST).sum() == pytest.approx(values.sum())


def test_shares_add_up_to_the_size_of_the_map() -> None:
    values = RNG.normal(size=(12, 50))
    score = read_by("share", values, HEALTHY, SICK)
    assert score.sum() == pytest.approx(np.abs(values).sum())
    literal = 0.0
    for lead in range(12):
        for time in range(50):
            size = np.abs(HEALTHY[:, lead, time])
            literal += np.abs(values[lead, time]) * size[2] / size.sum()
    assert score[2] == pytest.approx(literal)


def test_where_no_segment_adds_anything_a_share_is_zero() -> None:
    score = read_by("share", np.ones((1, 2)), np.zeros((3, 1, 2)), np.zeros((3, 1, 2)))
    np.testing.assert_array_equal(score, 0.0)


def test_a_weight_is_zero_where_the_recording_is() -> None:
    np.testing.assert_array_equal(
        density(np.array([[3.0, 1.0, -4.0]]), np.array([[1.5, 0.0, 2.0]])), [[2.0, 0.0, -2.0]]
    )


def test_auroc_and_mass_by_counting_pairs() -> None:
    score = np.array([3.0, 1.0, -2.0, 1.0, 0.5])
    silent = np.array([True, True, False, False, False])
    found = found_by(score, silent)
    pairs = [(a > b) + 0.5 * (a == b) for a in score[silent] for b in score[~silent]]
    assert found.auroc == pytest.approx(np.mean(pairs))
    assert found.mass == pytest.approx(4.0 / 5.5)
    assert np.isnan(found_by(-np.ones(3), np.array([True, False, False])).mass)


def test_every_reading_is_said() -> None:
    assert list(READINGS) == ["missing", "present", "share"]
