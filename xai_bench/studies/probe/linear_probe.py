"""Linear probes: how much of a concept a ridge regression reads from features, patients apart.

Alain & Bengio 2017, "Understanding intermediate layers using linear classifier probes".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64

from xai_bench.randomness import seed_for
from xai_bench.stats.bootstrap import (
    FEWEST_PATIENTS,
    draw_patients,
    drawn_sums,
    patients_sums,
    percentiles,
)

__all__ = ["PENALTIES", "cross_fitted", "mean_of_others", "ridge", "share_interval_of", "standard"]

PENALTIES = tuple(np.logspace(-2, 6, 17).tolist())
"""Of the squared weights, of standardised features; the best is chosen by leaving out one recording
at a time, among those that the probe is fitted to."""
_PARTS = 5

Vector = Float64[np.ndarray, " record"]
Matrix = Float64[np.ndarray, "record feature"]


def standard(values: Matrix) -> tuple[Matrix, Float64[np.ndarray, " feature"]]:
    """Features of mean 0 and standard deviation 1, and what they were divided by; one that is the
    same in all recordings is 0."""
    sd = values.std(axis=0)
    sd = np.where(sd > 1e-9 * np.abs(values).max(axis=0, initial=0), sd, np.inf)
    return (values - values.mean(axis=0)) / sd, sd


def ridge(features: Matrix, values: Vector) -> tuple[Float64[np.ndarray, " feature"], float]:
    """Weights of a ridge regression on standardised features, and its penalty: the one of PENALTIES
    whose squared error is least, one recording left out at a time.

    By the singular value decomposition X = U S V': the residual of recording i left out is that of
    the fit, over 1 - h_i with h_i = 1/n + sum of U_ij^2 s_j^2 / (s_j^2 + penalty).
    """
    U, s, V = np.linalg.svd(features, full_matrices=False)
    centred = values - values.mean()
    projected = U.T @ centred
    errors = []
    for penalty in PENALTIES:
        shrunk = s**2 / (s**2 + penalty)
        left = centred - U @ (shrunk * projected)
        leverage = 1 / len(features) + (U**2) @ shrunk
        errors.append(float(np.mean((left / np.maximum(1 - leverage, 1e-9)) ** 2)))
    best = PENALTIES[int(np.argmin(errors))]
    return V.T @ (s / (s**2 + best) * projected), best


def cross_fitted(features: Matrix, values: Vector, patients: Sequence[str], seed: int) -> Vector:
    """What probes say of each recording that were fitted to other patients' recordings, in five
    parts."""
    predicted = np.empty(len(values))
    for held_out in _parts(patients, seed):
        fitted = ~held_out
        mean = features[fitted].mean(axis=0)
        scaled, sd = standard(features[fitted])
        weights, _ = ridge(scaled, values[fitted])
        predicted[held_out] = values[fitted].mean() + ((features[held_out] - mean) / sd) @ weights
    return predicted


def mean_of_others(values: Vector, patients: Sequence[str], seed: int) -> Vector:
    """What is said of each recording by a probe that knows no features: the mean of the recordings
    that `cross_fitted` fits to."""
    predicted = np.empty(len(values))
    for held_out in _parts(patients, seed):
        predicted[held_out] = values[~held_out].mean()
    return predicted


def share_interval_of(
    part: Vector, whole: Vector, patients: Sequence[str], *, seed: int
) -> tuple[float, float, float]:
    """sum(part) / sum(whole), and its percentile 95 % bootstrap interval, resampling patients; no
    interval with fewer than five."""
    found = float(part.sum() / whole.sum())
    sums = patients_sums(np.stack([part, whole], axis=1), patients)
    if len(sums) < FEWEST_PATIENTS:
        return found, float("nan"), float("nan")
    drawn = drawn_sums(draw_patients(len(sums), seed), sums)
    return found, *percentiles(drawn[:, 0] / drawn[:, 1])


def _parts(patients: Sequence[str], seed: int) -> Iterator[Bool[np.ndarray, " record"]]:
    """Which recordings are held out, part by part: all of a patient's together."""
    unique, member = np.unique(np.asarray(patients), return_inverse=True)
    rng = np.random.default_rng(seed_for(seed, "", "parts of a probe"))
    part = rng.permutation(len(unique)) % _PARTS
    for number in range(min(_PARTS, len(unique))):
        yield part[member] == number
