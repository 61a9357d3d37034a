"""Would a score be the same again? The intraclass correlation of scores with other draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, percentiles, resamples

__all__ = ["intraclass", "intraclass_interval"]

Repeats = Float[np.ndarray, "record draw"]


def intraclass(repeats: Repeats) -> float:
    """The share of the variance of one score that is the recording's own: ICC(1,1) of a one-way
    model (Shrout & Fleiss 1979), (B - W) / (B + (k - 1) W).

    B and W are the mean squares between recordings and within one, over k draws: what a draw adds
    to all recordings alike counts as the draw's. At .5 the draws do as much as the recordings; it
    may be below 0. NaN with fewer than two recordings or draws, and where all scores are equal.
    """
    count, draws = repeats.shape
    if count < 2 or draws < 2:
        return float("nan")
    return float(_ratio(repeats, np.ones((1, count)))[0])


def intraclass_interval(
    repeats: Repeats, patients: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of `intraclass`, resampling patients.

    (nan, nan) with fewer than five patients.
    """
    if len(set(patients)) < FEWEST_PATIENTS or repeats.shape[1] < 2:
        return float("nan"), float("nan")
    parts = [_ratio(repeats, counts.astype(np.float64)) for counts in resamples(patients, seed)]
    resampled = np.concatenate(parts)
    if np.isnan(resampled).all():
        return float("nan"), float("nan")
    return percentiles(resampled)


def _ratio(
    repeats: Repeats, counts: Float[np.ndarray, "resample record"]
) -> Float[np.ndarray, " resample"]:
    draws = repeats.shape[1]
    means = repeats.mean(axis=1) - repeats.mean()
    within = counts @ repeats.var(axis=1, ddof=1)
    total = counts.sum(axis=1)
    grand = counts @ means / total
    spread = counts @ means**2 - total * grand**2
    with np.errstate(invalid="ignore", divide="ignore"):
        between = draws * np.maximum(spread, 0) / (total - 1)
        own = within / total
        ratio: Float[np.ndarray, " resample"] = (between - own) / (between + (draws - 1) * own)
    return ratio
