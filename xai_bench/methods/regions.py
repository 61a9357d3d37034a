"""Regions of a recording that are perturbed, or attributed, as one."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

__all__ = ["lead_segments", "per_sample"]


def lead_segments(leads: int, samples: int, *, segments: int) -> Int64[Tensor, "{leads} {samples}"]:
    """Number the lead x segment grid: region = lead * segments + segment, equal lengths."""
    segment = torch.arange(samples) * segments // samples
    return torch.arange(leads)[:, None] * segments + segment


def per_sample(
    values: Float[Tensor, "record region"], region: Int64[Tensor, "lead time"]
) -> Float[Tensor, "record lead time"]:
    """Share the value of each region equally among its samples, so that sums are kept."""
    size = torch.bincount(region.flatten(), minlength=values.shape[1])
    return (values / size)[:, region]
