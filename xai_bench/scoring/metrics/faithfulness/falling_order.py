"""The order in which parts are perturbed: by falling attribution, ties in a seeded order."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.scoring.engine.base import Case
from xai_bench.scoring.engine.block import Block

__all__ = ["falling", "falling_of", "falling_order", "falling_ranks", "places"]


def falling_order(case: Case) -> Int64[Tensor, "record sample"]:
    """Flat indices of all samples of each recording, that of the largest attribution first."""
    return case.memo("falling order", lambda: falling(case.block, case.attribution.flatten(1)))


def falling_ranks(case: Case) -> Int64[Tensor, "record lead time"]:
    """Place of each sample in the falling order, from 0."""
    return case.memo(
        "falling ranks", lambda: places(falling_order(case)).reshape(case.attribution.shape)
    )


def falling(block: Block, values: Float[Tensor, "record part"]) -> Int64[Tensor, "record part"]:
    """Indices of the parts of each recording, that of the largest value first.

    Equal values come in a random order that is the same for all methods: in the order of the file
    they would favour the beginning of lead I.
    """
    parts = values.shape[1]
    shuffles: Int64[Tensor, "record part"] = block.memo(
        ("shuffles", parts), lambda: block.permutations("ties", 1, parts).squeeze(1)
    )
    return falling_of(values, shuffles)


def falling_of(
    values: Float[Tensor, "record part"], shuffles: Int64[Tensor, "record part"]
) -> Int64[Tensor, "record part"]:
    """The same, with equal values in the order of `shuffles`, indices of all parts."""
    shuffled = values.gather(1, shuffles)
    return shuffles.gather(1, shuffled.argsort(dim=1, descending=True, stable=True))


def places(order: Int64[Tensor, "record part"]) -> Int64[Tensor, "record part"]:
    """Place of each part in an order, from 0."""
    counted = torch.arange(order.shape[1], device=order.device).expand_as(order)
    return torch.empty_like(order).scatter_(1, order, counted)
