"""Intervals: the bootstrap that resamples patients, because two recordings of one patient are not
two observations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import scipy
from jaxtyping import Float, Int

__all__ = ["FEWEST_PATIENTS", "RESAMPLES", "Counts", "Statistic", "Values", "bca"]
__all__ += [
    "difference_interval",
    "draw_patients",
    "drawn_sums",
    "expanded",
    "patients_sums",
    "percentiles",
]
__all__ += ["resamples", "skill", "statistic", "statistic_interval"]

RESAMPLES = 2000
_PART = 1 << 22
FEWEST_PATIENTS = 5
Statistic = Literal["mean", "p50", "p95"]
_QUANTILE = {"p50": 0.50, "p95": 0.95}

Values = Float[np.ndarray, " record"]
Counts = Int[np.ndarray, "resample record"]


def statistic(values: Values, kind: Statistic) -> float:
    """The mean, median or 95th percentile of scores (inverse of the empirical distribution)."""
    if kind == "mean":
        return float(values.mean())
    return float(np.quantile(values, _QUANTILE[kind], method="inverted_cdf"))


def statistic_interval(
    values: Values, patients: Sequence[str], kind: Statistic, *, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of `statistic`, resampling patients.

    That of a mean is `bca` with `expanded` percentiles; that of a quantile the percentile interval
    (Efron 1979), because the jackknife of a quantile, which is not smooth, estimates no
    acceleration. It never reaches beyond the scores at hand, so that of the 95th percentile of 32
    recordings is too short (see benchmarks/results/coverage.md). With fewer than five patients an
    interval would say nothing but how many there are: (nan, nan).
    """
    if len(set(patients)) < FEWEST_PATIENTS:
        return float("nan"), float("nan")
    if kind == "mean":
        return _mean_interval(values, patients, seed)
    parts = [_quantiles(values, counts, kind) for counts in resamples(patients, seed)]
    return percentiles(np.concatenate(parts))


