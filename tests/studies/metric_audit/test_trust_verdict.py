"""Verdicts are by intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xai_bench.stats import share_interval
from xai_bench.studies.metric_audit.trust_verdict import (
    Share,
    resolution,
    verdict_of_reliability,
    verdict_of_resolution,
    verdict_of_share,
)

NAN = math.nan


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.51, 0.6, "tells"),
        (0.2, 0.49, "reversed"),
        (0.3, 0.7, "does not tell"),
        (0.4, 0.8, "too few recordings"),
        (0.5, 0.9, "too few recordings"),
        (0.1, 0.74, "does not tell"),
        (NAN, NAN, "too few recordings"),
    ],
)
def test_a_share_is_judged_by_where_its_interval_lies(
    low: float, high: float, verdict: str
) -> None:
    assert verdict_of_share(low, high) == verdict


def test_a_metric_whose_draws_do_more_than_recordings_is_not_called_reversed() -> None:
    assert verdict_of_reliability(-0.2, 0.3) == "does not tell"
    assert verdict_of_reliability(0.6, 0.9) == "tells"


def test_thirty_two_recordings_of_chance_are_said_not_to_tell() -> None:
    """And in no more than five in a hundred samples anything else than that or too few."""
    rng = np.random.default_rng(0)
    patients = [f"p{i}" for i in range(32)]
    said = [
        verdict_of_share(*share_interval(rng.integers(0, 2, 32).astype(float), patients))
        for _ in range(400)
    ]
    assert said.count("tells") + said.count("reversed") <= 0.07 * 400
    assert said.count("does not tell") >= 0.7 * 400
    better = [
        verdict_of_share(*share_interval((rng.random(32) < 0.8).astype(float), patients))
        for _ in range(400)
    ]
    assert better.count("tells") >= 0.9 * 400


def _noticed(*shares: float, width: float = 0.0) -> list[tuple[float, Share]]:
    sizes = (0.05, 0.1, 0.25, 0.5)
    return [
        (size, (share, share - width, min(1, share + width)))
        for size, share in zip(sizes, shares, strict=True)
    ]


def test_a_resolution_is_noticed_and_so_is_all_that_is_coarser() -> None:
    assert resolution(_noticed(0.95, 0.6, 0.95, 1.0)) == (0.25, 0.25, 0.25)
    assert resolution(_noticed(0.95, 0.9, 0.95, 1.0))[0] == 0.05
    value, finest, coarsest = resolution(_noticed(0.6, 0.85, 0.92, 1.0, width=0.06))
    assert (value, finest, coarsest) == (0.25, 0.1, 0.5)
    assert all(map(math.isnan, resolution(_noticed(0.95, 0.95, 0.95, 0.8))))


def test_no_resolution_is_one_of_four_things() -> None:
    assert verdict_of_resolution(_noticed(0.5, 0.6, 0.8, 0.9)) == "tells"
    assert verdict_of_resolution(_noticed(0.5, 0.5, 0.6, 0.7)) == "does not tell"
    assert verdict_of_resolution(_noticed(0.5, 0.5, 0.2, 0.1)) == "reversed"
    assert verdict_of_resolution(_noticed(0.5, 0.6, 0.8, 0.85, width=0.1)) == "too few recordings"
    assert verdict_of_resolution([(0.5, (0.5, NAN, NAN))]) == "too few recordings"


def test_a_resolution_of_fewer_patients_than_have_an_interval_is_of_too_few() -> None:
    unknown: Share = (1.0, NAN, NAN)
    assert verdict_of_resolution([(0.05, unknown), (0.5, unknown)]) == "too few recordings"


def test_a_resolution_whose_interval_no_corruption_closes_is_of_too_few_recordings() -> None:
    """As of 32 recordings that all notice: Wilson's interval begins at 0.88."""
    thirty_two: Share = (1.0, 0.885, 1.0)
    everywhere = [(size, thirty_two) for size in (0.05, 0.1, 0.25, 0.5)]
    assert resolution(everywhere)[0] == 0.05
    assert verdict_of_resolution(everywhere) == "too few recordings"
    closed: Share = (1.0, 0.92, 1.0)
    assert verdict_of_resolution([*everywhere[:-1], (0.5, closed)]) == "tells"
    assert verdict_of_resolution([(0.05, closed), *everywhere[1:]]) == "too few recordings"
