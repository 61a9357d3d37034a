"""Skill: where a mean score stands between what a floor and what a ceiling scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, Values, resample

__all__ = ["skill"]


def skill(
    values: Values, floor: Values, ceiling: Values, patients: Sequence[str], *, seed: int = 0
) -> tuple[float, float, float]:
    """(mean - floor) / (ceiling - floor) of mean scores, and its 95 % bootstrap interval.

    0 is what the floor scores and 1 what the ceiling does; all three are of the same recordings and
    share resamples of patients. NaN where the ceiling is not above the floor, because the interval
    of their difference reaches zero or below, and with fewer than five patients. Scores that are
    better when lower come in with their sign turned.
    """
    unknown = (float("nan"),) * 3
    if len(set(patients)) < FEWEST_PATIENTS:
        return unknown
    counts = resample(patients, seed)
    total = counts.sum(axis=1)
    range_ = counts @ (ceiling - floor) / total
    if np.quantile(range_, 0.025) <= 0:
        return unknown
    # A few resamples may have no range at all, and then no skill.
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = counts @ (values - floor) / total / range_
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    found = (values - floor).mean() / (ceiling - floor).mean()
    return float(found), float(low), float(high)
