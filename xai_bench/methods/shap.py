"""Shapley values of lead x segment regions, by weighted regression, through Captum."""

from __future__ import annotations

from typing import final

import torch
from captum.attr import KernelShap
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, above_baseline
from xai_bench.methods.regions import lead_segments
from xai_bench.models import Model

__all__ = ["KernelSHAP"]


@final
class KernelSHAP(Method):
    """KernelSHAP (Lundberg & Lee 2017) on 120 regions, 12 leads x 10 segments, baseline zero.

    Captum gives every sample of a region the region's whole value; it is divided by the region's
    size here, so that attributions sum to m(z) - m(0) as those of other methods do. 256 sampled
    coalitions are few for 120 regions: expect sampling noise, which stability metrics will see.
    """

    name = "kernelshap"
    summary = "KernelSHAP on 12 leads x 10 segments, 256 coalitions"
    cite = "lundberg2017shap"

    segments = 10
    coalitions = 256
    rows = 16
    """Perturbed recordings in one pass."""

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        region = lead_segments(*batch.z.shape[1:], segments=self.segments).to(batch.z.device)
        size = torch.bincount(region.flatten())[region]
        return torch.stack(
            [self._one(model, batch, row, region) / size for row in range(len(batch.z))]
        )

    def _one(
        self, model: Model, batch: Batch, row: int, region: Tensor
    ) -> Float[Tensor, "lead time"]:
        # Captum draws coalitions from torch's global generator: fork it, and seed it for this
        # recording alone.
        devices = [batch.z.device] if batch.z.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices), torch.no_grad():
            torch.manual_seed(batch.seeds[row])
            attribution: Tensor = KernelShap(model.log_odds).attribute(
                batch.z[row : row + 1],
                baselines=0.0,
                additional_forward_args=(batch.target[row : row + 1],),
                feature_mask=region[None],
                n_samples=self.coalitions,
                perturbations_per_eval=self.rows,
            )
        return attribution[0]

    @torch.inference_mode()
    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        return above_baseline(model, batch)
