"""Layer-wise relevance propagation: the log-odds, handed back from step to step of a net.

Three methods, each a set of rules.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn
from torch.nn import functional

from xai_bench.methods.base import Batch, Method, Needs, Pass, Reads
from xai_bench.methods.propagation.rules import (
    CONVOLUTIONS,
    Rule,
    epsilon,
    gamma,
    routed,
    squares,
    unchanged,
)
from xai_bench.methods.propagation.tape import Operation, Step, UnknownOperationError, record
from xai_bench.models import Model
from xai_bench.nets.frozen import folded

__all__ = [
    "LRPComposite",
    "LRPEpsilon",
    "LRPGamma",
    "RelevancePropagation",
    "Rules",
    "propagate",
    "without_rule",
]

_LAYERS: frozenset[Operation] = CONVOLUTIONS | {functional.linear}
_SUMS: frozenset[Operation] = frozenset({torch.add, Tensor.add})
_MEANS: frozenset[Operation] = frozenset(
    {torch.mean, Tensor.mean, functional.avg_pool1d, functional.avg_pool2d}
)
_MEANS |= {functional.adaptive_avg_pool1d, functional.adaptive_avg_pool2d}
_ROUTES: frozenset[Operation] = frozenset(
    {torch.cat, functional.dropout, functional.max_pool1d, functional.max_pool2d}
)
_ROUTES |= {torch.flatten, Tensor.flatten, Tensor.unsqueeze, Tensor.contiguous}
_RELUS: frozenset[Operation] = frozenset({torch.relu, Tensor.relu, functional.relu})
_KNOWN = _LAYERS | {functional.batch_norm} | _SUMS | _MEANS | _ROUTES | _RELUS


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A rule for each kind of step; ReLUs and maxima have theirs already.

    The layer that puts out the logits has the epsilon rule with 0 for e: any other would depend on
    what two logits have in common, which the log-odds do not contain.
    """

    first: Rule
    """Layers that read z, or maxima or means of it."""
    convolution: Rule
    """Other convolutions, and batch norms that no convolution before them could take in."""
    linear: Rule
    """Other linear layers."""
    spread: Rule
    """Sums of branches, and means."""


class RelevancePropagation(Method, ABC):
    """The log-odds m(z) handed back from layer to layer to z (Bach et al. 2015).

    Biases and stabilisers keep part of what they are handed:

        sum of the attributions = m(z) - what biases and stabilisers absorb,

    where the latter is added up from the biases themselves, and not from what is missing: a branch
    that is lost or counted twice leaves a residual. Relevance alone is far from m(z): the median
    share that is absorbed is 0.28 to 0.66 with gamma rules, where it is biases alone, and 0.64 to
    0.93 with epsilon rules, according to the net (benchmarks/results/lrp_cpu.md).

    Two passes are made for an attribution and its total: nothing is kept between them.
    """

    needs = frozenset({Needs.RELU})
    rules: ClassVar[Rules]

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        z = torch.zeros(1, *model.shape, device=model.device)
        unknown = without_rule(model.net, z, self.rules)
        return f"{self.name} has no rule for {unknown}" if unknown else None

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        relevance, _ = propagate(model, batch, self.rules)
        return relevance

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"]:
        _, absorbed = propagate(model, batch, self.rules)
        return passed[Reads.LOG_ODDS] - absorbed


@final
class LRPEpsilon(RelevancePropagation):
    """The epsilon rule in every step, e = 0.25 root mean squares of its outputs.

    With e = 0 it would be z * dm/dz, input-x-gradient: for a ReLU net relevance over activation is
    the gradient (Ancona et al. 2018). Montavon et al. 2019 take this e in the middle of a net.
    """

    name = "lrp-epsilon"
    summary = "layer-wise relevance propagation, the epsilon rule in every layer"
    cite = "bach2015lrp"
    rules = Rules(
        first=epsilon(0.25), convolution=epsilon(0.25), linear=epsilon(0.25), spread=epsilon(0.25)
    )


