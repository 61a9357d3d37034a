"""Does the explained output follow a concept? Concept sensitivity, against random concepts.

TCAV (Kim et al. 2018), with the pattern of a concept in the features as its direction (Haufe et al.
2014; Pahde et al. 2022, arXiv 2202.03482): the weights of a probe turn away from the concept where
features share noise, their covariance with it does not. It is defined for concepts of any value, as
regression concept vectors are (Graziani et al. 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from xai_bench.stats.bootstrap import FEWEST_PATIENTS, percentiles, resamples
from xai_bench.studies.probe.layer_features import Features

__all__ = ["RANDOM_CONCEPTS", "Sensitivity", "concept_sensitivity", "sensitivity_interval"]

RANDOM_CONCEPTS = 999
"""Random concepts that each concept is compared with."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivity:
    """How the log-odds of each recording follow a concept."""

    slopes: Float64[np.ndarray, " record"]
    """Change of the log-odds per standard deviation of the concept, to first order, if the features
    change as they do with the concept: the directional derivative."""
    p: float
    """Of a mean as far from zero, of random concepts."""


def concept_sensitivity(
    features: Features, values: Float64[np.ndarray, " record"], rng: np.random.Generator
) -> Sensitivity:
    """S_i = sum over features j of dm_i/df_j * cov(f_j, c) / sd(c).

    values: of the concept c, NaN where it is not known; those recordings have no part in the
    direction, but they have a slope. A random concept is c with its values dealt to other
    recordings; p = (1 + those whose mean S is as far from 0) / (1 + all), two sides, so that it is
    no smaller than 1 / 1000. Of a net whose log-odds are linear in the features all recordings have
    the same S, the covariance of log-odds and concept over sd(c): then it says no more than that.
    """
    known = ~np.isnan(values)
    centred = features.values[known] - features.values[known].mean(axis=0)
    c = values[known] - values[known].mean()
    dealt = np.stack([c, *(rng.permutation(c) for _ in range(RANDOM_CONCEPTS))], axis=1)
    directions = centred.T @ dealt / (len(c) * c.std())
    mean = np.abs(features.slopes.mean(axis=0) @ directions)
    as_far = int(np.sum(mean[1:] >= mean[0] * (1 - 1e-9)))
    return Sensitivity(
        slopes=features.slopes @ directions[:, 0], p=(1 + as_far) / (1 + RANDOM_CONCEPTS)
    )


def sensitivity_interval(
    features: Features,
    values: Float64[np.ndarray, " record"],
    patients: Sequence[str],
    *,
    seed: int,
) -> tuple[float, float]:
    """Percentile 95 % bootstrap interval of the mean slope: patients are drawn anew for the
    direction of the concept as for the slopes. (nan, nan) with fewer than five of them."""
    if len(set(patients)) < FEWEST_PATIENTS:
        return float("nan"), float("nan")
    known = ~np.isnan(values)
    c = np.where(known, values, 0.0)
    f = features.values - features.values[known].mean(axis=0)  # the mean is of no account
    parts = []
    for counts in resamples(patients, seed):
        share = counts * known
        share = share / share.sum(axis=1, keepdims=True)
        mean = share @ c
        sd = np.sqrt(np.maximum(share @ c**2 - mean**2, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            direction = (share @ (f * c[:, None]) - (share @ f) * mean[:, None]) / sd[:, None]
        slope = counts @ features.slopes / counts.sum(axis=1, keepdims=True)
        parts.append((slope * direction).sum(axis=1))
    return percentiles(np.concatenate(parts))
