"""A local linear surrogate on lead x segment regions."""

from __future__ import annotations

from functools import cache
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.generators import generator
from xai_bench.methods.base import Batch, Method
from xai_bench.methods.perturbation.coalitions import Design
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model
from xai_bench.randomness import seed_for

__all__ = ["LIME", "lime_design", "ridge_regression"]

_KERNEL_WIDTH = 0.25
_PENALTY = 1.0


@final
class LIME(Method):
    """LIME (Ribeiro et al. 2016) on 120 regions, 12 leads x 10 segments, baseline zero.

    The coefficients phi of ridge regression: they minimise, with an intercept b that is not
    penalised, the sum over coalitions S of w(S) (m(z_S) - b - sum of phi over S)^2 plus
    |phi|^2. Each region is kept with probability 1/2; the first coalition keeps all. Weights
    w(S) = exp(-d^2 / (2 * 0.25^2)) with the cosine distance d = 1 - sqrt(|S| / 120) of S from all
    regions, width and penalty as in the authors' code for images. (Captum's own default measures d
    on the recording and fits a lasso, which has no common solution.) The regions are dealt to one
    design of coalitions anew for each recording, and alike for its disturbed versions. A
    coefficient is divided by the size of its region. Promises no sum.

    512 forward passes a recording. The coalitions make 3 % of the variance of scores of deletion,
    of resnet1d and 8 recordings (95 % interval 1 to 23, benchmarks/results/draws.md).
    """

    name = "lime"
    summary = "LIME on 12 leads x 10 segments, 512 coalitions dealt anew to each recording"
    cite = "ribeiro2016lime"

    takes_baseline = True
    regions = "grid-10"
    coalitions = 512
    passes = coalitions

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        regions = divide(self.regions, batch).renumbered(batch)
        return lime_design(len(regions), self.coalitions).attribute(model, batch, regions)


@cache
def lime_design(regions: int, coalitions: int) -> Design:
    """The design of a number of regions: always the same."""
    drawn = generator(seed_for(0, "", "lime design"))
    kept = torch.rand(coalitions, regions, generator=drawn) < 0.5
    kept[0] = True
    return ridge_regression(kept)


def ridge_regression(kept: Bool[Tensor, "coalition region"]) -> Design:
    """Weighted ridge regression with an intercept: P = (X' w X + 1)^-1 X' w, in float64.

    X are the coalitions less their weighted mean, which eliminates the intercept.
    """
    S = kept.double()
    distance = 1 - S.mean(dim=1).sqrt()
    w = torch.exp(-(distance**2) / (2 * _KERNEL_WIDTH**2))
    X = S - w @ S / w.sum()
    weighted = X.T * w
    penalty = _PENALTY * torch.eye(S.shape[1], dtype=torch.float64)
    return Design(kept=kept, P=torch.linalg.solve(weighted @ X + penalty, weighted))