@final
class LRPGamma(RelevancePropagation):
    """The gamma rule, 0.25, in convolutions; branches of a sum get what they contribute.

    Montavon et al. 2019 take the gamma rule in lower layers; the nets here have no others.
    """

    name = "lrp-gamma"
    summary = "layer-wise relevance propagation, the gamma rule in convolutions"
    cite = "montavon2019lrp"
    rules = Rules(
        first=gamma(0.25), convolution=gamma(0.25), linear=epsilon(0.25), spread=epsilon(0.0)
    )


@final
class LRPComposite(RelevancePropagation):
    """Epsilon in linear layers, gamma in convolutions, w^2 in the first.

    Kohlbrenner et al. 2020 combine rules by depth so, with the flat rule in the first layer. Where
    leads are channels, flat would give all of them the same; w^2 (Montavon et al. 2017) does not.
    It looks at weights alone: where z is 0, there may be relevance too.
    """

    name = "lrp-composite"
    summary = "layer-wise relevance propagation: w^2, then gamma, then epsilon rules"
    cite = "kohlbrenner2020lrp"
    rules = Rules(first=squares, convolution=gamma(0.25), linear=epsilon(0.25), spread=epsilon(0.0))


def without_rule(net: nn.Module, z: Float[Tensor, "record lead time"], rules: Rules) -> str | None:
    """What `net` does to z that no rule is for, or None."""
    try:
        _paired(z, *record(net, z, _KNOWN), rules)
    except UnknownOperationError as error:
        return str(error)
    return None


def propagate(
    model: Model, batch: Batch, rules: Rules
) -> tuple[Float[Tensor, "record lead time"], Float64[Tensor, " record"]]:
    """The relevance of z, and what biases and stabilisers absorbed on the way.

    Batch norms are folded into the convolutions before them. Relevance starts at the logits, each
    with its term of the log-odds, which are linear in them.
    """
    with torch.inference_mode(False), torch.enable_grad():
        z = batch.z.detach().clone()
        logits, steps = record(folded(model.net), z, _KNOWN)
        ends = logits.detach().requires_grad_()
        (share,) = torch.autograd.grad(model.explained(ends, batch.target).sum(), ends)
        relevance = {id(logits): ends.detach() * share}
        absorbed = torch.zeros(len(z), dtype=torch.float64, device=z.device)
        for step, rule in reversed(_paired(z, logits, steps, rules)):
            if id(step.output) not in relevance:
                continue  # nothing reads it
            handed = rule(step, relevance.pop(id(step.output)))
            absorbed += handed.absorbed
            for tensor, part in zip(step.inputs, handed.inputs, strict=True):
                relevance[id(tensor)] = relevance.get(id(tensor), 0) + part
        return relevance[id(z)], absorbed


def _paired(
    z: Tensor, logits: Tensor, steps: Iterable[Step], rules: Rules
) -> list[tuple[Step, Rule]]:
    """Every step with its rule. Raises UnknownOperationError for a use that no rule is for."""
    pairs: list[tuple[Step, Rule]] = []
    before_layers = {id(z)}  # z, and maxima and means of it
    for step in steps:
        raw = all(id(tensor) in before_layers for tensor in step.inputs)
        if step.operation in _LAYERS:
            if step.output is logits:
                rule = epsilon(0.0)
            elif raw:
                rule = rules.first
            else:
                rule = rules.linear if step.operation is functional.linear else rules.convolution
        else:
            rule = _without_weights(step, rules)
            if raw:
                before_layers.add(id(step.output))
        pairs.append((step, rule))
    if not any(step.output is logits and step.operation in _LAYERS for step, _ in pairs):
        raise UnknownOperationError("logits that come from no linear layer")
    return pairs


def _without_weights(step: Step, rules: Rules) -> Rule:
    """The rule of a step that is no layer."""
    if step.operation is functional.batch_norm:
        return rules.convolution
    if step.operation in _RELUS:
        return unchanged
    if step.operation in _ROUTES:
        return routed
    known = {id(leaf) for leaf in step.leaves}
    if step.operation in _SUMS and not all(id(term) in known for term in step.args[:2]):
        raise UnknownOperationError("the sum with a constant")
    return rules.spread
