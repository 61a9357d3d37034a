"""Do the scores of one group of recordings differ from those of another? Two groups of recordings
are, but for the few patients that have recordings in both, two groups of patients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from jaxtyping import Bool, Float

from xai_bench.stats.bootstrap import (
    FEWEST_PATIENTS,
    Values,
    bca,
    draw_patients,
    drawn_sums,
    patients_sums,
    statistic_interval,
)
from xai_bench.stats.paired import patients_means, signed_rank_p
from xai_bench.stats.rounding import ROUNDING, tied

__all__ = ["compare_groups", "independent_difference_interval", "rank_sum_p"]

_EXACT = 60
"""Patients; of more the normal approximation is as good."""


def compare_groups(
    scores: Values,
    patients: Sequence[str],
    in_first: Bool[np.ndarray, " record"],
    in_second: Bool[np.ndarray, " record"],
    *,
    seed: int = 0,
    floor: float = ROUNDING,
) -> dict[str, Any]:
    """Compare the scores of two groups of recordings; NaN is a recording without a score.

    Where more patients have recordings in both groups than in one alone (findings planted into the
    same backgrounds), their mean differences are compared: the interval is that of
    `statistic_interval` and p that of the signed-rank test. Elsewhere patients of both are left
    out: the interval is `independent_difference_interval` and p is `rank_sum_p`.

    test: "paired" or "unpaired"; difference: first - second, of the means over the recordings that
    are compared (of a pair of each patient's means); ci_low, ci_high, p; superiority: the share of
    pairs of patients, or of patients, of which the first is higher, ties half; first_n, second_n
    recordings and first_patients, second_patients of them; left_out: patients. With fewer than five
    patients in either group only the difference is known.
    """
    known = ~np.isnan(scores)
    of = np.asarray(patients)
    first, second = known & in_first, known & in_second
    both = set(of[first]) & set(of[second])
    alone = [set(of[group]) - both for group in (first, second)]
    if len(both) > max(len(one) for one in alone):
        return _paired(scores, of, first, second, both, sum(map(len, alone)), seed, floor)
    groups = [group & ~np.isin(of, list(both)) for group in (first, second)]
    values = [scores[group] for group in groups]
    whose = [of[group].tolist() for group in groups]
    facts = _counts("unpaired", values, whose, left_out=len(both))
    if min(map(len, values)) == 0:
        return facts
    facts["difference"] = float(values[0].mean() - values[1].mean())
    if min(len(set(one)) for one in whose) < FEWEST_PATIENTS:
        return facts
    low, high = independent_difference_interval(*values, *whose, seed=seed)
    means = [patients_means(*pair) for pair in zip(values, whose, strict=True)]
    p, superiority = _rank_sum(means[0], means[1], floor)
    return facts | {"ci_low": low, "ci_high": high, "p": p, "superiority": superiority}


def rank_sum_p(
    first: Float[np.ndarray, " patient"],
    second: Float[np.ndarray, " other"],
    floor: float = ROUNDING,
) -> float:
    """p of the two-sided rank-sum test (Mann & Whitney 1947) of independent numbers, twice the
    smaller tail.

    Numbers that are `tied` by `floor` share ranks. Exact for up to 60 numbers, ties or not.
    """
    return _rank_sum(first, second, floor)[0]


def _rank_sum(
    first: Float[np.ndarray, " patient"], second: Float[np.ndarray, " other"], floor: float
) -> tuple[float, float]:
    """p, and the share of pairs in which the first is higher, ties half."""
    every = np.concatenate([first, second])
    one, other = every[:, None], every[None, :]
    same = tied(one, other, floor)
    # Twice a rank is whole: 1 + twice the number of those below + the number of other ties.
    doubled = (2 * ((one > other) & ~same).sum(axis=1) + same.sum(axis=1) + 1).astype(np.int64)
    count, size = len(every), len(first)
    found = int(doubled[:size].sum())
    superiority = (found / 2 - size * (size + 1) / 2) / (size * len(second))
    if count > _EXACT:
        middle = size * (count + 1) / 2
        spread = np.sqrt(size * len(second) / count * (doubled / 2).var(ddof=1))
        if spread == 0:
            return 1.0, superiority
        # A rank sum moves in steps of one, or of a half where ranks tie.
        reach = max(0.0, abs(found / 2 - middle) - 0.5)
        return min(1.0, 2 * float(scipy.special.ndtr(-reach / spread))), superiority
    # Of how many choices of so many numbers the doubled ranks have each sum.
    choices = np.zeros((size + 1, int(doubled.sum()) + 1))
    choices[0, 0] = 1
    for rank in doubled:
        choices[1:, rank:] += choices[:-1, :-rank].copy()
    share = choices[size] / choices[size].sum()
    p = 2 * float(min(share[: found + 1].sum(), share[found:].sum()))
    return min(1.0, p), superiority


def independent_difference_interval(
    first: Float[np.ndarray, " record"],
    second: Float[np.ndarray, " other"],
    first_patients: Sequence[str],
    second_patients: Sequence[str],
    *,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % interval of the mean of the first less that of the second, of different patients.

    `bca` of resamples of the patients of each group. Each group's resamples spread too little by
    sqrt((n - 1) / n), which is mended, and the quantile is Student's with Welch's degrees of
    freedom (1947) in place of 1.96.
    """
    resampled, left_out, variances, sizes = [], [], [], []
    sides = ((first, first_patients, seed), (second, second_patients, seed + 1))
    for values, patients, seed_of_side in sides:
        sums, counts = (
            patients_sums(values, patients),
            patients_sums(np.ones(len(values)), patients),
        )
        number, mean = len(sums), float(values.mean())
        drawn = draw_patients(number, seed_of_side)
        means = drawn_sums(drawn, sums) / drawn_sums(drawn, counts)
        resampled.append(mean + (means - mean) * np.sqrt(number / (number - 1)))
        without = (sums.sum() - sums) / (counts.sum() - counts)
        left_out.append(without - without.mean())
        variances.append((number - 1) / number * float(np.sum((without - without.mean()) ** 2)))
        sizes.append(number)
    freedom = sum(v**2 / (n - 1) for v, n in zip(variances, sizes, strict=True))
    difference = float(first.mean() - second.mean())
    if freedom == 0:
        return difference, difference
    z = float(scipy.special.stdtrit(sum(variances) ** 2 / freedom, 0.975))
    return bca(
        resampled[0] - resampled[1], difference, np.concatenate([left_out[0], -left_out[1]]), z
    )


def _paired(
    scores: Values,
    of: np.ndarray,
    first: Bool[np.ndarray, " record"],
    second: Bool[np.ndarray, " record"],
    both: set[str],
    left_out: int,
    seed: int,
    floor: float,
) -> dict[str, Any]:
    groups = [group & np.isin(of, list(both)) for group in (first, second)]
    values = [scores[group] for group in groups]
    whose = [of[group].tolist() for group in groups]
    one, other = (patients_means(*pair) for pair in zip(values, whose, strict=True))
    facts = _counts("paired", values, whose, left_out=left_out)
    each = np.where(tied(one, other, floor), 0.0, one - other)
    facts["difference"] = float(each.mean())
    if len(each) < FEWEST_PATIENTS:
        return facts
    names = sorted(both)
    low, high = statistic_interval(each, names, "mean", seed=seed)
    superiority = float(np.mean((each > 0) + 0.5 * (each == 0)))
    return facts | {
        "ci_low": low,
        "ci_high": high,
        "p": signed_rank_p(each, names),
        "superiority": superiority,
    }


def _counts(
    test: str, values: Sequence[np.ndarray], whose: Sequence[Sequence[str]], *, left_out: int
) -> dict[str, Any]:
    unknown = dict.fromkeys(("difference", "ci_low", "ci_high", "p", "superiority"), float("nan"))
    return {
        "test": test,
        **unknown,
        **{f"{side}_n": len(one) for side, one in zip(("first", "second"), values, strict=True)},
        **{
            f"{side}_patients": len(set(one))
            for side, one in zip(("first", "second"), whose, strict=True)
        },
        "left_out": left_out,
    }
