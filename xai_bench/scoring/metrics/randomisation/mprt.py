"""Randomisation: an explanation should change when what the model learnt, or the class, does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import cosine_similarity

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, scored
from xai_bench.scoring.metrics.randomisation.cascade import randomised
from xai_bench.stats.correlation import spearman

__all__ = ["MPRT", "EfficientMPRT", "RandomLogit"]


@final
class MPRT(Scorer):
    """Mean Spearman correlation of |a| with |a| of the randomised model, over the stages of the
    cascade (model parameter randomisation test, Adebayo et al. 2018).

    A map that is the same everywhere keeps nothing of the explanation: correlation 0.
    """

    def score(self, case: Case) -> Scores:
        a = case.attribution.flatten(1).abs()
        similar = []
        for stage in range(len(randomised(case.block))):
            other = _of_stage(case, stage).flatten(1).abs()
            nothing = _constant(other) & ~_constant(a)
            similar.append(spearman(a, other).where(~nothing, 0.0))
        undefined = "the attribution is the same everywhere, or one of a random net is not finite"
        return scored(torch.stack(similar).mean(dim=0), undefined)


@final
@dataclass(frozen=True, kw_only=True)
class EfficientMPRT(Scorer):
    """(c' - c) / c, c the entropy of the histogram of a, and c' that under the wholly random
    model (Hedström et al. 2024)."""

    bins: int
    """Equal ones between the smallest and the largest value of each map."""

    def score(self, case: Case) -> Scores:
        trained = self._entropy(case.attribution)
        random = self._entropy(_of_stage(case, len(randomised(case.block)) - 1))
        undefined = "the attribution is the same everywhere, or that of a random net is not finite"
        return scored((random - trained) / trained, undefined)

    def _entropy(self, a: Float[Tensor, "record lead time"]) -> Float[Tensor, " record"]:
        """In nats."""
        values = a.flatten(1).double()
        low, high = values.amin(dim=1, keepdim=True), values.amax(dim=1, keepdim=True)
        place = ((values - low) / (high - low) * self.bins).nan_to_num(0.0)
        place = place.long().clamp(0, self.bins - 1)
        ones = torch.ones_like(values)
        count = torch.zeros_like(values[:, :1]).repeat(1, self.bins).scatter_add_(1, place, ones)
        entropy: Tensor = torch.special.entr(count / values.shape[1]).sum(dim=1)
        return entropy.where(values.isfinite().all(dim=1), torch.nan)


@final
class RandomLogit(Scorer):
    """Mean |cosine| of the attributions for the explained class and for each other class (after
    Sixt et al. 2020).

    A map that is zero everywhere has nothing in common with another: 0.
    """

    def score(self, case: Case) -> Scores:
        block, task = case.block, case.block.model.task
        if len(task.columns) == 1:
            raise Unscorable(
                "in a binary task the other class's explanation is the negative of this"
            )
        a, classes = case.attribution.flatten(1).double(), len(task.classes)
        similar = []
        for step in range(1, classes):
            target = (block.batch.target + step) % classes
            other = block.explain_instead(case.method, f"class + {step}", target=target)
            similar.append(cosine_similarity(a, other.flatten(1).double(), eps=1e-30).abs())
        return scored(torch.stack(similar).mean(dim=0), "an attribution is not finite")


def _of_stage(case: Case, stage: int) -> Float[Tensor, "record lead time"]:
    """The method's attributions under the model that a stage of the cascade leaves."""
    model = randomised(case.block)[stage]
    return case.block.explain_instead(case.method, f"randomised {stage}", model=model)


def _constant(values: Float[Tensor, "record sample"]) -> Bool[Tensor, " record"]:
    constant: Tensor = values.amax(dim=1) == values.amin(dim=1)
    return constant
