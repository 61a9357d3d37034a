"""Correlations along the last axis, in float64."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["average_ranks", "centred", "pearson", "spearman"]


def pearson(
    a: Float[Tensor, "*rows value"], b: Float[Tensor, "*rows value"]
) -> Float[Tensor, "*rows"]:
    """Pearson's correlation; NaN where either side is constant."""
    (a, norm_a), (b, norm_b) = centred(a), centred(b)
    return ((a * b).sum(dim=-1) / (norm_a * norm_b)).clamp(-1, 1)


def spearman(
    a: Float[Tensor, "*rows value"], b: Float[Tensor, "*rows value"]
) -> Float[Tensor, "*rows"]:
    """Spearman's correlation, ties at their average rank; NaN where either side is constant."""
    return pearson(average_ranks(a), average_ranks(b))


def average_ranks(values: Float[Tensor, "*rows value"]) -> Float[Tensor, "*rows value"]:
    """Ranks from 0, equal values at the mean of theirs."""
    ordered, order = values.sort(dim=-1)
    new = torch.ones_like(ordered, dtype=torch.bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    group = new.cumsum(dim=-1) - 1
    place = torch.arange(values.shape[-1], device=values.device, dtype=torch.float64)
    place = place.expand_as(ordered)
    zeros = torch.zeros_like(place)
    mean = zeros.scatter_add(-1, group, place) / zeros.scatter_add(
        -1, group, torch.ones_like(place)
    ).clamp_min(1)
    return torch.empty_like(place).scatter(-1, order, mean.gather(-1, group))


def centred(
    values: Float[Tensor, "*rows value"],
) -> tuple[Float[Tensor, "*rows value"], Float[Tensor, "*rows"]]:
    """Values less their mean, and the norm of that: NaN where they are all equal."""
    values = values.double()
    moved = values - values.mean(dim=-1, keepdim=True)
    norm = moved.norm(dim=-1)
    # The mean of equal numbers may differ from them by rounding, and noise would be correlated.
    return moved, norm.where(norm > 1e-13 * values.norm(dim=-1), torch.nan)
