"""How far the order that half a data set gives methods agrees with that of another half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, patients_sums
from xai_bench.stats.ranks import agreement_of_means

__all__ = ["Halves", "half_agreement"]

_SPLITS = 200

Halves = tuple[float, float, float]


def half_agreement(
    first: pd.DataFrame,
    second: pd.DataFrame,
    patients: Sequence[str],
    second_patients: Sequence[str],
    *,
    seed: int = 0,
) -> Halves:
    """How far half a data set agrees with its other half, and with half of another.

    Kendall's tau-b of methods' mean scores (recording x method, without NaN, higher is better),
    mean over 200 random splits of patients: the halves of `first`, the halves of `second`, and a
    half of the one with a half of the other. All three have as few recordings, so that an order
    that does not depend on the data set has the third like the first two. NaN of a data set with
    fewer than ten patients, five in each half; nothing corrects a tau for the halving.
    """
    tables = [_Sums.of(first, patients), _Sums.of(second, second_patients)]
    if any(len(one) < 2 * FEWEST_PATIENTS for one in tables):
        return (float("nan"),) * 3
    rng = np.random.default_rng(seed)
    halves = []
    for one in tables:
        places = rng.random((_SPLITS, len(one))).argsort(axis=1).argsort(axis=1)
        chosen = places < len(one) // 2
        halves.append((one.means(chosen), one.means(~chosen)))
    (a, other_a), (b, other_b) = halves
    within = agreement_of_means(a, other_a), agreement_of_means(b, other_b)
    return _mean(within[0]), _mean(within[1]), _mean(agreement_of_means(a, b))


@final
@dataclass(frozen=True, eq=False)
class _Sums:
    """What the recordings of each patient add up to."""

    scores: Float[np.ndarray, "patient method"]
    recordings: Float[np.ndarray, " patient"]

    @classmethod
    def of(cls, scores: pd.DataFrame, patients: Sequence[str]) -> _Sums:
        values = scores.to_numpy(np.float64)
        return cls(patients_sums(values, patients), patients_sums(np.ones(len(values)), patients))

    def __len__(self) -> int:
        return len(self.recordings)

    def means(
        self, chosen: Bool[np.ndarray, "sample patient"]
    ) -> Float[np.ndarray, "sample method"]:
        """Of each choice of patients the mean score of each method."""
        of_chosen: Float[np.ndarray, "sample method"] = (chosen @ self.scores) / (
            chosen @ self.recordings
        )[:, None]
        return of_chosen


def _mean(taus: Float[np.ndarray, " sample"]) -> float:
    known = taus[~np.isnan(taus)]
    return float(known.mean()) if len(known) else float("nan")
