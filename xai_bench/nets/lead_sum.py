"""Nets whose leads meet in one sum: of which coalitions of leads cost a fraction of a pass."""

from __future__ import annotations

from abc import abstractmethod

from jaxtyping import Float
from torch import Tensor

from xai_bench.nets.base import Batch, LinearHead, Logits

__all__ = ["LeadParts", "LeadSumNet", "LeadTotal"]

LeadParts = Float[Tensor, "record lead step channel"]
LeadTotal = Float[Tensor, "record step channel"]


class LeadSumNet(LinearHead):
    """logits = head(sum over leads of part(lead)), where a part reads its own lead only.

    What a recording's coalition of leads puts out follows from the parts of the recording and of
    the baseline, which are made once: all 4096 coalitions take as many heads, and two passes.
    """

    @abstractmethod
    def parts(self, z: Batch) -> LeadParts:
        """What each lead adds to the sum."""

    @abstractmethod
    def head(self, total: LeadTotal) -> Logits:
        """Logits from the sum of all parts."""
