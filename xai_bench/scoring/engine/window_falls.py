"""What the log-odds of a block lose without windows, where local recomputation saves time."""

from __future__ import annotations

from jaxtyping import Float64, Int64
from torch import Tensor

from xai_bench.methods.perturbation.local_drops import local_drops
from xai_bench.scoring.engine.block import Block
from xai_bench.types import ZERO

__all__ = ["falls_without_windows"]


def falls_without_windows(
    block: Block,
    windows: Int64[Tensor, "record chain window 4"],
    size: tuple[int, int],
    together: int = 1,
    baseline: str = ZERO,
) -> Float64[Tensor, "record chain step"] | None:
    """m(z) - m(z with all windows up to each step of a chain set to zero), float64.

    None where whole passes take less time, or where the net can do no other, and for another
    baseline: what a net keeps of zeros is what is recomputed.

    windows: (lead from, lead to, sample from, sample to), the ends excluded, on the block's device.
    size: leads and samples that none of them is larger than.
    together: windows in a step.
    """
    if baseline != ZERO:
        return None
    leads, samples = block.z.shape[1:]
    local = block.forward.local((leads, samples))
    if local is None or not local.saves(size, together):
        return None
    known = block.memo("known", lambda: local.known(block.z))
    falls = local_drops(block.model, block.batch, local, known, windows, size)
    return falls[..., together - 1 :: together]
