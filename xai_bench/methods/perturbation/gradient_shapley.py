"""Shapley values of regions from gradients: a pass says something of all regions, not of one."""

from __future__ import annotations

from functools import cache
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from xai_bench.methods.base import Batch, FromZero
from xai_bench.methods.perturbation.coalitions import balanced_coalitions
from xai_bench.methods.perturbation.masked_passes import kept_parts, log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.methods.perturbation.shapley import PermutationSHAP
from xai_bench.methods.version_passes import gradients_at
from xai_bench.models import Model
from xai_bench.randomness import seed_for

__all__ = ["SHAP"]

_COALITIONS = 160
"""Resnet1d on fold 9, 6 recordings: 60 agree to 0.98 with long sampling, 160 to 0.99, and 480 no
more; lstm 0.95, 0.97 and 0.98. benchmarks/kernelshap.py has the agreement on fold 10."""


@final
class SHAP(FromZero):
    """Shapley values of 120 regions, 12 leads x 10 segments, from gradients, baseline zero.

    The value of a region is the mean, over coalitions S of all sizes alike, of what the region adds
    to the others of S (Owen 1972: the integral over t of the derivative of the multilinear
    extension, S holding each region with chance t). Here that is the sum over the region of
    z * dm/dz at z_S, which keeps the regions of S and sets the others to zero: to first order, what
    the region adds where it is not in S, and what it takes away where it is. Each coalition comes
    with its complement, so that a region is in half of them; exact for every net that is quadratic
    in z. What then lacks of m(z) - m(0), through curvature and the choice of coalitions, is
    shared in proportion to the absolute values: a region that does nothing gets nothing.

    The coalitions are one design, `balanced_coalitions`, dealt anew to each recording and alike to
    its disturbed versions. A pass and its way back say something of all regions, where a step of
    an order says something of one.

    162 passes forward and 160 back. A net without gradients gets `permutation-shap` instead.
    """

    name = "shap"
    summary = (
        "take this one for SHAP: Shapley values of 12 leads x 10 segments, gradients at 160 "
        "coalitions"
    )
    cite = "owen1972multilinear"

    takes_baseline = True
    regions = "grid-10"
    passes = 2 * _COALITIONS + 2

    def remark(self, model: Model) -> str:
        if not model.gradient_flaw:
            return ""
        return f"shap is permutation-shap here: no gradient reaches z: {model.gradient_flaw}"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        if model.gradient_flaw:
            return PermutationSHAP().attribute(model, batch)
        regions = divide(self.regions, batch).renumbered(batch)
        kept = _coalitions(len(regions)).to(batch.z.device)
        values = _complete(
            regions.sums(_mean_gain(model, batch, regions, kept)),
            _fall_to_baseline(model, batch, regions),
        )
        return regions.spread(values).to(batch.z.dtype)


@cache
def _coalitions(regions: int) -> Bool[Tensor, "coalition region"]:
    rng = np.random.default_rng(seed_for(0, "", "shap coalitions"))
    return torch.from_numpy(balanced_coalitions(regions, _COALITIONS, rng))


def _mean_gain(
    model: Model, batch: Batch, regions: Regions, kept: Bool[Tensor, "coalition region"]
) -> Float64[Tensor, "record lead time"]:
    """The mean over coalitions of (z - baseline) * dm/dz at z_S."""

    def versions(records: slice, some: slice) -> Float[Tensor, "record version lead time"]:
        masks = kept[some][:, regions.index[records]].transpose(0, 1)
        return kept_parts(batch, records, masks)

    total = torch.zeros_like(batch.z, dtype=torch.float64)
    for records, _, gradient in gradients_at(model, batch, len(kept), versions):
        total[records] += gradient.sum(dim=1, dtype=torch.float64)
    way = batch.z if batch.baseline is None else batch.z - batch.baseline
    return way * total / len(kept)


def _fall_to_baseline(model: Model, batch: Batch, regions: Regions) -> Float64[Tensor, " record"]:
    """m(z) - m(baseline)."""
    ends = torch.tensor([[False], [True]], device=batch.z.device).expand(2, len(regions))
    none, every = log_odds_of_coalitions(model, batch, regions, ends).double().unbind(dim=1)
    return every - none


def _complete(
    values: Float64[Tensor, "record region"], due: Float64[Tensor, " record"]
) -> Float64[Tensor, "record region"]:
    """Values that sum to what is due: each takes a share of the rest as large as it is.

    Equal shares where all values are zero.
    """
    size = values.abs()
    share = size / size.sum(dim=1, keepdim=True)
    share = share.where(size.any(dim=1, keepdim=True), 1 / values.shape[1])
    return values + share * (due - values.sum(dim=1)).unsqueeze(1)
