"""What the gradient foretells of changes: much of what random sets of samples do to the log-odds.

Sums of a map over a random set have a known mean and variance, and so have those of z dm/dz, the
first-order prediction of m(z) - m(z with the set at zero); with a baseline b, those of
(z - b) dm/dz. Only what that prediction leaves over
has to be estimated from the sets: a control variate, with the coefficient of a regression on the
sets (Glynn & Szechtman, Some new perspectives on the method of control variates, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from xai_bench.methods.base import Reads
from xai_bench.methods.shared_pass import one_pass
from xai_bench.scoring.engine.block import Block
from xai_bench.stats.correlation import centred
from xai_bench.types import ZERO

__all__ = ["LEAST_SETS", "Regression", "covariance_of_sums", "first_order"]

LEAST_SETS = 3
"""Of a regression with a mean and a slope that leaves anything over."""

PerSet = Float64[Tensor, "record set"]
Number = Float64[Tensor, " record"]


def first_order(block: Block, baseline: str = ZERO) -> Float[Tensor, "record lead time"] | None:
    """(z - baseline) dm/dz, by one backward pass for all metrics and methods; None of a net without
    gradients.

    Of a recording whose gradient is not finite it is zero, which foretells nothing.
    """
    if block.model.gradient_flaw:
        return None

    def gradient() -> Float[Tensor, "record lead time"]:
        model, rows = block.forward.explains, torch.arange(len(block), device=block.z.device)
        gradients = [
            one_pass(model, block.batch.versions(some, block.z[some]), {Reads.GRADIENT})
            for some in rows.split(block.forward.rows)
        ]
        return torch.cat([passed[Reads.GRADIENT] for passed in gradients])

    def make() -> Float[Tensor, "record lead time"]:
        way = block.z if baseline == ZERO else block.z - block.baseline(baseline)
        found = way * block.memo("gradient", gradient)
        finite = found.isfinite().all(dim=2, keepdim=True).all(dim=1, keepdim=True)
        return found.where(finite, 0.0)

    return block.memo(("first order", baseline), make)


def covariance_of_sums(
    a: Float[Tensor, "record part"], b: Float[Tensor, "record part"], size: int
) -> Number:
    """Of the sums of two maps over the same `size` parts, drawn without replacement."""
    parts = a.shape[1]
    (a, _), (b, _) = centred(a), centred(b)
    return size * (1 - size / parts) * (a * b).sum(dim=1) / (parts - 1)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """The falls of random sets on what was foretold of each: fall = slope foretold + rest."""

    slope: Number
    rest: PerSet
    """Of mean 0."""

    @classmethod
    def of(cls, fall: PerSet, foretold: PerSet) -> Regression:
        (fall, _), (foretold, _) = centred(fall), centred(foretold)
        square = foretold.square().sum(dim=1)
        slope = (fall * foretold).sum(dim=1) / square.where(square > 0, 1.0)
        return cls(slope=slope, rest=fall - slope.unsqueeze(1) * foretold)

    def variance(self) -> Number:
        """Of the rest; two degrees of freedom are gone with the mean and the slope."""
        return self.covariance(self.rest)

    def covariance(self, sums: PerSet) -> Number:
        """Of the rest and the sums of a map over the sets."""
        return (sums * self.rest).sum(dim=1) / (sums.shape[1] - 2)
