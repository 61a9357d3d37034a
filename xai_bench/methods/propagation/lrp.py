"""Layer-wise relevance propagation with three sets of rules."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.methods.propagation.relevance import Rules, propagate, without_rule
from xai_bench.methods.propagation.rules import epsilon, gamma, squares
from xai_bench.models import Model

__all__ = ["LRPComposite", "LRPEpsilon", "LRPGamma", "RelevancePropagation"]


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

    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        _, absorbed = propagate(model, batch, self.rules)
        return model.log_odds(batch.z, batch.target) - absorbed


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
