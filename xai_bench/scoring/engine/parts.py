"""Numbers of samples in a metric card, on recordings of any shape: the same shares of them."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.devices import sent

__all__ = ["LEAD_SAMPLES", "SAMPLES", "check_size", "edges", "in_proportion", "part_of_each"]
__all__ += ["sums_of_parts"]

LEAD_SAMPLES = 1000
"""Samples of a lead in the recordings that numbers in metric cards are of: 10 s at 100 Hz."""

SAMPLES = 12 * LEAD_SAMPLES
"""Of all their leads. A card whose step has 500 samples takes 24 steps, of whatever length."""


def check_size(name: str, size: int, standard: int = SAMPLES) -> None:
    """Raises ValueError for a size that no part of `standard` samples can have."""
    if not 1 <= size <= standard:
        raise ValueError(f"{name} = {size} is not 1 to {standard} samples")


def in_proportion(size: int, whole: int, standard: int = SAMPLES) -> int:
    """As many of `whole` samples as `size` is of `standard`, at least one."""
    return max(1, round(size * whole / standard))


def edges(count: int, whole: int) -> list[int]:
    """Where `count` parts of `whole` samples begin, and where the last ends.

    Parts differ by one sample at most; samples i and i + 1 are of two parts where i * count //
    whole is not the same for both.
    """
    return [-(-k * whole // count) for k in range(count + 1)]


def part_of_each(
    places: Int64[Tensor, "*shape"], count: int, whole: int
) -> Int64[Tensor, "*shape"]:
    """The part, of `count`, that each place of `whole` is in."""
    return places * count // whole


def sums_of_parts(
    values: Float[Tensor, "record sample"], count: int
) -> Float[Tensor, "record part"]:
    """Sum over each of `count` parts of neighbours."""
    whole = values.shape[1]
    if whole % count == 0:
        sums: Tensor = values.unflatten(1, (count, -1)).sum(dim=2)
        return sums
    total = torch.nn.functional.pad(values.cumsum(dim=1), (1, 0))
    at = sent(edges(count, whole), values.device)
    return total[:, at].diff(dim=1)
