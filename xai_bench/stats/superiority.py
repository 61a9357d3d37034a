"""How often one score of a recording is better than another of the same recording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from jaxtyping import Float

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, Values, patients_sums
from xai_bench.stats.paired import patients_means
from xai_bench.stats.rounding import ROUNDING, tied

__all__ = ["share_interval", "sign_test_p", "superior"]


def superior(
    better: Values, worse: Values, floor: float = ROUNDING
) -> Float[np.ndarray, " record"]:
    """1 where the first of two scores is higher, 0 where it is lower, and half where they are
    `tied`. The mean is the probability of superiority (Grissom 1994) of paired scores."""
    won: Float[np.ndarray, " record"] = np.where(
        tied(better, worse, floor), 0.5, (better > worse).astype(np.float64)
    )
    return won


def share_interval(shares: Values, patients: Sequence[str]) -> tuple[float, float]:
    """95 % interval of the mean of numbers between 0 and 1, over patients.

    That of Wilson (1927) with the effective sample size (Dean & Pagano 2015): as many independent
    answers as have the variance that the mean has from patient to patient, at most as many as there
    are, and one a patient where all agree on 0 or on 1; t in place of 1.96. Resamples of patients
    know nothing beyond what was seen: of a patient in eleven that disagrees they make [.46, 1].
    (nan, nan) with fewer than five patients.
    """
    sums, sizes = patients_sums(shares, patients), patients_sums(np.ones(len(shares)), patients)
    count = len(sums)
    if count < FEWEST_PATIENTS:
        return float("nan"), float("nan")
    share = float(shares.mean())
    scatter = float(np.sum((sums - share * sizes) ** 2)) / len(shares) ** 2
    variance = scatter * count / (count - 1)
    spread = share * (1 - share)
    # Where none disagrees there is no variance to be told from.
    effective = min(spread / variance, len(shares)) if variance > 1e-12 else float(len(shares))
    effective = float(count) if spread == 0 else effective
    z = float(scipy.special.stdtrit(count - 1, 0.975)) / np.sqrt(effective)
    middle, reach = share + z**2 / 2, z * np.sqrt(spread + z**2 / 4)
    ends = (middle - reach) / (1 + z**2), (middle + reach) / (1 + z**2)
    return max(0.0, float(ends[0])), min(1.0, float(ends[1]))


def sign_test_p(shares: Values, patients: Sequence[str]) -> float:
    """p of the exact two-sided sign test: whether as many patients have a mean share above a half
    as below; patients at a half say nothing. NaN with fewer than five patients."""
    from scipy.stats import binomtest  # slow to import

    each = patients_means(shares, patients)
    if len(each) < FEWEST_PATIENTS:
        return float("nan")
    above, below = int((each > 0.5).sum()), int((each < 0.5).sum())
    return float(binomtest(above, above + below).pvalue) if above + below else 1.0
