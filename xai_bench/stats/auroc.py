"""The area under the ROC curve, with intervals that resample patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from xai_bench.stats.bootstrap import Counts, Values, percentiles, resamples

__all__ = ["auroc", "auroc_difference_interval", "auroc_interval", "mean_auroc"]
__all__ += ["mean_auroc_interval"]

Columns = Float[np.ndarray, "record column"]
Truth = Int[np.ndarray, "record column"]


def auroc(log_odds: Values, label: Int[np.ndarray, " record"]) -> float:
    """Probability that a positive recording scores above a negative one; ties count half."""
    once = np.ones((1, len(label)), dtype=np.int64)
    return float(_weighted_auroc(log_odds, label, once)[0])


def auroc_interval(
    log_odds: Values, label: Int[np.ndarray, " record"], patients: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of `auroc`, resampling patients."""
    return mean_auroc_interval(log_odds[:, None], label[:, None], patients, seed=seed)


def auroc_difference_interval(
    first: Values,
    second: Values,
    label: Int[np.ndarray, " record"],
    patients: Sequence[str],
    *,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of `auroc` of one score minus that of another.

    Of the same recordings, which share resamples of patients: what makes a recording hard for
    both is no difference between them.
    """
    parts = [
        _weighted_auroc(first, label, counts) - _weighted_auroc(second, label, counts)
        for counts in resamples(patients, seed)
    ]
    return percentiles(np.concatenate(parts))


def mean_auroc(log_odds: Columns, truth: Truth) -> float:
    """The mean `auroc` over the columns that some recordings are of and others are not.

    NaN where there is no such column.
    """
    told_apart = _told_apart(truth)
    if not told_apart:
        return float("nan")
    return float(np.mean([auroc(log_odds[:, k], truth[:, k]) for k in told_apart]))


def mean_auroc_interval(
    log_odds: Columns, truth: Truth, patients: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of `mean_auroc`, resampling patients.

    All columns share a resample. (nan, nan) without a column that can be told apart.
    """
    told_apart = _told_apart(truth)
    if not told_apart:
        return float("nan"), float("nan")
    parts = [
        np.stack([_weighted_auroc(log_odds[:, k], truth[:, k], counts) for k in told_apart])
        for counts in resamples(patients, seed)
    ]
    each = np.concatenate(parts, axis=1)
    # A resample without any recording of a class still says something about the other classes.
    known = ~np.isnan(each)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, each, 0).sum(axis=0) / known.sum(axis=0)
    return percentiles(mean)


def _told_apart(truth: Truth) -> list[int]:
    return [k for k, label in enumerate(truth.T) if 0 < label.sum() < len(label)]


def _weighted_auroc(
    log_odds: Values, label: Int[np.ndarray, " record"], counts: Counts
) -> Float[np.ndarray, " resample"]:
    order = np.argsort(log_odds, kind="stable")
    _, level_starts = np.unique(log_odds[order], return_index=True)
    counts, label = counts[:, order], label[order]
    positives = np.add.reduceat(counts * (label == 1), level_starts, axis=1)
    negatives = np.add.reduceat(counts * (label == 0), level_starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    with np.errstate(invalid="ignore"):
        area: Float[np.ndarray, " resample"] = (positives * below).sum(axis=1) / pairs
    return area
