"""Agreement of halves: against a loop over patients, and closed forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from xai_bench.stats import half_agreement

METHODS = list("abcdefg")
PATIENTS = [f"p{i // 2}" for i in range(24)]
"""Twelve patients of two recordings each."""
OTHERS = [f"q{i}" for i in range(14)]


def _table(seed: int, rows: int, order: Sequence[float], noise: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(rows, 1))
    scores = np.asarray(order) + level + noise * rng.normal(size=(rows, len(order)))
    return pd.DataFrame(scores, columns=METHODS[: len(order)])


UP = [0.2 * place for place in range(7)]


def _tau(first: pd.DataFrame, second: pd.DataFrame) -> float:
    return float(kendalltau(first.mean(), second.mean()).statistic)


def _rows(patients: Sequence[str], chosen: set[str]) -> list[int]:
    return [row for row, patient in enumerate(patients) if patient in chosen]


def test_halves_are_those_of_a_literal_loop_over_patients() -> None:
    first, second = _table(0, 24, UP), _table(1, 14, UP[::-1])
    rng = np.random.default_rng(2)
    literal = []
    for _ in range(150):
        sides = []
        for table, patients in ((first, PATIENTS), (second, OTHERS)):
            names = sorted(set(patients))
            half = {str(name) for name in rng.permutation(names)[: len(names) // 2]}
            rest = set(names) - half
            sides += [table.iloc[_rows(patients, half)], table.iloc[_rows(patients, rest)]]
        a, other_a, b, other_b = sides
        literal.append([_tau(a, other_a), _tau(b, other_b), _tau(a, b)])
    found = half_agreement(first, second, PATIENTS, OTHERS)
    assert found == pytest.approx(np.mean(literal, axis=0), abs=0.05)
    assert found[2] < 0 < min(found[:2]), "the order is turned, and each half knows its own"


def test_halves_of_orders_without_noise_agree_wholly() -> None:
    up, down = _table(0, 24, UP, noise=0), _table(1, 14, UP[::-1], noise=0)
    assert half_agreement(up, up, PATIENTS, PATIENTS) == (1, 1, 1)
    assert half_agreement(up, down, PATIENTS, OTHERS) == (1, 1, -1)


def test_ten_patients_can_be_halved_and_nine_cannot() -> None:
    ten, nine = OTHERS[:10], OTHERS[:9]
    first, second = _table(0, 24, UP), _table(1, 10, UP)
    assert not np.isnan(half_agreement(first, second, PATIENTS, ten)).any()
    assert np.isnan(half_agreement(first, second[:9], PATIENTS, nine)).all()
