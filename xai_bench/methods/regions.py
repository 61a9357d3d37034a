"""Regions of a recording that are perturbed, or attributed, as one."""

from __future__ import annotations

import torch
from jaxtyping import Int64
from torch import Tensor

__all__ = ["lead_segments"]


def lead_segments(leads: int, samples: int, *, segments: int) -> Int64[Tensor, "{leads} {samples}"]:
    """Number the lead x segment grid: region = lead * segments + segment, equal lengths."""
    segment = torch.arange(samples) * segments // samples
    return torch.arange(leads)[:, None] * segments + segment
