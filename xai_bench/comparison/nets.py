"""Intervals over patients of what several nets answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from xai_bench.stats import statistic_interval

__all__ = ["pairs_interval", "seeds_interval"]


def seeds_interval(
    scores: pd.DataFrame, patients: Sequence[str], seed: int = 0
) -> tuple[float, float, float]:
    """Mean of `scores` (recording x seed, all known) and its interval; the seeds are as given."""
    means = scores.to_numpy(np.float64).mean(axis=1)
    return float(means.mean()), *statistic_interval(means, patients, "mean", seed=seed)


def pairs_interval(
    scores: Float[np.ndarray, "net net record"], patients: Sequence[str], seed: int = 0
) -> tuple[float, float, float]:
    """Mean similarity of every two nets and its interval; the nets are as given."""
    pairs = scores[np.triu_indices(len(scores), 1)]
    return seeds_interval(pd.DataFrame(pairs.T), patients, seed)
