"""Do two methods differ? Their scores of the same recordings, compared patient by patient."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, Values, patients_sums, statistic_interval
from xai_bench.stats.rounding import ROUNDING, tied
from xai_bench.stats.told_apart import told_apart

__all__ = ["compare_pairs", "holm", "paired_differences", "patients_means", "rank_sum_chances"]
__all__ += ["signed_rank_p"]


def compare_pairs(
    scores: pd.DataFrame,
    patients: Sequence[str],
    *,
    better: Literal["higher", "lower"],
    pairs: Sequence[tuple[str, str]] | None = None,
    seed: int = 0,
    floor: float = ROUNDING,
) -> pd.DataFrame:
    """Every two columns of `scores` (recording x method) on the recordings that both have.

    pairs: only these, which are then all that Holm's p is of.

    One row for each pair; `first` has the better mean of the two. `difference` is the mean of first
    - second over recordings, with the 95 % interval of `difference_interval`. `p` is that of the
    two-sided signed-rank test (Wilcoxon 1945) of patients' mean differences, and `p_holm` the same
    adjusted for all pairs (Holm 1979); `apart` says whether the two are `told_apart`.
    `rank_biserial` is the matched-pairs correlation (Kerby 2014): the share of the rank sum where
    first is higher minus the share where it is lower; `cohen_dz` patients' mean difference in its
    standard deviations. `n` recordings of `patients`. Scores that are `tied` by `floor` do not
    differ. With fewer than five patients only the difference is known.
    """
    means = scores.mean().sort_values(ascending=better == "lower", kind="stable")
    each = {name: scores[name].to_numpy(np.float64) for name in means.index}
    sign = 1 if better == "higher" else -1
    rows = []
    for pair in combinations(means.index, 2) if pairs is None else pairs:
        both = ~np.isnan(each[pair[0]]) & ~np.isnan(each[pair[1]])
        # The better one on all recordings need not be the better one on these.
        if both.any() and sign * np.mean(each[pair[0]][both] - each[pair[1]][both]) < 0:
            pair = pair[::-1]
        first, second = pair
        of_both = [patient for patient, known in zip(patients, both, strict=True) if known]
        differences = paired_differences(each[first][both], each[second][both], floor)
        found = _compare(differences, of_both, seed)
        rows.append({"first": first, "second": second} | found)
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table["p_holm"] = holm(table["p"].to_numpy(np.float64))
    verdicts = map(told_apart, table["p_holm"], table["ci_low"], table["ci_high"])
    table["apart"] = np.fromiter(verdicts, dtype=bool, count=len(table))
    return table


def holm(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """p of several tests, adjusted after Holm (1979); NaN, a test that was not made, stays NaN."""
    # Not statsmodels' `multipletests`, which collects all garbage at each call.
    order = np.argsort(p)[: int(np.sum(~np.isnan(p)))]
    adjusted = np.full(len(p), np.nan)
    steps = np.arange(len(order), 0, -1) * p[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def paired_differences(first: Values, second: Values, floor: float = ROUNDING) -> Values:
    """first - second, and 0 where they are `tied` by `floor`."""
    differences: Values = np.where(tied(first, second, floor), 0.0, first - second)
    return differences


def signed_rank_p(differences: Values, patients: Sequence[str]) -> float:
    """p of the two-sided signed-rank test (Wilcoxon 1945) of patients' mean differences against
    zero, exact for up to 50 patients; NaN with fewer than five."""
    each = patients_means(differences, patients)
    return _signed_ranks(each)[0] if len(each) >= FEWEST_PATIENTS else float("nan")


def patients_means(
    values: Float[np.ndarray, "record ..."], patients: Sequence[str]
) -> Float[np.ndarray, "patient ..."]:
    """The mean of each patient's recordings; patients in sorted order."""
    sizes = patients_sums(np.ones(len(values)), patients)
    means: Float[np.ndarray, "patient ..."] = (patients_sums(values, patients).T / sizes).T
    return means


_COLUMNS = [
    *("first", "second", "difference", "ci_low", "ci_high", "p", "p_holm", "apart"),
    *("rank_biserial", "cohen_dz", "n", "patients"),
]


def _compare(differences: Values, patients: Sequence[str], seed: int) -> dict[str, float]:
    facts: dict[str, float] = {
        "difference": float(differences.mean()) if len(differences) else float("nan"),
        "n": len(differences),
        "patients": len(set(patients)),
    }
    if facts["patients"] < FEWEST_PATIENTS:
        return facts
    each = patients_means(differences, patients)
    low, high = statistic_interval(differences, patients, "mean", seed=seed)
    spread = float(each.std(ddof=1))
    p, biserial = _signed_ranks(each)
    return facts | {
        "ci_low": low,
        "ci_high": high,
        "p": p,
        "rank_biserial": biserial,
        "cohen_dz": float(each.mean()) / spread if spread > 0 else float("nan"),
    }


def _signed_ranks(each: Float[np.ndarray, " patient"]) -> tuple[float, float]:
    """p of the signed-rank test, and the rank-biserial correlation.

    p is exact for up to 50 patients, ties or not, where scipy permutes for seconds if ranks tie.
    """
    from scipy.stats import rankdata, wilcoxon  # slow to import

    apart = each[each != 0]
    if not len(apart):
        return 1.0, 0.0
    ranks = rankdata(np.abs(apart))
    biserial = float((np.sign(apart) * ranks).sum() / ranks.sum())
    if len(apart) > 50:
        return float(wilcoxon(apart).pvalue), biserial
    # Ranks that are shared end in halves; twice a rank is whole.
    doubled = (2 * ranks).astype(int)
    chances = rank_sum_chances(tuple(sorted(doubled.tolist())))
    found = int(doubled[apart > 0].sum())
    return min(1.0, 2 * float(min(chances[: found + 1].sum(), chances[found:].sum()))), biserial


@lru_cache(maxsize=1024)  # of 32 patients whose ranks do not tie there is one
def rank_sum_chances(ranks: tuple[int, ...]) -> Float[np.ndarray, " sum"]:
    """The probability of each sum of those ranks that are above zero, if any half may be."""
    chances = np.zeros(sum(ranks) + 1)
    chances[0] = 1
    for rank in ranks:
        above = chances[:-rank].copy()
        chances[rank:] += above
        chances /= 2
    return chances
