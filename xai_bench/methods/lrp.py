"""Layer-wise relevance propagation with three sets of rules."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.methods.lrp_rules import epsilon, gamma, squares
from xai_bench.methods.relevance import Rules, propagate, without_rule
from xai_bench.models import Model

__all__ = ["LRPComposite", "LRPEpsilon", "LRPGamma", "RelevancePropagation"]


class RelevancePropagation(Method, ABC):
    """The log-odds m(z) handed back from layer to layer to z (Bach et al. 2015).

    Biases and stabilisers keep part of what they are handed:

        sum of the attributions = m(z) - what biases and stabilisers absorb,

    where the latter is added up from the biases themselves, and not from what is missing: a branch
    that is lost or counted twice leaves a residual.
    """

    needs = frozenset({Needs.RELU})
    rules: ClassVar[Rules]

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        card = model.card.input
        z = torch.zeros(1, 12, round(card.rate_hz * card.seconds), device=model.device)
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
    """The epsilon rule everywhere, with 0.25 of the root mean square of a step's outputs for e.

    With e = 0 this would be z * dm/dz, input-x-gradient (Ancona et al. 2018): for a ReLU net,
    relevance over activation is the gradient.
    """

    name = "lrp-epsilon"
    summary = "layer-wise relevance propagation, the epsilon rule in every layer"
    cite = "bach2015lrp"
    rules = Rules(
        first=epsilon(0.25), convolution=epsilon(0.25), linear=epsilon(0.25), spread=epsilon(0.25)
    )


@final
class LRPGamma(RelevancePropagation):
    """The gamma rule, 0.25, in convolutions; sums are split by what branches contribute."""

    name = "lrp-gamma"
    summary = "layer-wise relevance propagation, the gamma rule in convolutions"
    cite = "montavon2019lrp"
    rules = Rules(
        first=gamma(0.25), convolution=gamma(0.25), linear=epsilon(0.25), spread=epsilon(0.0)
    )


@final
class LRPComposite(RelevancePropagation):
    """Epsilon in linear layers, gamma in convolutions, w^2 in the first (Kohlbrenner et al. 2020).

    They take the flat rule in the first layer, which would give all leads the same: leads are
    channels there. The w^2 rule shares by weights alone: a lead gets relevance of the same sign
    whatever its deflection.
    """

    name = "lrp-composite"
    summary = "layer-wise relevance propagation: w^2, then gamma, then epsilon rules"
    cite = "kohlbrenner2020lrp"
    rules = Rules(first=squares, convolution=gamma(0.25), linear=epsilon(0.25), spread=epsilon(0.0))
