"""Intervals that include the seed: nets that were trained anew are a sample too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Float

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, patients_sums, statistic_interval

__all__ = ["FEWEST_SEEDS", "pairs_interval", "seeds_interval"]

FEWEST_SEEDS = 3


def seeds_interval(
    scores: pd.DataFrame, patients: Sequence[str], seed: int = 0
) -> tuple[float, float, float]:
    """Mean of `scores` (recording x seed) and its 95 % interval over seeds and patients.

    Of the recordings that all seeds have. The mean is off by what these patients and what these
    seeds add. The first has the interval of `statistic_interval`, of recordings' means over seeds.
    The second has +-t_{S-1} s / sqrt(S), where s^2 is the variance of the S seeds' means beyond
    what the patients' own answers to each seed add to it. Two independent errors add up as squares,
    on each side (MOVER, Zou & Donner 2008). Seeds are not resampled, because resamples of five
    values spread too little and never beyond them.

    (nan, nan) as interval with fewer than three seeds, whose spread is unknown (with two, t is 13),
    or five patients.
    """
    known = scores.notna().all(axis=1).to_numpy()
    values = scores.to_numpy(np.float64)[known]
    of_known = [patient for patient, whole in zip(patients, known, strict=True) if whole]
    if not len(values):
        return float("nan"), float("nan"), float("nan")
    mean = float(values.mean())
    low, high = statistic_interval(values.mean(axis=1), of_known, "mean", seed=seed)
    if values.shape[1] < FEWEST_SEEDS or len(set(of_known)) < FEWEST_PATIENTS:
        return mean, float("nan"), float("nan")
    seeds = values.shape[1]
    reach = (
        scipy.special.stdtrit(seeds - 1, 0.975) ** 2 * _variance_of_seeds(values, of_known) / seeds
    )
    return (
        mean,
        mean - float(np.hypot(mean - low, np.sqrt(reach))),
        mean + float(np.hypot(high - mean, np.sqrt(reach))),
    )


def pairs_interval(
    scores: Float[np.ndarray, "net net record"], patients: Sequence[str], seed: int = 0
) -> tuple[float, float, float]:
    """Mean similarity of every two nets and its 95 % interval over nets and patients.

    `scores` is symmetric; what a net is to itself is left out. Pairs that share a net are not
    independent, so the K nets are what was sampled: the pseudo-value K m - (K - 1) m_-k, where m is
    the mean over all pairs and m_-k that over pairs without net k, stands for net k (jackknife of a
    U-statistic, Arvesen 1969), and these have the mean m and the interval of `seeds_interval`.
    """
    nets = len(scores)
    i, j = np.triu_indices(nets, 1)
    pairs = scores[i, j]
    all_pairs = pairs.mean(axis=0)
    if nets < FEWEST_SEEDS:
        return float(np.nanmean(all_pairs)), float("nan"), float("nan")
    without = [pairs[(i != net) & (j != net)].mean(axis=0) for net in range(nets)]
    pseudo = nets * all_pairs - (nets - 1) * np.stack(without)
    return seeds_interval(pd.DataFrame(pseudo.T), patients, seed)


def _variance_of_seeds(values: Float[np.ndarray, "record seed"], patients: Sequence[str]) -> float:
    """Of seeds' means over all recordings there are, from those over these."""
    seeds = values.shape[1]
    of_seeds = values.mean(axis=0)
    own = values - values.mean(axis=1, keepdims=True) - of_seeds + values.mean()
    sums = patients_sums(own, patients) / len(values)
    added = (sums**2).sum() / (seeds - 1) * len(sums) / (len(sums) - 1)
    return max(0.0, float(of_seeds.var(ddof=1) - added))
