"""What an attribution says of regions of a recording."""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor

__all__ = ["region_sums"]


def region_sums(
    attribution: Float[Tensor, "record lead time"], region: Int64[Tensor, "lead time"]
) -> Float[Tensor, "record region"]:
    """The sum of each recording's attribution in each of the numbered regions, float64."""
    flat = attribution.flatten(1).double()
    sums = flat.new_zeros(len(flat), int(region.max()) + 1)
    return sums.index_add_(1, region.flatten(), flat)
