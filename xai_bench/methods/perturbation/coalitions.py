"""Coalitions of regions whose Shapley regression is as well conditioned as their number allows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64
from numpy import ndarray

__all__ = ["balanced_coalitions"]

_SWEEPS = 3
"""512 coalitions of 120 regions: the trace of the inverse is then 5 % above the least possible."""


def balanced_coalitions(
    regions: int, coalitions: int, rng: np.random.Generator
) -> Bool[ndarray, "coalition region"]:
    """Coalitions and their complements, half and half, of all sizes in equal parts.

    Pairs cancel what even numbers of regions do together (Covert & Lee 2021). Equal parts of all
    sizes give every coalition the same leverage in the regression (Musco & Witter 2025). Members
    are drawn, then exchanged until pairs of regions meet about equally often. Nothing prefers one
    region to another.
    """
    pairs = coalitions // 2
    size = 1 + (np.arange(pairs) * 2 + 1) * (regions - 1) // (2 * pairs)
    kept = rng.random((pairs, regions)).argsort(axis=1).argsort(axis=1) < size[:, None]
    _exchange(kept, size)
    return np.concatenate([kept, ~kept])


def _exchange(kept: Bool[ndarray, "pair region"], size: Int64[ndarray, " pair"]) -> None:
    """Exchange members with others, in place, while that lowers the sum of squares of X' w X.

    X are the coalitions less their mean and w their Shapley weights, so that X' w X has a fixed
    trace: it comes closer to a multiple of the identity, whose inverse has the least trace. All
    numbers are integers below 2^53: the outcome is the same on every machine.
    """
    regions = kept.shape[1]
    X = (regions * kept - size[:, None]).astype(np.float64)
    w = np.rint(4.0 * regions**2 / (size * (regions - size)))
    G = (X.T * w) @ X
    for row in np.tile(np.arange(len(kept)), _SWEEPS):
        x, members = X[row], kept[row]
        G -= w[row] * np.outer(x, x)
        while _best_exchange(G, x, members):
            pass
        G += w[row] * np.outer(x, x)


def _best_exchange(
    G: Float64[ndarray, "region region"],
    x: Float64[ndarray, " region"],
    members: Bool[ndarray, " region"],
) -> bool:
    """Make the exchange that lowers x' G x the most, in place; False if none lowers it."""
    regions = len(x)
    out, into = np.flatnonzero(members), np.flatnonzero(~members)
    slope, curve = 2 * (G @ x), regions * G.diagonal()
    change = (curve - slope)[out, None] + (curve + slope)[into] - 2 * regions * G[np.ix_(out, into)]
    best = int(change.argmin())
    if change.flat[best] >= 0:
        return False
    leaves, joins = out[best // len(into)], into[best % len(into)]
    members[[leaves, joins]] = False, True
    x[leaves] -= regions
    x[joins] += regions
    return True
