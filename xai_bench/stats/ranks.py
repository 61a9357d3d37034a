"""Which method is first, how sure that is, and whether two orders of methods agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float

from xai_bench.errors import InputError
from xai_bench.stats.bootstrap import (
    FEWEST_PATIENTS,
    draw_patients,
    drawn_sums,
    patients_sums,
    percentiles,
    statistic_interval,
)
from xai_bench.stats.paired import patients_means
from xai_bench.stats.rounding import ROUNDING, tied

__all__ = [
    "agreement",
    "agreement_of_means",
    "friedman",
    "mirrored",
    "rank_agreement",
]
__all__ += ["rank_methods", "resampled_agreement", "resampled_means"]


def rank_methods(
    scores: pd.DataFrame,
    patients: Sequence[str],
    better: Literal["higher", "lower"],
    seed: int = 0,
    floor: float = ROUNDING,
) -> pd.DataFrame:
    """The columns of `scores` (recording x method) in order, on the recordings that all have.

    One row for each method, best first: `mean_rank` is the mean over recordings of its rank (1 is
    best; scores that are `tied` by `floor` share) with the 95 % interval `rank_low`, `rank_high`
    (`statistic_interval`); `best` is the share of resamples of patients in which its mean score is
    the best of all (ties share). NaN but for the rank with fewer than five patients. A method
    without any score has no row.
    """
    complete, of_complete = _complete(scores, patients)
    sign = 1 if better == "higher" else -1
    ranks = _tied_ranks(sign * complete.to_numpy(np.float64), floor)
    known = len(set(of_complete)) >= FEWEST_PATIENTS
    if known:
        means = sign * resampled_means(complete, of_complete, seed)
        first = tied(means, means.max(axis=1, keepdims=True), floor)
        best = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    rows = []
    for column, method in enumerate(complete.columns):
        each = ranks[:, column]
        low, high = statistic_interval(each, of_complete, "mean", seed=seed)
        rows.append(
            {
                "method": method,
                "mean_rank": float(each.mean()) if len(each) else float("nan"),
                "rank_low": low,
                "rank_high": high,
                "best": float(best[column]) if known else float("nan"),
            }
        )
    table = pd.DataFrame(rows, columns=["method", "mean_rank", "rank_low", "rank_high", "best"])
    return table.sort_values("mean_rank", kind="stable", ignore_index=True)


def friedman(scores: pd.DataFrame, patients: Sequence[str]) -> tuple[float, float]:
    """Chi square and p of the hypothesis that all methods rank alike (Friedman 1937).

    Of patients' mean scores (recording x method) on the recordings that all methods have, but for
    those without any score. (nan, nan) for fewer than three methods or five patients, and where no
    patient tells methods apart.
    """
    from scipy.stats import friedmanchisquare  # slow to import

    each = _patients_scores(scores, patients)
    enough = len(each) >= FEWEST_PATIENTS and each.shape[1] >= 3
    if not enough or (each.nunique(axis=1) == 1).all():
        return float("nan"), float("nan")
    found = friedmanchisquare(*each.to_numpy().T)
    return float(found.statistic), float(found.pvalue)


def agreement(first: pd.Series, second: pd.Series) -> float:
    """Kendall's tau-b of two numbers of each method; 1 the same order, -1 the opposite one.

    Of the methods that both know; NaN where one of the two tells none apart. Numbers that differ
    by no more than 1e-5 of themselves, or of 1, are tied.
    """
    both = pd.concat([first, second], axis=1, join="inner").dropna().to_numpy(np.float64)
    return float(agreement_of_means(both[None, :, 0], both[None, :, 1])[0])


def rank_agreement(
    first: pd.DataFrame,
    second: pd.DataFrame,
    patients: Sequence[str],
    *,
    second_patients: Sequence[str] | None = None,
    signs: tuple[int, int] = (1, 1),
    seed: int = 0,
) -> tuple[float, float, float]:
    """Kendall's tau-b of the orders that two tables of scores give methods, and a 95 % interval.

    Each table (recording x method) orders methods by their mean on the recordings that all have;
    only methods of both count. Two metrics or two seeds of the same recordings share resamples of
    patients; of other recordings, another dataset's, `second_patients` says whose they are, and
    they are resampled apart. A sign of -1 turns a metric that is better when lower.

    The interval is `mirrored`; (nan, nan) with fewer than five patients.
    """
    found, resampled = resampled_agreement(
        first, second, patients, second_patients=second_patients, signs=signs, seed=seed
    )
    return found, *mirrored(found, resampled)


def resampled_agreement(
    first: pd.DataFrame,
    second: pd.DataFrame,
    patients: Sequence[str],
    *,
    second_patients: Sequence[str] | None = None,
    signs: tuple[int, int] = (1, 1),
    seed: int = 0,
) -> tuple[float, Float[np.ndarray, " resample"] | None]:
    """Kendall's tau-b as in `rank_agreement`, and that of each resample of patients.

    Tables of the same patients share resamples, whatever their metric. None in place of resamples
    with fewer than five patients, or where a table tells no methods apart.
    """
    shared = [
        name
        for name in first.columns
        if name in second.columns and first[name].notna().any() and second[name].notna().any()
    ]
    apart = second_patients is not None
    if not apart and not first.index.equals(second.index):
        raise InputError("two tables of other recordings want second_patients")
    tables = [signs[0] * first[shared], signs[1] * second[shared]]
    groups = [patients, second_patients if second_patients is not None else patients]
    found = agreement(*(table.dropna().mean() for table in tables))
    if np.isnan(found) or any(
        len(set(_complete(table, group)[1])) < FEWEST_PATIENTS
        for table, group in zip(tables, groups, strict=True)
    ):
        return found, None
    seeds = (seed, seed + 1 if apart else seed)
    return found, agreement_of_means(*map(resampled_means, tables, groups, seeds))


def mirrored(found: float, resampled: Float[np.ndarray, " resample"] | None) -> tuple[float, float]:
    """The 95 % interval of a Kendall's tau, or of a mean of several, from its resamples.

    Resamples add noise to noise and agree less than what they are of, so that percentiles reach too
    low and their mirror images about what was found too high: the interval spans both. Where two
    orders agree wholly, of methods too close to be told apart, it still stays too low (see
    benchmarks/results/coverage.md).
    """
    if resampled is None:
        return float("nan"), float("nan")
    low, high = percentiles(resampled)
    return max(-1.0, min(low, 2 * found - high)), min(1.0, max(high, 2 * found - low))


def _complete(scores: pd.DataFrame, patients: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    scores = scores.dropna(axis=1, how="all")
    known = scores.notna().all(axis=1).to_numpy() & bool(scores.shape[1])
    return scores[known], [p for p, whole in zip(patients, known, strict=True) if whole]


def _patients_scores(scores: pd.DataFrame, patients: Sequence[str]) -> pd.DataFrame:
    complete, of_complete = _complete(scores, patients)
    means = patients_means(complete.to_numpy(np.float64), of_complete)
    return pd.DataFrame(means, columns=complete.columns)


def resampled_means(
    scores: pd.DataFrame, patients: Sequence[str], seed: int
) -> Float[np.ndarray, "resample method"]:
    """Patients without a complete recording are drawn too, so that two tables can share draws."""
    known = scores.notna().all(axis=1).to_numpy()
    sums = patients_sums(scores.fillna(0).to_numpy(np.float64) * known[:, None], patients)
    sizes = patients_sums(known.astype(np.float64), patients)
    drawn = draw_patients(len(sizes), seed)
    with np.errstate(invalid="ignore"):
        means: Float[np.ndarray, "resample method"] = (
            drawn_sums(drawn, sums) / drawn_sums(drawn, sizes)[:, None]
        )
    return means


def agreement_of_means(
    first: Float[np.ndarray, "sample method"], second: Float[np.ndarray, "sample method"]
) -> Float[np.ndarray, " sample"]:
    """Kendall's tau-b of each row: concordant minus discordant pairs, over the root of the product
    of the pairs untied in each. Ties as in `agreement`; NaN in, or nothing untied: NaN."""
    a, b = _pair_signs(first), _pair_signs(second)
    untied = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    with np.errstate(invalid="ignore"):
        tau: Float[np.ndarray, " sample"] = (a * b).sum(axis=1) / untied
    return tau


def _pair_signs(means: Float[np.ndarray, "sample method"]) -> Float[np.ndarray, "sample pair"]:
    """Of every two methods: 1 where the first is higher, -1 where the second is, 0 where tied."""
    i, j = np.triu_indices(means.shape[1], 1)
    one, other = means[:, i], means[:, j]
    signs: Float[np.ndarray, "sample pair"] = np.where(tied(one, other), 0.0, np.sign(one - other))
    return signs


def _tied_ranks(
    scores: Float[np.ndarray, "record method"], floor: float
) -> Float[np.ndarray, "record method"]:
    """1 for the highest: behind each that is higher, and halfway through those that are tied."""
    one, other = scores[:, :, None], scores[:, None, :]
    same = tied(one, other, floor)
    ranks: Float[np.ndarray, "record method"] = (
        0.5 + ((other > one) & ~same).sum(axis=2) + same.sum(axis=2) / 2
    )
    return ranks
