"""The log-odds while samples are taken out, or put in, in the order of a method's attribution.

What is out is zero, the lead's mean. A curve belongs to one method, whose metrics all read it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks

__all__ = ["deletion_curve", "insertion_curve", "with_only_largest", "without_largest"]


def deletion_curve(case: Case, size: int) -> Float[Tensor, "record step"]:
    """m(z with the k * `size` samples of the largest a out), k = 0 to all; both ends are shared.

    size: a divisor of the samples of a recording.
    """

    def make() -> Float[Tensor, "record step"]:
        inner = without_largest(case, range(size, case.block.z[0].numel(), size))
        return torch.cat([_start(case.block), inner, _nothing(case.block)], dim=1)

    return case.keep(("deletion curve", size), make)


def insertion_curve(case: Case, size: int) -> Float[Tensor, "record step"]:
    """m(all out but the k * `size` samples of the largest a), k = 0 to all; see deletion_curve."""

    def make() -> Float[Tensor, "record step"]:
        inner = with_only_largest(case, range(size, case.block.z[0].numel(), size))
        return torch.cat([_nothing(case.block), inner, _start(case.block)], dim=1)

    return case.keep(("insertion curve", size), make)


def without_largest(case: Case, counts: Sequence[int]) -> Float[Tensor, "record count"]:
    """m(z with the n samples of the largest a out), for each n, float64."""
    z, ranks = case.block.z, falling_ranks(case)

    def versions(first: int, end: int) -> Float[Tensor, "record count lead time"]:
        return torch.stack([z.masked_fill(ranks < n, 0.0) for n in counts[first:end]], dim=1)

    return case.block.versions(len(counts), versions)


def with_only_largest(case: Case, counts: Sequence[int]) -> Float[Tensor, "record count"]:
    """m(all out but the n samples of the largest a), for each n, float64."""
    z, ranks = case.block.z, falling_ranks(case)

    def versions(first: int, end: int) -> Float[Tensor, "record count lead time"]:
        return torch.stack([z.masked_fill(ranks >= n, 0.0) for n in counts[first:end]], dim=1)

    return case.block.versions(len(counts), versions)


def _start(block: Block) -> Float[Tensor, "record 1"]:
    return block.log_odds().unsqueeze(1)


def _nothing(block: Block) -> Float[Tensor, "record 1"]:
    """m with everything out, the same for all methods."""
    return block.log_odds_of_zero().unsqueeze(1)
