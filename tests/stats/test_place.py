"""The place of a method against a literal bootstrap that chooses floor and best anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from xai_bench.stats import places

METHODS, CONTROLS = ["a", "b", "c"], ["x", "y"]


def _scores() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(20, 1))
    shifts = np.array([2.0, 1.9, 1.0, 0.0, 0.1])
    return pd.DataFrame(base + shifts + 0.4 * rng.normal(size=(20, 5)), columns=METHODS + CONTROLS)


OWNERS = [f"p{k // 2}" for k in range(20)]


def test_the_interval_is_that_of_resamples_of_patients_one_by_one() -> None:
    scores = _scores()
    floor, found = places(scores, OWNERS, methods=METHODS, controls=CONTROLS, better="higher")
    means = scores.mean()
    assert floor == means[CONTROLS].idxmax()
    rng = np.random.default_rng(9)
    drawn: dict[str, list[float]] = {name: [] for name in METHODS}
    for _ in range(2000):
        rows = [row for k in rng.integers(0, 10, 10) for row in (2 * k, 2 * k + 1)]
        of_rows = scores.to_numpy()[rows].mean(axis=0)
        low, high = max(of_rows[3:]), max(of_rows[:3])
        for name, one in zip(METHODS, of_rows[:3], strict=True):
            drawn[name].append((one - low) / (high - low))
    for name, (place, low, high) in found.items():
        expected = (means[name] - means[CONTROLS].max()) / (
            means[METHODS].max() - means[CONTROLS].max()
        )
        assert place == pytest.approx(expected)
        assert [low, high] == pytest.approx(
            list(np.quantile(drawn[name], [0.025, 0.975])), abs=0.02
        )
    assert found["a"][1] < 1, "another method is the best of some resamples"


def test_turned_scores_have_the_same_places() -> None:
    once = places(_scores(), OWNERS, methods=METHODS, controls=CONTROLS, better="higher")
    turned = places(-_scores(), OWNERS, methods=METHODS, controls=CONTROLS, better="lower")
    assert turned[0] == once[0]
    for name in METHODS:
        assert turned[1][name] == pytest.approx(once[1][name])


def test_of_controls_that_tie_the_first_is_the_floor() -> None:
    scores = _scores().assign(y=1.0, x=1.0 - 1e-7)
    for controls in (["x", "y"], ["y", "x"]):
        floor, _ = places(scores, OWNERS, methods=METHODS, controls=controls, better="higher")
        assert floor == controls[0]


def test_without_patients_controls_or_a_way_there_is_no_place() -> None:
    none: tuple[str, dict[str, object]] = ("", {})
    scores = _scores()
    assert (
        places(scores[:8], OWNERS[:8], methods=METHODS, controls=CONTROLS, better="higher") == none
    )
    assert places(scores, OWNERS, methods=METHODS, controls=[], better="higher") == none
    assert places(scores, OWNERS, methods=CONTROLS, controls=METHODS, better="higher") == none
