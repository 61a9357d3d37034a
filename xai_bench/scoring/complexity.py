"""Complexity: over how many samples an explanation spreads. No model is asked."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.base import Case, Scorer, Scores, scored

__all__ = ["Complexity", "Sparseness"]


@final
class Sparseness(Scorer):
    """Gini index of |a| (Chalasani et al. 2020)."""

    def score(self, case: Case) -> Scores:
        # Quantus adds 1e-7 to |a| / max |a|, which tells samples at exactly 0 from nothing at all.
        a = (_magnitude(case) + 1e-7).sort(dim=1).values
        count = a.shape[1]
        place = torch.arange(1, count + 1, device=a.device)
        gini = ((2 * place - count - 1) * a).sum(dim=1) / (count * a.sum(dim=1))
        return scored(gini, "the attribution is zero everywhere")


@final
class Complexity(Scorer):
    """Entropy of |a| as a distribution over samples, in nats (Bhatt et al. 2020)."""

    def score(self, case: Case) -> Scores:
        a = _magnitude(case)
        share = a / a.sum(dim=1, keepdim=True)
        return scored(torch.special.entr(share).sum(dim=1), "the attribution is zero everywhere")


def _magnitude(case: Case) -> Float[Tensor, "record sample"]:
    """|a| of each recording, scaled to a maximum of 1, float64."""

    def make() -> Float[Tensor, "record sample"]:
        a = case.attribution.flatten(1).abs().double()
        return a / a.amax(dim=1, keepdim=True)

    return case.keep("magnitude", make)
