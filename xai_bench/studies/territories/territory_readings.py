"""From a map of leads and samples to a number for each source of the heart.

The leads are the sum of what the sources add, x = sum_k x_k + rest, each x_k known. A method whose
map is a = d z, a weight d for each sample times the recording, is read by the chain rule: a source
that were stronger by a share e would add e x_k, and the log-odds would change by e sum(d x_k).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Bool, Float

from xai_bench.stats import auroc

__all__ = ["READINGS", "Found", "Reading", "density", "found_by", "read_by"]

Map = Float[np.ndarray, "lead time"]
Parts = Float[np.ndarray, "source lead time"]
PerSource = Float[np.ndarray, " source"]

Reading = Literal["missing", "present", "share"]
READINGS: dict[Reading, str] = {
    "missing": "what the log-odds would lose, to first order, if each segment had all of its "
    "healthy force once more: -sum(d h_k), with h_k what it adds in the healthy twin",
    "present": "what each segment has of the map: sum(d x_k), with x_k what it adds in the "
    "recording; with what is of no segment these add up to the map's own sum",
    "share": "the size of the map, shared at each sample among segments as |h_k|: for maps "
    "without signs",
}
"""Name -> what it is; the second and the first are of methods whose map is weights times z."""

_LEAST = 1e-6
"""Of z, below which a weight is taken to be zero: it adds nothing there."""


def density(values: Map, z: Map) -> Map:
    """The weights d of a map a = d z."""
    moves = np.abs(z) > _LEAST
    return np.where(moves, values / np.where(moves, z, 1.0), 0.0)


def read_by(reading: Reading, values: Map, healthy: Parts, sick: Parts) -> PerSource:
    """The score of each source, higher where the map says more of it.

    values: the weights d, or the map itself for "share". healthy, sick: what each source adds to z.
    """
    if reading == "missing":
        return np.asarray(-np.einsum("lt,klt->k", values, healthy))
    if reading == "present":
        return np.asarray(np.einsum("lt,klt->k", values, sick))
    size = np.abs(healthy)
    whole = size.sum(axis=0)
    of_each = np.abs(values) / np.where(whole > 0, whole, np.inf)
    return np.asarray(np.einsum("lt,klt->k", of_each, size))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How well scores of segments point at those that are silent."""

    auroc: float
    """Probability that a silent segment scores above another; ties count half."""
    mass: float
    """Share of the positive scores that lies on silent segments; NaN where none is positive."""


def found_by(score: PerSource, silent: Bool[np.ndarray, " source"]) -> Found:
    """Of segments of which some are silent and some are not."""
    above = np.maximum(score, 0.0)
    whole = float(above.sum())
    return Found(
        auroc=auroc(score, silent.astype(np.int64)),
        mass=float(above[silent].sum()) / whole if whole > 0 else float("nan"),
    )
