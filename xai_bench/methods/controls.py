"""Attributions that look at no model: they show what a score means."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.models import Model

__all__ = ["Amplitude", "Oracle", "Random", "Slope"]


@final
class Random(Method):
    """Independent standard normal values: the floor."""

    name = "random"
    summary = "white noise: the floor of every metric"
    cite = "xaibench"
    control = True

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        shape = batch.z.shape[1:]
        drawn = [torch.randn(shape, generator=_generator(seed)) for seed in batch.seeds]
        return torch.stack(drawn).to(batch.z.device)


@final
class Amplitude(Method):
    """|z|: what a method scores by pointing at large deflections."""

    name = "amplitude"
    summary = "|z|: points at large deflections, whatever the model"
    cite = "xaibench"
    control = True

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return batch.z.abs()


@final
class Slope(Method):
    """|dz/dt|, by central differences: what a method scores by pointing at QRS complexes."""

    name = "slope"
    summary = "|dz/dt|: points at steep deflections, whatever the model"
    cite = "xaibench"
    control = True

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        (slope,) = torch.gradient(batch.z, dim=-1)
        return slope.abs()


@final
class Oracle(Method):
    """The planted evidence itself: 1 where pathology was planted; -1 if the target is its absence.

    The ceiling of localisation. Not of faithfulness: a model need not use all the evidence.
    """

    name = "oracle"
    summary = "the planted evidence: the ceiling of localisation"
    cite = "xaibench"
    needs = frozenset({Needs.EVIDENCE})
    control = True

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        assert batch.evidence is not None, "unsupported() keeps recordings without evidence away"
        # Class 0 is NORM in every task: what was planted speaks against it, and for the others.
        sign = torch.where(batch.target == 0, -1, 1).reshape(-1, 1, 1)
        return (sign * batch.evidence).to(batch.z.dtype)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
