"""Shapley values of lead x segment regions by orders in which they join, shared by all recordings.

What a region adds to those before it in an order has its Shapley value for mean, over all orders.
"""

from __future__ import annotations

from functools import cache
from typing import final

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from xai_bench.methods.perturbation.design import Design
from xai_bench.methods.perturbation.shapley import ShapleyMethod
from xai_bench.randomness import seed_for

__all__ = ["PermutationSHAP", "ShapleySampling", "drawn_orders", "mean_gain"]

_ORDERS = 8


@final
class ShapleySampling(ShapleyMethod):
    """Shapley values from orders drawn independently (Castro et al. 2009), baseline zero.

    phi of a region of 12 leads x 10 segments is the mean over 8 orders of
    m(z_S and the region) - m(z_S), with S the regions before it. The gains of each order sum to
    m(z) - m(0), and so do attributions. The orders are the same for all recordings, models and
    seeds: nothing is drawn for a recording. Stability metrics see no sampling noise, but
    attributions keep the error of the common orders.

    954 forward passes a recording: 119 coalitions an order, z and 0. Values of resnet1d then
    correlate 0.91 with the reference of benchmarks/kernelshap.py, and of 4 orders 0.87.
    """

    name = "shapley-sampling"
    summary = "Shapley values of 12 leads x 10 segments, 8 orders shared by all recordings"
    cite = "castro2009sampling"
    regions = "grid-10"

    def design(self, regions: int) -> Design:
        return _sampling_design(regions)


@final
class PermutationSHAP(ShapleyMethod):
    """As `ShapleySampling`, from four orders and their reverses (Mitchell et al. 2022).

    What PermutationExplainer of Lundberg's `shap` does. An order and its reverse give the exact
    values of a game whose regions interact in pairs only.

    954 forward passes a recording. Values of resnet1d then correlate 0.95 with the reference of
    benchmarks/kernelshap.py, and of two orders and their reverses 0.91.
    """

    name = "permutation-shap"
    summary = "Shapley values of 12 leads x 10 segments, 4 shared orders and their reverses"
    cite = "mitchell2022permutations"
    regions = "grid-10"

    def design(self, regions: int) -> Design:
        return _antithetic_design(regions)


@cache
def _sampling_design(regions: int) -> Design:
    return mean_gain(drawn_orders(_ORDERS, regions, "shapley-sampling design"))


@cache
def _antithetic_design(regions: int) -> Design:
    half = drawn_orders(_ORDERS // 2, regions, "permutation-shap design")
    return mean_gain(torch.cat([half, half.flip(1)]))


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
