"""Regressions on coalitions of regions that are the same for all recordings.

A surrogate that is linear in the outputs of the model needs one factorisation, made once:
attribution = P @ outputs, with outputs the log-odds of the coalitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from jaxtyping import Bool, Float, Float64
from torch import Tensor

from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.masked_passes import log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model

__all__ = ["Design"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Which regions are kept, and how the outputs of the model become attributions."""

    kept: Bool[Tensor, "coalition region"]
    """False: the region is set to zero."""
    P: Float64[Tensor, "region coalition"]

    def attribute(
        self, model: Model, batch: Batch, *, regions: str
    ) -> Float[Tensor, "record lead time"]:
        """The regression on a kind of regions, shared among the samples of each of them."""
        device, cut = batch.z.device, divide(regions, batch)
        outputs = log_odds_of_coalitions(model, batch, cut, self.kept.to(device))
        values = outputs.double() @ self.P.T.to(device)
        return cut.spread(values).to(batch.z.dtype)
