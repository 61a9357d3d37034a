"""A Tsetlin machine: clauses of plain conditions that vote for or against a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch, Logits, PerOutput, PredictOnly, Rescalable
from xai_bench.nets.thermometer import Thermometer

__all__ = ["Clauses", "Tsetlin"]

_DRAWN = 4
"""Conditions of each clause before training: with more, hardly a clause would ever be true."""


@final
class Clauses(nn.Module):
    """Which literals each clause demands; it is true where all of them are. An empty one is false.

    Literals are the features and, after them, their negations. The first half of the clauses votes
    for class 1, the second against it.
    """

    included: UInt8[Tensor, "clause literal"]

    def __init__(self, clauses: int, features: int) -> None:
        super().__init__()
        if clauses < 2 or clauses % 2:
            raise InputError(f"clauses = {clauses}: give an even number, half for and half against")
        # A parameter, because it is what the net learnt: tests that randomise weights find it.
        empty = torch.zeros(clauses, 2 * features, dtype=torch.uint8)
        self.included = nn.Parameter(empty, requires_grad=False)
        self.reset_parameters()

    @property
    def signs(self) -> Float[Tensor, " clause"]:
        """1 of a clause that votes for class 1, -1 of one against it."""
        half = torch.ones(len(self.included) // 2, device=self.included.device)
        return torch.cat([half, -half])

    @property
    def sizes(self) -> Float[Tensor, " clause"]:
        """Literals of each clause."""
        return self.included.sum(dim=1).float()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Each clause demands a few features, of which it negates each or not by chance.

        Never a feature and its negation, which no recording fulfils. Drawn from torch's global
        generator.
        """
        clauses, features = len(self.included), self.included.shape[1] // 2
        count = min(_DRAWN, features)
        chosen = torch.rand(clauses, features).topk(count, dim=1).indices
        negated = torch.randint(2, (clauses, count))
        self.included.zero_().scatter_(1, (chosen + features * negated).to(self.included.device), 1)

    def forward(self, features: Bool[Tensor, "record feature"]) -> Bool[Tensor, "record clause"]:
        """Which clauses are true."""
        is_false = torch.cat([~features, features], dim=1).float()
        broken = is_false @ self.included.float().T  # literals that a clause demands in vain
        return (broken == 0) & (self.sizes > 0)


@final
class Tsetlin(PredictOnly, Rescalable):
    """A Tsetlin machine on thermometer-coded samples (Granmo 2018, arXiv 1804.01508; of heartbeats
    after Zhang et al. 2023, arXiv 2301.10181, whose sizes were not published: these are ours).

    v = (true clauses that vote for class 1) - (true clauses that vote against it), and the logit is
    scale * v + shift, which calibration finds.

    leads, samples, step, levels, rises, rise_samples: see `Thermometer`.
    clauses: in all; half of them vote for class 1, half against it.
    r_sample: where a beat has its R peak, from which rules in words count time.
    """

    no_gradient = "its clauses are true or false, and steps have no slope"
    scale: Float[Tensor, " output"]
    shift: Float[Tensor, " output"]

    def __init__(
        self,
        *,
        leads: int,
        samples: int,
        step: int,
        levels: Sequence[float],
        rises: Sequence[float],
        rise_samples: int,
        clauses: int,
        r_sample: int = 0,
    ) -> None:
        super().__init__()
        self.code = Thermometer(
            leads=leads,
            samples=samples,
            step=step,
            levels=levels,
            rises=rises,
            rise_samples=rise_samples,
        )
        self.clauses = Clauses(clauses, len(self.code))
        self.r_sample = r_sample
        # Calibration is no weight that was learnt: what randomises weights leaves it.
        self.register_buffer("scale", torch.ones(1))
        self.register_buffer("shift", torch.zeros(1))

    def true_clauses(self, z: Batch) -> Bool[Tensor, "record clause"]:
        """Which clauses are true of each recording."""
        found: Tensor = self.clauses(self.code(z))
        return found

    def forward(self, z: Batch) -> Logits:
        votes = self.true_clauses(z).float() @ self.clauses.signs
        return votes[:, None] * self.scale + self.shift

    def votes(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        """What each sample adds to the logit; sums to the logit minus `shift`.

        The vote of a true clause, scale or -scale, is shared equally by its literals, and that of
        a literal by the samples that it reads. A clause that is false adds nothing. The sharing is
        a convention: a clause needs all of its literals, and none is worth more than another.
        """
        weight = self.clauses.signs * self.scale / self.clauses.sizes.clamp(min=1)
        per_literal = (self.true_clauses(z) * weight) @ self.clauses.included.float()
        asserted, negated = per_literal.chunk(2, dim=1)
        return self.code.on_samples(asserted + negated).unsqueeze(1)

    @torch.no_grad()
    def rescale_(self, scale: PerOutput, shift: PerOutput) -> None:
        self.scale.mul_(scale)
        self.shift.mul_(scale).add_(shift)