def difference_interval(
    first: Values, second: Values, patients: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the mean of first - second, two scores of each recording."""
    return statistic_interval(first - second, patients, "mean", seed=seed)


def percentiles(resampled: Float[np.ndarray, " resample"]) -> tuple[float, float]:
    """The percentile 95 % interval (Efron 1979) of the resamples that have a value."""
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return float(low), float(high)


def bca(
    resampled: Float[np.ndarray, " resample"],
    found: float,
    left_out: Float[np.ndarray, " patient"],
    z: float,
) -> tuple[float, float]:
    """BCa interval of a statistic that was found, from resamples and a jackknife (Efron 1987).

    The percentiles Phi(z0 + (z0 +- z) / (1 - a (z0 +- z))) of the resamples, where z0 is the normal
    quantile of the share of resamples below what was found and a, a sixth of the skewness of the
    estimate, comes from the statistic without one patient at a time. z is 1.96, or `expanded`.
    """
    # Ties count half, so that scores of few values have no bias. Without a resample on one side
    # the share is that of half a resample.
    rounding = 1e-9 * np.ptp(resampled)
    tied = np.abs(resampled - found) <= rounding
    share = np.mean((resampled < found) & ~tied) + np.mean(tied) / 2
    edge = 0.5 / len(resampled)
    bias = float(scipy.special.ndtri(np.clip(share, edge, 1 - edge)))
    away = left_out.mean() - left_out
    scale = np.sum(away**2) ** 1.5
    acceleration = float(np.sum(away**3) / (6 * scale)) if scale > 0 else 0.0
    moved = bias + np.array([-z, z])
    low, high = np.quantile(
        resampled, scipy.special.ndtr(bias + moved / (1 - acceleration * moved))
    )
    return float(low), float(high)


def expanded(patients: int) -> float:
    """sqrt(n / (n - 1)) t_{n-1} in place of z = 1.96, because resamples of n patients spread too
    little by just that much (expanded percentiles, Hesterberg 2015)."""
    return float(np.sqrt(patients / (patients - 1)) * scipy.special.stdtrit(patients - 1, 0.975))


def patients_sums(
    values: Float[np.ndarray, "record ..."], patients: Sequence[str]
) -> Float[np.ndarray, "patient ..."]:
    """The sum of each patient's recordings; patients in sorted order."""
    unique, member = np.unique(np.asarray(patients), return_inverse=True)
    sums: Float[np.ndarray, "patient ..."] = np.zeros((len(unique), *values.shape[1:]))
    np.add.at(sums, member, values)
    return sums


_drawn: OrderedDict[tuple[int, int], Int[np.ndarray, "resample patient"]] = OrderedDict()
_MOST_DRAWN = 1 << 28
"""Bytes of draws that are kept, because every method and metric of a run asks for the same ones,
or for those of the few patients fewer of whom it has scores."""


def draw_patients(number: int, seed: int) -> Int[np.ndarray, "resample patient"]:
    """How often each of `number` patients, in sorted order, is drawn in each resample."""
    if (number, seed) not in _drawn:
        even = np.full(number, 1 / number)
        rng = np.random.default_rng(seed)
        # A byte each: that one of many is drawn 128 times has a probability of 1e-216.
        made = np.empty((RESAMPLES, number), dtype=np.int8)
        for part in _parts(number):
            made[part] = rng.multinomial(number, even, size=len(made[part]))
        made.flags.writeable = False
        while _drawn and made.nbytes + sum(one.nbytes for one in _drawn.values()) > _MOST_DRAWN:
            _drawn.popitem(last=False)
        _drawn[number, seed] = made
    _drawn.move_to_end((number, seed))
    return _drawn[number, seed]


def drawn_sums(
    drawn: Int[np.ndarray, "resample patient"], sums: Float[np.ndarray, "patient ..."]
) -> Float[np.ndarray, "resample ..."]:
    """`drawn @ sums`, without a copy of all draws in float64."""
    return np.concatenate([drawn[part] @ sums for part in _parts(drawn.shape[1])])


def resamples(patients: Sequence[str], seed: int) -> Iterator[Counts]:
    """How often each recording is drawn in each resample: all of a patient's, or none.

    Of a cohort a few resamples at a time.
    """
    unique, member = np.unique(np.asarray(patients), return_inverse=True)
    drawn = draw_patients(len(unique), seed)
    return (drawn[part][:, member].astype(np.int64) for part in _parts(len(member)))


def _parts(number: int) -> list[slice]:
    """Resamples whose draws of so many take no more than `_PART` bytes each in float64."""
    size = max(1, _PART // (8 * number))
    return [slice(start, min(start + size, RESAMPLES)) for start in range(0, RESAMPLES, size)]


def _mean_interval(values: Values, patients: Sequence[str], seed: int) -> tuple[float, float]:
    sums, sizes = patients_sums(values, patients), patients_sums(np.ones(len(values)), patients)
    drawn = draw_patients(len(sums), seed)
    left_out = (sums.sum() - sums) / (sizes.sum() - sizes)
    resampled = drawn_sums(drawn, sums) / drawn_sums(drawn, sizes)
    return bca(resampled, float(values.mean()), left_out, expanded(len(sums)))


def _quantiles(values: Values, counts: Counts, kind: Statistic) -> Float[np.ndarray, " resample"]:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[:, order], axis=1) >= (
        _QUANTILE[kind] * counts.sum(axis=1, keepdims=True)
    )
    quantile: Float[np.ndarray, " resample"] = values[order][reached.argmax(axis=1)]
    return quantile


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
    of_parts = [
        (counts @ (ceiling - floor), counts @ (values - floor), counts.sum(axis=1))
        for counts in resamples(patients, seed)
    ]
    ranges, above, total = (np.concatenate(sums) for sums in zip(*of_parts, strict=True))
    range_ = ranges / total
    if np.quantile(range_, 0.025) <= 0:
        return unknown
    # A few resamples may have no range at all, and then no skill.
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = above / total / range_
    found = (values - floor).mean() / (ceiling - floor).mean()
    return float(found), *percentiles(resampled)
