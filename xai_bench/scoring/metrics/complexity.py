"""Complexity: over how many samples an explanation spreads. It takes no pass through the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored

__all__ = ["Clutter", "Complexity", "EffectiveComplexity", "Sparseness"]


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


@final
@dataclass(frozen=True, kw_only=True)
class EffectiveComplexity(Scorer):
    """How many |a| exceed `least` times the largest (Nguyen & Rodriguez Martinez 2020)."""

    least: float

    def score(self, case: Case) -> Scores:
        # In float32, as Quantus: a count is exact or wrong by a whole sample.
        a = case.attribution.flatten(1).abs().float()
        above = a / a.amax(dim=1, keepdim=True) > self.least
        return scored(above.sum(dim=1).double(), "the attribution is zero everywhere")


@final
@dataclass(frozen=True, kw_only=True)
class Clutter(Scorer):
    """Into how many runs in time within a lead, the most important samples fall.

    They are the samples of |a| >= t, for the largest t at which they hold `share` of all |a|;
    samples that are equal are taken together, so that no order among them matters.
    """

    share: float

    def score(self, case: Case) -> Scores:
        a = _magnitude(case)
        falling = a.sort(dim=1, descending=True).values
        held = falling.cumsum(dim=1)
        # Rounding must not ask for more than all: the last sum is the total by this very order.
        enough = held >= self.share * held[:, -1:]
        t = falling.gather(1, enough.long().argmax(dim=1, keepdim=True))
        inside = (a >= t).reshape(case.attribution.shape)
        starts = inside[..., 1:] & ~inside[..., :-1]
        runs = inside[..., 0].sum(dim=1) + starts.sum(dim=(1, 2))
        return scored(runs.double(), "the attribution is zero everywhere")


def _magnitude(case: Case) -> Float[Tensor, "record sample"]:
    """|a| of each recording, scaled to a maximum of 1, float64."""

    def make() -> Float[Tensor, "record sample"]:
        a = case.attribution.flatten(1).abs().double()
        return a / a.amax(dim=1, keepdim=True)

    return case.memo("magnitude", make)
