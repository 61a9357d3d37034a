"""How far two methods must differ to be told apart four times in five, by the rule as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, Values, expanded
from xai_bench.stats.paired import paired_differences, patients_means, rank_sum_chances
from xai_bench.stats.rounding import ROUNDING
from xai_bench.stats.told_apart import ALPHA

__all__ = ["minimum_detectable", "with_least"]

_POWER = 0.8
_SIMULATED = 200
"""Sets of differences; the power at what is found is off by 3 points (a standard error)."""
_MOST_PATIENTS = 32
"""In a simulated set: of more, what is found shrinks as that of a t-test of normal differences."""


def with_least(
    pairs: pd.DataFrame,
    scores: pd.DataFrame,
    patients: Sequence[str],
    *,
    tests: int | None = None,
    floor: float = ROUNDING,
) -> pd.DataFrame:
    """Rows of `compare_pairs` with a column `least`: the `minimum_detectable` difference of each.

    scores, patients: those that were compared. tests: that Holm's p is of; without it all of
    `pairs` that could be tested.
    """
    tests = int(pairs["p"].notna().sum()) if tests is None else tests
    owners = np.asarray(patients)
    least = []
    for first, second in zip(pairs["first"], pairs["second"], strict=True):
        both = scores[[first, second]].notna().all(axis=1).to_numpy()
        one, other = scores.loc[both, [first, second]].to_numpy(np.float64).T
        differences = paired_differences(one, other, floor)
        least.append(minimum_detectable(differences, owners[both].tolist(), tests=tests))
    return pairs.assign(least=np.asarray(least, dtype=np.float64))


def minimum_detectable(differences: Values, patients: Sequence[str], *, tests: int) -> float:
    """The least true mean difference that is `told_apart` in nominally 80 % of data like these.

    differences: of two methods on the same recordings. tests: of the table that the pair is in,
    over which Holm's p is taken. Nothing is assumed of the other pairs: the p of the signed-rank
    test must be below `ALPHA` / tests, the first and hardest step of Holm, and the interval exclude
    zero. Data are simulated from what was seen: patients' differences less their mean, spread by
    sqrt(n / (n - 1)) as those of a sample of n are not, drawn with replacement and shifted; the
    larger of the shifts up and down that do.

    Shifting moves the interval as it is and the Walsh averages (d_i + d_j) / 2, whose number above
    zero is the statistic of the signed-rank test (Hodges & Lehmann 1963), so that the shift from
    which on a set is told apart is read off the set, and its 80 % quantile is the answer. The
    interval of a set is that of `statistic_interval` with the second-order expansion of its
    resamples (Hall 1992) in place of them.
    What the 80 % are in truth `make coverage` simulates, with the verdict itself.

    NaN with fewer than five patients; infinite where so few can have no p that small.
    """
    each = patients_means(differences, patients)
    count = len(each)
    if count < FEWEST_PATIENTS:
        return float("nan")
    drawn = _drawn(count)
    size = drawn.shape[1]
    needed = _needed_rank_sum(size, ALPHA / tests)
    if needed is None:
        return float("inf")
    centred = (each - each.mean()) * np.sqrt(count / (count - 1))
    first, second = np.triu_indices(size)
    sets = centred[drawn]
    walsh = (sets[:, first] + sets[:, second]) / 2
    # So many Walsh averages must be above zero that this one, from below or above, is the last.
    last = walsh.shape[1] - needed
    walsh.partition((last, needed - 1), axis=1)
    up = np.maximum(-walsh[:, last], -_lower_ends(sets))
    down = np.maximum(walsh[:, needed - 1], -_lower_ends(-sets))
    shift = float(max(np.quantile(up, _POWER), np.quantile(down, _POWER)))
    if count == size:
        return shift
    return shift * _effect_of_normal(count, ALPHA / tests) / _effect_of_normal(size, ALPHA / tests)


@lru_cache
def _drawn(patients: int) -> Int[np.ndarray, "set patient"]:
    """Which patients each simulated set is of; the same for all pairs."""
    rng = np.random.default_rng(patients)
    return rng.integers(0, patients, (_SIMULATED, min(patients, _MOST_PATIENTS)))


@lru_cache
def _needed_rank_sum(patients: int, alpha: float) -> int | None:
    """The least sum of the ranks above zero whose exact two-sided p is below alpha."""
    chances = rank_sum_chances(tuple(range(1, patients + 1)))
    enough = np.flatnonzero(2 * np.cumsum(chances[::-1])[::-1] < alpha)
    return int(enough[0]) if len(enough) else None


@lru_cache
def _effect_of_normal(patients: int, alpha: float) -> float:
    """What a paired t-test finds, in standard deviations of the difference."""
    from statsmodels.stats.power import TTestPower  # slow to import

    return float(TTestPower().solve_power(nobs=patients, alpha=alpha, power=_POWER))


def _lower_ends(sets: Float[np.ndarray, "set patient"]) -> Float[np.ndarray, " set"]:
    """Of the 95 % intervals of means of `stats.bootstrap`, to the second order in 1 / sqrt(n).

    A mean has as bias correction and as acceleration a sixth of the skewness of its estimate.
    """
    count = sets.shape[1]
    mean = sets.mean(axis=1)
    away = sets - mean[:, None]
    spread = np.sqrt((away**2).mean(axis=1))
    with np.errstate(invalid="ignore"):
        skewness = np.nan_to_num((away**3).mean(axis=1) / spread**3)
    sixth = skewness / (6 * np.sqrt(count))
    moved = sixth - expanded(count)
    quantile = sixth + moved / (1 - sixth * moved)
    ends: Float[np.ndarray, " set"] = mean + spread / np.sqrt(count) * (
        quantile + sixth * (quantile**2 - 1)
    )
    return ends
