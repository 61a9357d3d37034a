"""Shapley values of regions: each method is a kind of regions, and a design of coalitions of them.

A game gives every coalition S of regions the value m(z_S); z_S keeps the regions of S and sets the
others to the baseline, zero or `Batch.baseline`. The Shapley value of a region is the mean over all
orders of what it adds to the regions before it (Shapley 1953).
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cache
from typing import ClassVar, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, FromZero
from xai_bench.methods.perturbation.coalitions import (
    Design,
    all_coalitions,
    balanced_coalitions,
    drawn_orders,
    mean_gain,
    shapley_regression,
)
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model
from xai_bench.randomness import seed_for

__all__ = [
    "KernelSHAP",
    "LeadShapley",
    "PermutationSHAP",
    "ShapleyMethod",
    "ShapleySampling",
    "TemporalShapley",
]

_ORDERS = 8


class ShapleyMethod(FromZero):
    """Values of regions that sum to m(z) - m(0), each divided by the size of its region.

    The regions are dealt to the design anew for each recording, by its seed: what the choice of
    coalitions does is then a part of the differences between recordings, and of intervals.
    Disturbed versions of a recording share its deal: stability metrics see no sampling noise.
    """

    takes_baseline = True
    regions: ClassVar[str]

    @staticmethod
    @abstractmethod
    def design(regions: int) -> Design:
        """The coalitions of a number of regions, and what their outputs count for each region.

        Always the same, and made once.
        """

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        regions = divide(self.regions, batch).renumbered(batch)
        return self.design(len(regions)).attribute(model, batch, regions)


class _FromAllCoalitions(ShapleyMethod):
    @staticmethod
    def design(regions: int) -> Design:
        return all_coalitions(regions)


@final
class LeadShapley(_FromAllCoalitions):
    """The Shapley values of the 12 leads (Shapley 1953), exactly, baseline zero.

    phi of a lead is the sum over coalitions S of the others of
    |S|! (11 - |S|)! / 12! (m(z_S and the lead) - m(z_S)), shared equally by its samples: what a
    lead counts for, and not where. Sums to m(z) - m(0).

    4096 forward passes a recording, which suits an explanation and not a run: two minutes of a
    core for a net as large as the ECG-IMN. Of a `LeadSumNet` (cnn-lstm), which makes what each lead
    adds once, as many passes through its head: a second, exactly.
    """

    name = "lead-shapley"
    summary = "exact Shapley values of the 12 leads, from all 4096 coalitions"
    cite = "shapley1953value"
    regions = "leads"
    passes = 4096


@final
class TemporalShapley(_FromAllCoalitions):
    """The Shapley values of ten segments of time, all leads together, exactly, baseline zero.

    As `LeadShapley`: each segment's value is shared equally by its samples, of all leads. The
    question is that of TimeSHAP (Bento et al. 2021), when and not where. TimeSHAP has a recurrent
    model and as many events as the sequence is long: it prunes the distant past into one region,
    estimates by KernelSHAP and fills in averages of the training data. Here all segments are of one
    length, none is pruned, nothing is estimated, and the baseline is that of all other methods.

    1024 forward passes a recording.
    """

    name = "temporal-shapley"
    summary = "exact Shapley values of 10 segments of time, from all 1024 coalitions"
    cite = "bento2021timeshap"
    regions = "segments-10"
    passes = 1024


@final
class KernelSHAP(ShapleyMethod):
    """KernelSHAP (Lundberg & Lee 2017) on 120 regions, 12 leads x 10 segments, baseline zero.

    The values phi of the regions minimise the mean over coalitions S of
    (m(z_S) - m(0) - sum of phi over S)^2 with sum of phi = m(z) - m(0), exactly; z_S keeps the
    regions of S and sets the others to zero, and the mean is weighted by the Shapley kernel. The
    coalitions are one design, `balanced_coalitions`, dealt anew to each recording. The value of a
    region is divided by its size, so that attributions sum to m(z) - m(0).

    514 forward passes a recording: 512 coalitions, z and 0. Values of resnet1d then correlate 0.84
    with those of permutation sampling, and 0.92 with twice the coalitions
    (benchmarks/results/kernelshap_cpu.md). They make 4 % of the variance of its scores of deletion,
    of 8 recordings (95 % interval 3 to 20, benchmarks/results/draws.md).
    """

    name = "kernelshap"
    summary = (
        "KernelSHAP on 12 leads x 10 segments, 512 paired coalitions dealt anew to each recording"
    )
    cite = "lundberg2017shap"
    regions = "grid-10"
    passes = 514

    @staticmethod
    @cache
    def design(regions: int, coalitions: int = 512) -> Design:
        rng = np.random.default_rng(seed_for(0, "", "kernelshap design"))
        return shapley_regression(torch.from_numpy(balanced_coalitions(regions, coalitions, rng)))


@final
class ShapleySampling(ShapleyMethod):
    """Shapley values from orders drawn independently (Castro et al. 2009), baseline zero.

    phi of a region of 12 leads x 10 segments is the mean over 8 orders of
    m(z_S and the region) - m(z_S), with S the regions before it. The gains of each order sum to
    m(z) - m(0), and so do attributions. The orders are dealt anew to each recording.

    954 forward passes a recording: 119 coalitions an order, z and 0. Values of resnet1d then
    correlate 0.91 with the reference of benchmarks/kernelshap.py, and of 4 orders 0.87.
    """

    name = "shapley-sampling"
    summary = "Shapley values of 12 leads x 10 segments, 8 orders dealt anew to each recording"
    cite = "castro2009sampling"
    regions = "grid-10"
    passes = 954

    @staticmethod
    @cache
    def design(regions: int) -> Design:
        return mean_gain(drawn_orders(_ORDERS, regions, "shapley-sampling design"))


@final
class PermutationSHAP(ShapleyMethod):
    """As `ShapleySampling`, from four orders and their reverses (Mitchell et al. 2022).

    What PermutationExplainer of Lundberg's `shap` does. An order and its reverse give the exact
    values of a game whose regions interact in pairs only.

    954 forward passes a recording. Values of resnet1d then correlate 0.95 with the reference of
    benchmarks/kernelshap.py, and of two orders and their reverses 0.91.
    """

    name = "permutation-shap"
    summary = "Shapley values of 12 leads x 10 segments, 4 orders and their reverses"
    cite = "mitchell2022permutations"
    regions = "grid-10"
    passes = 954

    @staticmethod
    @cache
    def design(regions: int) -> Design:
        half = drawn_orders(_ORDERS // 2, regions, "permutation-shap design")
        return mean_gain(torch.cat([half, half.flip(1)]))
