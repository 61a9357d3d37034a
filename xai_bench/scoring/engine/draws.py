"""Random values that stand in for samples."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.block import Block

__all__ = ["normal_values"]


def normal_values(block: Block, purpose: str) -> Float[Tensor, "record lead time"]:
    """A standard normal value for each sample, the same for all methods."""

    def make() -> Float[Tensor, "record lead time"]:
        drawn = [
            torch.randn(block.z.shape[1:], generator=torch.Generator().manual_seed(seed))
            for seed in block.draw(purpose)
        ]
        return torch.stack(drawn).to(block.z)

    return block.keep(("normal values", purpose), make)
