"""Methods that read one forward and at most one backward pass, and share it when asked together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.methods.base import Batch, Method, Pass, Reads
from xai_bench.models import Model
from xai_bench.nets.base import NativeNet

__all__ = ["OnePassMethod", "explain_together", "kept_activation", "one_pass", "shared_reads"]


_GRADIENTS = {Reads.GRADIENT, Reads.ACTIVATION_GRADIENT}
_GENERATED = {Reads.WEIGHTS, Reads.BIAS, Reads.COLUMN}


class OnePassMethod(Method):
    """A method that is a function of one pass."""

    reads: ClassVar[frozenset[Reads]]
    passes = 2

    @abstractmethod
    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        """The attribution, from a pass of `batch` that holds what the method reads."""

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return self.read(batch, one_pass(model, batch, self.reads))


def one_pass(model: Model, batch: Batch, reads: Collection[Reads]) -> Pass:
    """Send a batch through the model once, and once back if a gradient is asked for."""
    backward = not _GRADIENTS.isdisjoint(reads)
    z = batch.z.detach().clone().requires_grad_(backward)
    passed: dict[Reads, Tensor] = {}
    with torch.set_grad_enabled(backward), kept_activation(model, reads) as activation:
        if _GENERATED.isdisjoint(reads):
            log_odds = passed[Reads.LOG_ODDS] = model.log_odds(z, batch.target)
        else:
            columns, biases = model.generated(z)
            W, b = (model.explained(every, batch.target) for every in (columns, biases))
            passed |= {Reads.WEIGHTS: W, Reads.BIAS: b}
            log_odds = (W * z).sum(dim=(1, 2)) + b
            if Reads.COLUMN in reads:
                passed[Reads.COLUMN] = columns[torch.arange(len(z), device=z.device), batch.target]
            if Reads.LOG_ODDS in reads:  # to the last bit as the net has them
                logits = NativeNet.apply_weights(columns.detach(), biases.detach(), z.detach())
                passed[Reads.LOG_ODDS] = model.log_odds_of(logits, batch.target)
    sources = {Reads.GRADIENT: z}
    if activation:
        (passed[Reads.ACTIVATION],) = activation
        sources[Reads.ACTIVATION_GRADIENT] = passed[Reads.ACTIVATION]
    wanted = {read: source for read, source in sources.items() if read in reads}
    if wanted:
        found = torch.autograd.grad(log_odds.sum(), list(wanted.values()))
        passed |= dict(zip(wanted, found, strict=True))
    return {read: passed[read].detach() for read in reads}


@contextmanager
def kept_activation(model: Model, reads: Collection[Reads]) -> Iterator[list[Tensor]]:
    """A list that holds what the cam_layer puts out each time it runs, if that is asked for.

    The net goes on with a copy, so that a later layer may overwrite it.
    """
    kept: list[Tensor] = []
    if {Reads.ACTIVATION, Reads.ACTIVATION_GRADIENT}.isdisjoint(reads):
        yield kept
        return
    assert model.cam_layer is not None, "unsupported() keeps models without the layer away"

    def keep(layer: nn.Module, given: object, output: Any) -> Tensor | None:
        kept.append(output)
        return output.clone() if isinstance(output, Tensor) else None

    hook = model.cam_layer.register_forward_hook(keep)
    try:
        yield kept
    finally:
        hook.remove()


def shared_reads(methods: Iterable[Method]) -> set[Reads]:
    """What all methods that need one pass read of it."""
    return {
        read for method in methods if isinstance(method, OnePassMethod) for read in method.reads
    }


def explain_together(
    model: Model,
    batch: Batch,
    methods: Iterable[Method],
    seeds: Callable[[Method], tuple[int, ...]],
    passed: Pass | None = None,
) -> dict[str, Float[Tensor, "record lead time"]]:
    """Attributions by name of method; all that need one pass read the same one.

    seeds: a method's own, one a recording, instead of `batch.seeds`.
    passed: a pass of `batch` that holds `shared_reads`; made here where it is not given.
    """
    chosen = list(methods)
    reads = shared_reads(chosen)
    if passed is None:
        passed = one_pass(model, batch, reads) if reads else {}
    return {
        method.name: method.read(batch, passed)
        if isinstance(method, OnePassMethod)
        else method.attribute(model, replace(batch, seeds=seeds(method)))
        for method in chosen
    }
