"""Methods made of gradients of the log-odds with respect to z."""

from __future__ import annotations

from typing import final

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.base import Batch, Method, above_baseline
from xai_bench.methods.shared_pass import OnePassMethod, Pass, Reads, one_pass
from xai_bench.models import Model

__all__ = ["InputXGradient", "IntegratedGradients", "Saliency", "gradients_at"]

_ROWS = {"cpu": 8, "cuda": 256}
"""Versions of a recording in one pass; larger passes are slower on a CPU."""


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

    Baseline zero: each lead's own mean, after z-scoring. Gauss-Legendre with `steps` nodes, because
    Captum's trapezoid weights sum to 1 - 1/n. Sums to m(z) - m(0).
    """

    cite = "sundararajan2017ig"

    rows = 8
    """Interpolated recordings in one pass; larger passes are slower on a CPU."""

    def __init__(self, name: str, *, steps: int) -> None:
        self.name = name
        self.summary = f"integrated gradients from the zero recording, {steps} Gauss-Legendre steps"
        self.steps = steps

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


def gradients_at(
    model: Model, versions: Float[Tensor, "version lead time"], target: Int64[Tensor, ""]
) -> Float[Tensor, "version lead time"]:
    """dm/dz at versions of one recording.

    A pass holds versions of one recording only, so that it does not depend on the batch.
    """
    reads = {Reads.GRADIENT}
    return torch.cat(
        [
            one_pass(model, Batch(z=z, target=target.expand(len(z))), reads)[Reads.GRADIENT]
            for z in versions.split(_ROWS[versions.device.type])
        ]
    )
