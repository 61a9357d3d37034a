"""Methods that read one forward and at most one backward pass, and share it when asked together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method
from xai_bench.models import Model

__all__ = ["OnePassMethod", "Pass", "Reads", "explain_together", "one_pass"]


class Reads(Enum):
    """What a pass leaves behind for a method to read."""

    WEIGHTS = "W that a native net generated for the target, (record, lead, time)"
    COLUMN = "the target's own column of the W of a net with several outputs, (record, lead, time)"
    GRADIENT = "dm/dz, (record, lead, time)"
    ACTIVATION = "what the model's cam_layer put out, (record, channel, ...)"
    ACTIVATION_GRADIENT = "dm/dactivation, of the same shape"


Pass = Mapping[Reads, Tensor]
"""What was asked for, and nothing else."""


class OnePassMethod(Method):
    """A method that is a function of one pass."""

    reads: ClassVar[frozenset[Reads]]

    @abstractmethod
    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        """The attribution, from a pass of `batch` that holds what the method reads."""

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return self.read(batch, one_pass(model, batch, self.reads))


def one_pass(model: Model, batch: Batch, reads: Collection[Reads]) -> Pass:
    """Send a batch through the model once, and once back if a gradient is asked for."""
    backward = bool({Reads.GRADIENT, Reads.ACTIVATION_GRADIENT} & set(reads))
    z = batch.z.detach().clone().requires_grad_(backward)
    passed = {}
    with torch.set_grad_enabled(backward), _kept_activation(model, reads) as activation:
        if {Reads.WEIGHTS, Reads.COLUMN} & set(reads):
            columns, biases = model.generated(z)
            W, b = (model.explained(every, batch.target) for every in (columns, biases))
            log_odds = (W * z).sum(dim=(1, 2)) + b
            if Reads.WEIGHTS in reads:
                passed[Reads.WEIGHTS] = W
            if Reads.COLUMN in reads:
                passed[Reads.COLUMN] = columns[torch.arange(len(z), device=z.device), batch.target]
        else:
            log_odds = model.log_odds(z, batch.target)
    sources = {Reads.GRADIENT: z}
    if activation:
        (passed[Reads.ACTIVATION],) = activation
        sources[Reads.ACTIVATION_GRADIENT] = passed[Reads.ACTIVATION]
    wanted = {read: source for read, source in sources.items() if read in reads}
    if wanted:
        found = torch.autograd.grad(log_odds.sum(), list(wanted.values()))
        passed |= dict(zip(wanted, found, strict=True))
    return {read: value.detach() for read, value in passed.items()}


@contextmanager
def _kept_activation(model: Model, reads: Collection[Reads]) -> Iterator[list[Tensor]]:
    """A list that holds what the cam_layer puts out, if that is asked for."""
    kept: list[Tensor] = []
    if not {Reads.ACTIVATION, Reads.ACTIVATION_GRADIENT} & set(reads):
        yield kept
        return
    assert model.cam_layer is not None, "unsupported() keeps models without the layer away"
    hook = model.cam_layer.register_forward_hook(lambda *passed: kept.append(passed[2]))
    try:
        yield kept
    finally:
        hook.remove()


def explain_together(
    model: Model,
    batch: Batch,
    methods: Iterable[Method],
    seeds: Callable[[Method], tuple[int, ...]],
) -> dict[str, Float[Tensor, "record lead time"]]:
    """Attributions by name of method; all that need one pass read the same one.

    seeds: a method's own, one a recording, instead of `batch.seeds`.
    """
    chosen = list(methods)
    shared = [method for method in chosen if isinstance(method, OnePassMethod)]
    reads = {read for method in shared for read in method.reads}
    passed = one_pass(model, batch, reads) if shared else {}
    return {
        method.name: method.read(batch, passed)
        if isinstance(method, OnePassMethod)
        else method.attribute(model, replace(batch, seeds=seeds(method)))
        for method in chosen
    }
