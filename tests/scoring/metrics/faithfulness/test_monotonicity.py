"""Monotonicity correlation written out; Quantus itself is asked in test_parity.py."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import torch

from tests.scoring.cases import value
from tests.scoring.written_out import W, agree, largest, m, two
from xai_bench.randomness import seed_for
from xai_bench.scoring import Unscorable
from xai_bench.scoring.metrics.faithfulness.monotonicity import MonotonicityCorrelation

SCORER = MonotonicityCorrelation(size=500, draws=2, low=-1.0, high=1.0)


def test_groups_by_size_of_attribution_against_the_squared_change() -> None:
    given = two()
    record_ids = iter(given.block.record_id)

    def written_out(z: np.ndarray, a: np.ndarray) -> float:
        seed = seed_for(0, next(record_ids), "MonotonicityCorrelation")
        draw = np.random.RandomState(seed % 2**32)
        rising = largest(np.abs(a))[::-1]
        sums, effects = [], []
        for first in range(0, W.size, 500):
            group = rising[first : first + 500]
            sums.append(sum(abs(a[place]) for place in group))
            squares = []
            for _ in range(2):
                u, changed = draw.uniform(-1, 1), z.copy()
                for place in group:
                    changed[place] = u
                squares.append((m(changed) - m(z)) ** 2)
            effects.append(np.mean(squares))
        return float(scipy.stats.spearmanr(sums, effects)[0])

    agree(SCORER, given, written_out)


def test_samples_that_say_alike_have_no_order() -> None:
    with pytest.raises(Unscorable, match="all groups have the same attribution or effect"):
        value(SCORER, two(torch.ones(1, *W.shape)))
