"""What methods that find Shapley values of regions share: each is a design, and a kind of regions.

A game gives every coalition S of regions the value m(z_S); z_S keeps the regions of S and sets the
others to the baseline, zero. The Shapley value of a region is the mean over all orders of what it
adds to the regions before it (Shapley 1953).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, above_baseline
from xai_bench.methods.perturbation.design import Design
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model

__all__ = ["ShapleyMethod"]


class ShapleyMethod(Method):
    """Values of regions that sum to m(z) - m(0), each divided by the size of its region."""

    regions: ClassVar[str]

    @abstractmethod
    def design(self, regions: int) -> Design:
        """The coalitions of a number of regions, and what their outputs count for each region."""

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        design = self.design(len(divide(self.regions, batch)))
        return design.attribute(model, batch, regions=self.regions)

    @torch.inference_mode()
    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        return above_baseline(model, batch)
