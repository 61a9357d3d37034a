"""Draws in torch: a generator of its own for every seed, so that no draw depends on another."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float32, Shaped
from torch import Tensor

__all__ = ["draw_each", "generator", "standard_normal"]


def generator(seed: int) -> torch.Generator:
    """A generator on the CPU: what it draws is the same wherever a net computes."""
    return torch.Generator().manual_seed(seed)


def draw_each(
    seeds: Iterable[int], draw: Callable[[torch.Generator], Tensor]
) -> Shaped[Tensor, "seed ..."]:
    """What `draw` makes of the generator of each seed, on the CPU."""
    return torch.stack([draw(generator(seed)) for seed in seeds])


def standard_normal(seeds: Iterable[int], shape: tuple[int, ...]) -> Float32[Tensor, "seed ..."]:
    """Independent standard normal values of a shape for each seed, on the CPU."""
    return draw_each(seeds, lambda of_seed: torch.randn(shape, generator=of_seed))
