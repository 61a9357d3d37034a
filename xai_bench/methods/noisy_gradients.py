"""Gradients of a recording under noise: their mean, and how much they vary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method
from xai_bench.methods.gradients import gradients_at
from xai_bench.models import Model

__all__ = ["SmoothGrad", "VarGrad"]

_DRAWS = 16
_SD = 0.1
"""Of the noise in z, and so a tenth of the standard deviation of every lead."""


@final
class SmoothGrad(Method):
    """Mean of dm/dz at z + e over 16 draws of e ~ N(0, 0.1^2) (Smilkov et al. 2017), with its sign.

    z is z-scored: the noise is a tenth of the standard deviation of each lead. 16 passes forward
    and back.
    """

    name = "smoothgrad"
    summary = "mean gradient under noise of 0.1 standard deviations, 16 draws"
    cite = "smilkov2017smoothgrad"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return torch.stack([found.mean(dim=0) for found in _gradients_under_noise(model, batch)])


@final
class VarGrad(Method):
    """Variance of dm/dz at z + e over 16 draws of e ~ N(0, 0.1^2) (Adebayo et al. 2018).

    Never negative: it says where the gradient is unsteady, not what it speaks for. 16 passes
    forward and back.
    """

    name = "vargrad"
    summary = "variance of the gradient under noise of 0.1 standard deviations, 16 draws; unsigned"
    cite = "adebayo2018sanity"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        spread = [found.var(dim=0, correction=0) for found in _gradients_under_noise(model, batch)]
        return torch.stack(spread)


def _gradients_under_noise(model: Model, batch: Batch) -> Iterator[Float[Tensor, "draw lead time"]]:
    for z, target, seed in zip(batch.z, batch.target, batch.seeds, strict=True):
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn((_DRAWS, *z.shape), generator=generator).to(z.device)
        yield gradients_at(model, z + _SD * noise, target)
