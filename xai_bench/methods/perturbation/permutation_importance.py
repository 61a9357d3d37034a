"""What the log-odds lose when a part of the recording becomes that of other recordings."""

from __future__ import annotations

from dataclasses import replace
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.background import BACKGROUND, background
from xai_bench.methods.base import Batch, Method
from xai_bench.methods.perturbation.masked_passes import drops_of_regions
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model

__all__ = ["PermutationImportance"]


@final
class PermutationImportance(Method):
    """The mean over other recordings r of (m(z) - m(z with region j of r)) / size of the region.

    Permutation importance of one recording (Breiman 2001; as model reliance, Fisher, Rudin &
    Dominici 2019): they permute a feature among all recordings and average the loss over them.
    Here the log-odds of one recording are explained, the features are lead x segment, ten segments
    a lead, and the permutation is replaced by its mean: every recording of the background takes its
    turn, so that nothing is drawn. A region keeps its place in time; in beats that are cut around
    their R peaks it is then the same part of the beat. Of a linear net a region has
    sum of w (z - mean of the background) over it. Promises no sum.

    1936 forward passes a recording of twelve leads: 16 recordings x (120 regions, and z).
    """

    name = "permutation-importance"
    summary = "mean drop of the log-odds with a region (12 leads x 10 segments) of 16 others"
    cite = "fisher2019reliance"
    regions = "grid-10"
    passes = BACKGROUND * 121

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        regions = divide(self.regions, batch)
        drops = [
            drops_of_regions(model, replace(batch, baseline=other.expand_as(batch.z)), regions)
            for other in background(model)
        ]
        mean = torch.stack(drops).double().mean(dim=0)
        return regions.spread(mean).to(batch.z.dtype)
