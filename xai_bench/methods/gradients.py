"""Methods made of gradients of the log-odds with respect to z."""

from __future__ import annotations

from typing import final

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, above_baseline
from xai_bench.methods.one_pass import OnePassMethod, Pass, Reads
from xai_bench.models import Model

__all__ = ["InputXGradient", "IntegratedGradients", "Saliency"]


@final
class Saliency(OnePassMethod):
    """The gradient dm/dz, with its sign (Simonyan et al. 2014; Captum's default drops it)."""

    name = "saliency"
    summary = "gradient of the log-odds"
    cite = "simonyan2014saliency"
    reads = frozenset({Reads.GRADIENT})

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return passed[Reads.GRADIENT]


@final
class InputXGradient(OnePassMethod):
    """z * dm/dz (Shrikumar et al. 2016)."""

    name = "input-x-gradient"
    summary = "z times the gradient of the log-odds"
    cite = "shrikumar2016inputxgradient"
    reads = frozenset({Reads.GRADIENT})

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return batch.z * passed[Reads.GRADIENT]


@final
class IntegratedGradients(Method):
    """z * integral over a in [0, 1] of dm/dz at a * z (Sundararajan et al. 2017, equation 1).

    Baseline zero: each lead's own mean, after z-scoring. Gauss-Legendre with 32 nodes, because
    Captum's trapezoid weights sum to 1 - 1/n. Sums to m(z) - m(0).
    """

    name = "ig"
    summary = "integrated gradients from the zero recording, 32 Gauss-Legendre steps"
    cite = "sundararajan2017ig"

    steps = 32
    rows = 8
    """Interpolated recordings in one pass; larger passes are slower on a CPU."""

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        attribution: Tensor = CaptumIntegratedGradients(model.log_odds).attribute(
            batch.z.detach().clone().requires_grad_(),
            baselines=0.0,
            additional_forward_args=(batch.target,),
            n_steps=self.steps,
            method="gausslegendre",
            internal_batch_size=max(self.rows, len(batch.z)),
        )
        return attribution.detach().to(batch.z.dtype)

    @torch.inference_mode()
    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        return above_baseline(model, batch)
