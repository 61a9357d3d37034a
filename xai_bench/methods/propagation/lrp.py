"""Layer-wise relevance propagation: the log-odds, handed back from step to step of a net.

Three methods, each a set of rules.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from xai_bench.methods.base import Batch, Pass, Reads
from xai_bench.methods.propagation.head import absorbed_by, gradient
from xai_bench.methods.propagation.operations import PRODUCTS, named
from xai_bench.methods.propagation.rules import (
    Rule,
    epsilon,
    gamma,
    routed,
    squares,
    unchanged,
)
from xai_bench.methods.propagation.steps import Kind, Step, UnknownOperationError
from xai_bench.methods.propagation.stepwise import StepwiseMethod
from xai_bench.methods.propagation.tape import hand_back, record
from xai_bench.models import Model

__all__ = [
    "LRPComposite",
    "LRPEpsilon",
    "LRPGamma",
    "RelevancePropagation",
    "Rules",
    "propagate",
    "rule_for_each",
]

_KINDS = frozenset(Kind) - {Kind.CURVE}
_SPREADING = (Kind.SUM, Kind.MEAN)
_LINEAR = named("linear") | PRODUCTS


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A rule for each kind of step; ReLUs, maxima and factors have theirs already.

    The layers that put out the logits have the epsilon rule with 0 for e: any other would depend
    on what logits have in common, which the log-odds do not contain. So have steps behind them.
    """

    first: Rule
    """Layers that read z, or maxima or means of it."""
    convolution: Rule
    """Other convolutions, and batch norms that follow none."""
    linear: Rule
    """Other linear layers."""
    spread: Rule
    """Sums of branches, and means."""


class RelevancePropagation(StepwiseMethod, ABC):
    """The log-odds m(z) handed back from layer to layer to z (Bach et al. 2015).

    Biases and stabilisers keep part of what they are handed:

        sum of the attributions = m(z) - what biases and stabilisers absorb,

    where the latter is added up from the biases themselves, and not from what is missing: a branch
    that is lost or counted twice leaves a residual. Relevance alone is far from m(z): the median
    share that is absorbed is 0.28 to 0.66 with gamma rules, where it is biases alone, and 0.64 to
    0.93 with epsilon rules, according to the net (benchmarks/results/lrp_cpu.md).

    For nets whose only non-linearities are ReLU and maxima. A softmax over several classes absorbs
    the part of its log-odds that is not linear in the logits.

    Two passes are made for an attribution and its total: nothing is kept between them.
    """

    rules: ClassVar[Rules]

    by_row = _KINDS - {Kind.ROUTE}

    def follow(
        self, net: nn.Module, z: Float[Tensor, "record lead time"]
    ) -> tuple[Tensor, list[Step]]:
        logits, steps = record(net, z, kinds=_KINDS, fold=True)
        rule_for_each(z, logits, steps, self.rules)
        return logits, steps

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


def propagate(
    model: Model, batch: Batch, rules: Rules
) -> tuple[Float[Tensor, "record lead time"], Float64[Tensor, " record"]]:
    """The relevance of z, and what biases and stabilisers absorbed on the way.

    Batch norms are taken into the convolutions that they read. Relevance starts at the logits,
    each with its term of the log-odds. Raises UnknownOperationError for a net that no rules are
    for.
    """
    with torch.inference_mode(False), torch.enable_grad():
        z = batch.z.detach().clone()
        logits, steps = record(model.net, z, kinds=_KINDS, fold=True)
        chosen = rule_for_each(z, logits, steps, rules)
        absorbed = absorbed_by(model, logits.detach(), batch.target)

        def hand(step: Step, R: Tensor) -> tuple[Tensor, ...]:
            nonlocal absorbed
            handed = chosen[id(step)](step, R)
            absorbed = absorbed + handed.absorbed.reshape(len(z), -1).sum(dim=1)
            return handed.inputs

        share = gradient(model, logits, batch.target)
        return hand_back(z, logits, steps, logits.detach() * share, hand), absorbed


def rule_for_each(z: Tensor, logits: Tensor, steps: list[Step], rules: Rules) -> dict[int, Rule]:
    """The rule of every step, by its id. Raises UnknownOperationError for a net whose logits come
    from something else than linear layers."""
    found: dict[int, Rule] = {}
    last = _behind_the_layers(logits, steps)
    before_layers = {id(z)}  # z, and maxima and means of it
    for step in steps:
        raw = all(id(tensor) in before_layers for tensor in step.inputs)
        if id(step) in last and step.kind in (Kind.LAYER, Kind.NORM, *_SPREADING):
            rule = epsilon(0.0)
        elif step.kind is Kind.LAYER and raw:
            rule = rules.first
        elif step.kind is Kind.LAYER:
            rule = rules.linear if step.operation in _LINEAR else rules.convolution
        else:
            rule = _without_weights(step, rules)
        if raw and step.kind is not Kind.LAYER:
            before_layers.add(id(step.output))
        found[id(step)] = rule
    return found


def _without_weights(step: Step, rules: Rules) -> Rule:
    """The rule of a step that is no layer."""
    if step.kind is Kind.NORM:
        return rules.convolution
    if step.kind in _SPREADING:
        return rules.spread
    if step.kind is Kind.RELU:
        return unchanged
    if step.kind in (Kind.ROUTE, Kind.MAXIMUM):
        return routed
    same_places = step.kind is Kind.SCALED and step.output.shape == step.leaves[0].shape
    return unchanged if same_places else epsilon(0.0)


def _behind_the_layers(logits: Tensor, steps: list[Step]) -> set[int]:
    """Ids of the layers that put out the logits, and of all that follows them."""
    reached, found = {id(logits)}, set[int]()
    for step in reversed(steps):
        if id(step.output) not in reached:
            continue
        if step.kind is Kind.RELU:
            raise UnknownOperationError("logits that come from no linear layer")
        found.add(id(step))
        if step.kind is not Kind.LAYER:
            reached |= {id(tensor) for tensor in step.inputs}
    return found
