"""Shapley values from all coalitions of few regions: exact."""

from __future__ import annotations

from functools import cache
from math import comb
from typing import final

import torch

from xai_bench.methods.perturbation.design import Design
from xai_bench.methods.perturbation.shapley import ShapleyMethod

__all__ = ["LeadShapley", "TemporalShapley", "all_coalitions"]


@final
class LeadShapley(ShapleyMethod):
    """The Shapley values of the 12 leads (Shapley 1953), exactly, baseline zero.

    phi of a lead is the sum over coalitions S of the others of
    |S|! (11 - |S|)! / 12! (m(z_S and the lead) - m(z_S)), shared equally by its samples: what a
    lead counts for, and not where. Sums to m(z) - m(0).

    4096 forward passes a recording, which suits an explanation and not a run: two minutes of a
    core for a net as large as the ECG-IMN.
    """

    name = "lead-shapley"
    summary = "exact Shapley values of the 12 leads, from all 4096 coalitions"
    cite = "shapley1953value"
    regions = "leads"

    def design(self, regions: int) -> Design:
        return all_coalitions(regions)


@final
class TemporalShapley(ShapleyMethod):
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

    def design(self, regions: int) -> Design:
        return all_coalitions(regions)


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
