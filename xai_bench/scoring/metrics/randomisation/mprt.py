"""Randomisation: an explanation should change when what the model learnt, or the class, does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import cosine_similarity

from xai_bench.models import Model
from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, scored
from xai_bench.scoring.metrics.randomisation.cascade import randomised, randomised_layers
from xai_bench.stats.correlation import spearman

__all__ = ["MPRT", "EfficientMPRT", "RandomLogit"]


@dataclass(frozen=True, kw_only=True)
class _OfCascade(Scorer):
    """A number of the attributions under the models that a cascade of layers leaves."""

    stages: int
    """At most; a net of fewer layers has one for each."""
    draws: int
    """Cascades that each recording is explained under, all with random weights of its own: no other
    recording has them, so that an interval over recordings is one over draws too."""
    many_passes: int
    """Of an explanation: a method that takes as many has `draws_of_many`."""
    draws_of_many: int

    def randomised(self, case: Case) -> Iterator[list[Float[Tensor, "record lead time"]]]:
        """Of each draw, the method's attributions under the model of each stage, the last wholly
        random."""
        count = len(randomised_layers(case.block, self.stages).groups)
        if not case.method.asks_what_was_learnt:
            yield [case.attribution] * count
            return
        passes = case.method.passes
        few = passes is not None and passes < self.many_passes
        for draw in range(self.draws if few else self.draws_of_many):
            yield self._of_draw(case, draw, count)

    def _of_draw(
        self, case: Case, draw: int, count: int
    ) -> list[Float[Tensor, "record lead time"]]:
        block = case.block
        found = [torch.empty_like(case.attribution) for _ in range(count)]
        for row in range(len(block)):
            models = randomised(block, row, draw, self.stages)
            for stage, of_stage in enumerate(found):
                other = block.explain_instead(
                    case.method,
                    f"randomised {draw}, {stage} of {self.stages}",
                    model=partial(_nth, models, stage),
                    rows=[row],
                )
                of_stage[row] = other[0].to(of_stage.dtype)
        return found


@final
class MPRT(_OfCascade):
    """Mean Spearman correlation of |a| with |a| of the randomised model, over draws of cascades and
    their stages (model parameter randomisation test, Adebayo et al. 2018).

    A map that is the same everywhere keeps nothing of the explanation: correlation 0.
    """

    def score(self, case: Case) -> Scores:
        a = case.attribution.flatten(1).abs()
        similar = []
        for of_stages in self.randomised(case):
            for of_stage in of_stages:
                other = of_stage.flatten(1).abs()
                nothing = _constant(other) & ~_constant(a)
                similar.append(spearman(a, other).where(~nothing, 0.0))
        undefined = "the attribution is the same everywhere, or one of a random net is not finite"
        return scored(torch.stack(similar).mean(dim=0), undefined)


@final
@dataclass(frozen=True, kw_only=True)
class EfficientMPRT(_OfCascade):
    """(c' - c) / c, c the entropy of the histogram of a, and c' the mean of that under the wholly
    random model, over draws (Hedström et al. 2024)."""

    bins: int
    """Equal ones between the smallest and the largest value of each map."""

    def score(self, case: Case) -> Scores:
        trained = self._entropy(case.attribution)
        drawn = [self._entropy(of_stages[-1]) for of_stages in self.randomised(case)]
        random = torch.stack(drawn).mean(dim=0)
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


def _nth(models: Callable[[], tuple[Model, ...]], stage: int) -> Model:
    return models()[stage]


def _constant(values: Float[Tensor, "record sample"]) -> Bool[Tensor, " record"]:
    constant: Tensor = values.amax(dim=1) == values.amin(dim=1)
    return constant
