"""Shares of leads and waves, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.report.explanation.shares import share_out
from xai_bench.types import WAVES


def test_shares_are_sums_of_either_sign() -> None:
    rng = np.random.default_rng(2)
    a = rng.standard_normal((12, 300)).astype(np.float32)
    waves = rng.integers(0, len(WAVES), 300).astype(np.int8)
    found = share_out(a, waves)
    up = down = 0.0
    tables = np.zeros((2, 12, len(WAVES)))
    for lead in range(12):
        for t in range(300):
            value = float(a[lead, t])
            if value > 0:
                up += value
                tables[0, lead, waves[t]] += value
            else:
                down -= value
                tables[1, lead, waves[t]] -= value
    np.testing.assert_allclose(found.positive, tables[0] / up, atol=1e-9)
    np.testing.assert_allclose(found.negative, tables[1] / down, atol=1e-9)
    assert found.positive.sum() == pytest.approx(1)
    assert found.negative.sum() == pytest.approx(1)
    assert found.against == pytest.approx(down / (up + down))


@pytest.mark.parametrize(("value", "totals", "against"), [(2, (1, 0), 0), (-2, (0, 1), 1)])
def test_one_sign_alone(value: int, totals: tuple[int, int], against: int) -> None:
    found = share_out(np.full((12, 10), value), np.zeros(10, dtype=np.int8))
    assert (round(found.positive.sum(), 9), round(found.negative.sum(), 9)) == totals
    assert found.against == against


def test_nothing_has_no_shares() -> None:
    found = share_out(np.zeros((12, 10), dtype=np.float32), np.zeros(10, dtype=np.int8))
    assert not found.positive.any()
    assert not found.negative.any()
    assert found.against == 0
