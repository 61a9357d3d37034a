"""The order in which samples are perturbed: by falling attribution, ties in a seeded order."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.scoring.base import Case
from xai_bench.scoring.block import Block

__all__ = ["falling_order", "falling_ranks"]


def falling_order(case: Case) -> Int64[Tensor, "record sample"]:
    """Flat indices of all samples of each recording, that of the largest attribution first.

    Equal attributions come in a random order that is the same for all methods: in the order of
    the file they would favour the beginning of lead I.
    """
    return case.keep("falling order", lambda: _order(case.attribution, _shuffles(case.block)))


def falling_ranks(case: Case) -> Int64[Tensor, "record lead time"]:
    """Place of each sample in the falling order, from 0."""

    def make() -> Int64[Tensor, "record lead time"]:
        order = falling_order(case)
        places = torch.arange(order.shape[1], device=order.device).expand_as(order)
        ranks = torch.empty_like(order).scatter_(1, order, places)
        return ranks.reshape(case.attribution.shape)

    return case.keep("falling ranks", make)


def _order(
    attribution: Float[Tensor, "record lead time"], shuffles: Int64[Tensor, "record sample"]
) -> Int64[Tensor, "record sample"]:
    shuffled = attribution.flatten(1).gather(1, shuffles)
    return shuffles.gather(1, shuffled.argsort(dim=1, descending=True, stable=True))


def _shuffles(block: Block) -> Int64[Tensor, "record sample"]:
    def make() -> Int64[Tensor, "record sample"]:
        count = block.z[0].numel()
        drawn = [
            torch.randperm(count, generator=torch.Generator().manual_seed(seed))
            for seed in block.draw("ties")
        ]
        return torch.stack(drawn).to(block.z.device)

    return block.keep("shuffles", make)
