"""Sampled Shapley values: exact for additive games, and of pairs where orders are reversed."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "lead_shapley.py"
SHAPLEY = runpy.run_path(str(SCRIPT))

BITS = (np.arange(4096)[:, None] >> np.arange(12)) % 2
EACH = np.random.default_rng(0).normal(size=12)
PAIRS = np.triu(np.random.default_rng(1).normal(size=(12, 12)), k=1)
ADDITIVE = 0.7 + BITS @ EACH
OF_PAIRS = ADDITIVE + np.einsum("ci,ij,cj->c", BITS, PAIRS, BITS)
"""Each pair shares its own term equally: so values are known without any game being played."""
OF_PAIRS_VALUES = EACH + (PAIRS + PAIRS.T).sum(axis=1) / 2


@pytest.mark.parametrize("name", SHAPLEY["_NAMES"])
def test_an_additive_game_is_found_by_a_hundred_coalitions(name: str) -> None:
    found = SHAPLEY["estimate"](name, ADDITIVE, 100, np.random.default_rng(2))
    np.testing.assert_allclose(found, EACH, atol=1e-9)


@pytest.mark.parametrize("name", ["kernelshap-paired", "balanced", "permutation"])
def test_complements_and_reverses_are_exact_for_pairs(name: str) -> None:
    found = SHAPLEY["estimate"](name, OF_PAIRS, 200, np.random.default_rng(3))
    np.testing.assert_allclose(found, OF_PAIRS_VALUES, atol=1e-9)


def test_values_sum_to_the_game_and_unpaired_draws_err_by_less_the_more_there_are() -> None:
    spread = []
    for budget in (50, 2000):
        found = [
            SHAPLEY["estimate"]("kernelshap", OF_PAIRS, budget, np.random.default_rng(seed))
            for seed in range(10)
        ]
        np.testing.assert_allclose(np.sum(found, axis=1), OF_PAIRS[-1] - OF_PAIRS[0])
        spread.append(np.abs(np.array(found) - OF_PAIRS_VALUES).mean())
    assert spread[1] < spread[0] / 3


def test_sizes_are_drawn_by_the_kernel() -> None:
    drawn = SHAPLEY["by_kernel"](np.random.default_rng(4), 40_000)
    sizes = np.arange(1, 12)
    expected = 1 / (sizes * (12 - sizes))
    found = np.bincount(drawn.sum(axis=1), minlength=13)[1:12] / len(drawn)
    np.testing.assert_allclose(found, expected / expected.sum(), atol=0.01)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.5, atol=0.02)
