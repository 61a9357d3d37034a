"""Shapley values of lead x segment regions, by regression on a design that all recordings share."""

from __future__ import annotations

from functools import cache
from typing import final

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from xai_bench.methods.perturbation.coalitions import balanced_coalitions
from xai_bench.methods.perturbation.design import Design
from xai_bench.methods.perturbation.shapley import ShapleyMethod
from xai_bench.randomness import seed_for

__all__ = ["KernelSHAP", "shapley_design", "shapley_regression"]


@final
class KernelSHAP(ShapleyMethod):
    """KernelSHAP (Lundberg & Lee 2017) on 120 regions, 12 leads x 10 segments, baseline zero.

    The values phi of the regions minimise the mean over coalitions S of
    (m(z_S) - m(0) - sum of phi over S)^2 with sum of phi = m(z) - m(0), exactly; z_S keeps the
    regions of S and sets the others to zero, and the mean is weighted by the Shapley kernel. The
    coalitions, `balanced_coalitions`, are the same for all recordings, models and seeds: nothing is
    drawn for a recording. Stability metrics see no sampling noise, but attributions keep the error
    of the common design. The value of a region is divided by its size, so that attributions sum to
    m(z) - m(0).

    514 forward passes a recording: 512 coalitions, z and 0. Values of resnet1d then correlate 0.84
    with those of permutation sampling, and 0.92 with twice the coalitions
    (benchmarks/results/kernelshap_cpu.md).
    """

    name = "kernelshap"
    summary = "KernelSHAP on 12 leads x 10 segments, 512 paired coalitions shared by all recordings"
    cite = "lundberg2017shap"

    regions = "grid-10"
    coalitions = 512

    def design(self, regions: int) -> Design:
        return shapley_design(regions, self.coalitions)


@cache
def shapley_design(regions: int, coalitions: int) -> Design:
    """The design of a number of regions: always the same."""
    rng = np.random.default_rng(seed_for(0, "", "kernelshap design"))
    return shapley_regression(torch.from_numpy(balanced_coalitions(regions, coalitions, rng)))


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
