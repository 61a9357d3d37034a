"""Where a method stands between the best of several controls and the best of several methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, percentiles
from xai_bench.stats.ranks import resampled_means
from xai_bench.stats.rounding import tied

__all__ = ["places"]


def places(
    scores: pd.DataFrame,
    patients: Sequence[str],
    *,
    methods: Sequence[str],
    controls: Sequence[str],
    better: Literal["higher", "lower"],
    seed: int = 0,
) -> tuple[str, dict[str, tuple[float, float, float]]]:
    """The control that is the floor, and of each method its place with a 95 % interval.

    scores: recording x name; those recordings count that all methods and controls have. The place
    of a mean is (mean - floor) / (best - floor), where floor is the best mean of the controls and
    best that of the methods: 0 at the floor, 1 for the best, below 0 where the floor is not
    reached. Each resample of patients chooses its floor and its best anew (percentiles, Efron
    1979). Nothing, and no floor, with fewer than five patients, and where the best method is not
    above the floor, because the interval of their difference reaches zero.
    """
    known = scores[[*methods, *controls]]
    complete = known.notna().all(axis=1).to_numpy()
    if len(set(np.asarray(patients)[complete])) < FEWEST_PATIENTS or not controls or not methods:
        return "", {}
    sign = 1.0 if better == "higher" else -1.0
    means = sign * known[complete].mean()
    of_controls, best = means[list(controls)].to_numpy(), float(means[list(methods)].max())
    # Of controls that are the same but for rounding, as where all score worst, the first.
    floor = controls[int(np.argmax(tied(of_controls, of_controls.max(keepdims=True))))]
    resampled = pd.DataFrame(sign * resampled_means(known, patients, seed), columns=known.columns)
    floors = resampled[list(controls)].max(axis=1)
    ranges = resampled[list(methods)].max(axis=1) - floors
    if np.nanquantile(ranges, 0.025) <= 0:
        return "", {}
    # A few resamples may have no range, and then no place.
    apart = (ranges > 0).to_numpy()
    found = {}
    for method in methods:
        of_resamples = ((resampled[method] - floors) / ranges).to_numpy()[apart]
        place = (means[method] - means[floor]) / (best - means[floor])
        found[str(method)] = (float(place), *percentiles(of_resamples))
    return floor, found
