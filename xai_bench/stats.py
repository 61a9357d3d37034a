"""Intervals: the bootstrap that resamples patients, because two recordings of one patient are not
two observations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

__all__ = [
    "FEWEST_PATIENTS",
    "RESAMPLES",
    "Statistic",
    "auroc",
    "auroc_interval",
    "mean_auroc",
    "mean_auroc_interval",
    "skill",
    "statistic",
    "statistic_interval",
]

RESAMPLES = 2000
FEWEST_PATIENTS = 5
Statistic = Literal["mean", "p50", "p95"]
_QUANTILE = {"p50": 0.50, "p95": 0.95}

Values = Float[np.ndarray, " record"]
Columns = Float[np.ndarray, "record column"]
Truth = Int[np.ndarray, "record column"]
Counts = Int[np.ndarray, "resample record"]


def statistic(values: Values, kind: Statistic) -> float:
    """The mean, median or 95th percentile of scores (inverse of the empirical distribution)."""
    once = np.ones((1, len(values)), dtype=np.int64)
    return float(_weighted(values, once, kind)[0])


def statistic_interval(
    values: Values, patients: Sequence[str], kind: Statistic, *, seed: int = 0
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of `statistic`, resampling patients (Efron 1979).

    With fewer than five patients it would say nothing but how many there are: (nan, nan).
    """
    if len(set(patients)) < FEWEST_PATIENTS:
        return float("nan"), float("nan")
    resampled = _weighted(values, _resample(patients, seed), kind)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)


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
    counts = _resample(patients, seed)
    range_ = _weighted(ceiling - floor, counts, "mean")
    if np.quantile(range_, 0.025) <= 0:
        return unknown
    # A few resamples may have no range at all, and then no skill.
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = _weighted(values - floor, counts, "mean") / range_
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    found = (values - floor).mean() / (ceiling - floor).mean()
    return float(found), float(low), float(high)


def auroc(log_odds: Values, label: Int[np.ndarray, " record"]) -> float:
    """Probability that a positive recording scores above a negative one; ties count half."""
    once = np.ones((1, len(label)), dtype=np.int64)
    return float(_weighted_auroc(log_odds, label, once)[0])


def auroc_interval(
    log_odds: Values, label: Int[np.ndarray, " record"], patients: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of `auroc`, resampling patients."""
    return mean_auroc_interval(log_odds[:, None], label[:, None], patients, seed=seed)


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
    counts = _resample(patients, seed)
    each = np.stack([_weighted_auroc(log_odds[:, k], truth[:, k], counts) for k in told_apart])
    # A resample without any recording of a class still says something about the other classes.
    known = ~np.isnan(each)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, each, 0).sum(axis=0) / known.sum(axis=0)
    low, high = np.nanquantile(mean, [0.025, 0.975])
    return float(low), float(high)


def _told_apart(truth: Truth) -> list[int]:
    return [k for k, label in enumerate(truth.T) if 0 < label.sum() < len(label)]


def _resample(patients: Sequence[str], seed: int) -> Counts:
    """How often each recording is drawn in each resample: all of a patient's, or none."""
    unique, member = np.unique(np.asarray(patients), return_inverse=True)
    rng = np.random.default_rng(seed)
    even = np.full(len(unique), 1 / len(unique))
    counts: Counts = rng.multinomial(len(unique), even, size=RESAMPLES)[:, member]
    return counts


def _weighted(values: Values, counts: Counts, kind: Statistic) -> Float[np.ndarray, " resample"]:
    total = counts.sum(axis=1)
    if kind == "mean":
        mean: Float[np.ndarray, " resample"] = counts @ values / total
        return mean
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[:, order], axis=1) >= _QUANTILE[kind] * total[:, None]
    quantile: Float[np.ndarray, " resample"] = values[order][reached.argmax(axis=1)]
    return quantile


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
