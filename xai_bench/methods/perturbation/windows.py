"""Windows of a recording: (lead from, lead to, sample from, sample to), the ends excluded."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

__all__ = ["grid_windows", "inside", "mean_over_windows", "sliding_windows"]


def grid_windows(leads: int, samples: int, *, segments: int) -> Int64[Tensor, "window 4"]:
    """The regions "grid-N" for N segments, in the order of their numbers."""
    # The first sample of segment i is the least t with t * segments // samples == i.
    edge = torch.arange(segments + 1).mul(samples).add(segments - 1) // segments
    lead = torch.arange(leads).repeat_interleave(segments)
    return torch.stack(
        [lead, lead + 1, edge[:-1].repeat(leads), edge[1:].repeat(leads)],
        dim=1,
    )


def sliding_windows(
    leads: int, samples: int, *, width: int, stride: int
) -> Int64[Tensor, "window 4"]:
    """Windows of `width` samples in one lead, every `stride` samples, lead after lead.

    The last one of a lead ends with it, and is shorter where `stride` does not fit.
    """
    count = math.ceil((samples - width) / stride) + 1
    start = torch.arange(count) * stride
    lead = torch.arange(leads).repeat_interleave(count)
    return torch.stack(
        [lead, lead + 1, start.repeat(leads), (start + width).clamp_max(samples).repeat(leads)],
        dim=1,
    )


def inside(
    windows: Int64[Tensor, "window 4"], leads: int, samples: int
) -> Bool[Tensor, "window {leads} {samples}"]:
    """The samples of each window."""
    lead_from, lead_to, sample_from, sample_to = windows[:, :, None, None].unbind(1)
    lead = torch.arange(leads, device=windows.device)[:, None]
    sample = torch.arange(samples, device=windows.device)
    within = (lead_from <= lead) & (lead < lead_to)
    return within & (sample_from <= sample) & (sample < sample_to)


def mean_over_windows(
    values: Float[Tensor, "record window"],
    windows: Int64[Tensor, "window 4"],
    leads: int,
    samples: int,
) -> Float[Tensor, "record {leads} {samples}"]:
    """For each sample, the mean of value / size over the windows that cover it."""
    cover = inside(windows.to(values.device), leads, samples).flatten(1).to(values.dtype)
    density = values / cover.sum(dim=1)
    return (density @ cover / cover.sum(dim=0)).reshape(-1, leads, samples)
