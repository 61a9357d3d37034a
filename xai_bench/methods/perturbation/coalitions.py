"""Designs: coalitions of numbers of regions, made once, and what their outputs count for.

A surrogate that is linear in the outputs of the model needs one factorisation, made once:
attribution = P @ outputs, with outputs the log-odds of the coalitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import comb
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from numpy import ndarray
from torch import Tensor

from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.masked_passes import log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import Regions
from xai_bench.models import Model
from xai_bench.randomness import seed_for

__all__ = [
    "Design",
    "all_coalitions",
    "balanced_coalitions",
    "drawn_orders",
    "mean_gain",
    "shapley_regression",
]

_SWEEPS = 3
"""512 coalitions of 120 regions: the trace of the inverse is then 5 % above the least possible."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Which regions are kept, and how the outputs of the model become attributions."""

    kept: Bool[Tensor, "coalition region"]
    """False: the region is set to zero."""
    P: Float64[Tensor, "region coalition"]

    def attribute(
        self, model: Model, batch: Batch, regions: Regions
    ) -> Float[Tensor, "record lead time"]:
        """The regression on regions, shared among the samples of each of them."""
        device = batch.z.device
        outputs = log_odds_of_coalitions(model, batch, regions, self.kept.to(device))
        values = outputs.double() @ self.P.T.to(device)
        return regions.spread(values).to(batch.z.dtype)


@cache
def all_coalitions(regions: int) -> Design:
    """All coalitions: region i is in coalition k where bit i of k is set.

    A coalition S counts 1 / (regions * C(regions - 1, |S| - 1)) for a region of it, and
    -1 / (regions * C(regions - 1, |S|)) for a region that is not in it.
    """
    kept = (torch.arange(2**regions)[:, None] >> torch.arange(regions)) % 2 == 1
    size = kept.sum(dim=1)
    joining = [regions * comb(regions - 1, before) for before in range(regions)]
    weight = 1 / torch.tensor(joining, dtype=torch.float64)
    # The coalition of none is joined by all and has nobody in it, and that of all the reverse.
    gained = weight[(size - 1).clamp_min(0)]
    missed = weight[size.clamp_max(regions - 1)]
    return Design(kept=kept, P=torch.where(kept.T, gained, -missed))


def shapley_regression(kept: Bool[Tensor, "coalition region"]) -> Design:
    """Least squares for coalitions of all sizes alike, with values that sum to m(z) - m(0).

    A coalition of k regions has weight 1 / (k (regions - k)), the Shapley kernel summed over the
    coalitions of its size. With d = m(z) - m(0), phi = d / regions + u, where u has sum zero and
    fits m(z_S) - m(0) - d |S| / regions on the rows of S, each less its mean; the pseudo-inverse,
    in float64, finds it. The coalitions of none and of all regions are put before the others.
    Raises ValueError for too few coalitions to tell the regions apart.
    """
    regions = kept.shape[1]
    S = kept.double()
    share = S.mean(dim=1, keepdim=True)
    root = (share * (1 - share)).rsqrt()
    X = root * (S - share)
    rank = int(torch.linalg.matrix_rank(X))
    if rank < regions - 1:
        raise ValueError(f"{len(kept)} coalitions of {regions} regions have rank {rank} only")
    A = torch.linalg.pinv(X) * root.T
    of_all = 1 / regions - A @ share
    of_none = -A.sum(dim=1, keepdim=True) - of_all
    ends = torch.tensor([[False], [True]]).expand(2, regions)
    return Design(kept=torch.cat([ends, kept]), P=torch.cat([of_none, of_all, A], dim=1))


def drawn_orders(orders: int, regions: int, purpose: str) -> Int64[Tensor, "order region"]:
    """The numbers of the regions, first to last, in independent orders: always the same."""
    rng = np.random.default_rng(seed_for(0, "", purpose))
    return torch.from_numpy(np.stack([rng.permutation(regions) for _ in range(orders)]))


def mean_gain(orders: Int64[Tensor, "order region"]) -> Design:
    """The mean over orders of what each region adds to those before it.

    Coalition k of an order has its first k regions. All orders begin with the same coalition, of
    none, and end with the same, of all; these two are put before the others.
    """
    count, regions = orders.shape
    place = orders.argsort(dim=1)
    kept = place[:, None, :] < torch.arange(1, regions)[:, None]
    ends = torch.tensor([[False], [True]]).expand(2, regions)
    between = 2 + torch.arange(count * (regions - 1)).reshape(count, regions - 1)
    none, every = (torch.full((count, 1), end) for end in (0, 1))
    column = torch.cat([none, between, every], dim=1)
    P = torch.zeros(regions, 2 + between.numel(), dtype=torch.float64)
    share = torch.full(orders.shape, 1 / count, dtype=torch.float64)
    P.index_put_((orders, column[:, 1:]), share, accumulate=True)
    P.index_put_((orders, column[:, :-1]), -share, accumulate=True)
    return Design(kept=torch.cat([ends, kept.flatten(0, 1)]), P=P)


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
