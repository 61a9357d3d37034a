"""Nets that multiply what they read in two regions, and the halves that each region is due."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear

from xai_bench.nets.base import Batch, KnownNet, Logits, NativeNet, Parts
from xai_bench.nets.known_weights import (
    GELU_OR_RELU,
    activation_of,
    check_length,
    leads_by_time,
    rounded,
)
from xai_bench.types import LEADS

__all__ = ["PAIRS", "SEGMENTS", "KnownHypernet", "KnownInteraction"]

SEGMENTS = 10
"""Of a lead: a region is one of them."""
PAIRS = tuple(
    ((lead, 3 * lead % SEGMENTS), ((lead + 5) % len(LEADS), (3 * lead + 7) % SEGMENTS))
    for lead in range(len(LEADS))
)
"""Lead and segment of either region of a pair: 24 regions of the 120, none twice."""
_GAIN, _SQUARE_GAIN = 0.5, 1 / 16
"""Of products of two sums, which are larger than the smaller of them."""

Regions = Float[Tensor, "record region"]
PairValues = Float[Tensor, "record pair"]


@final
class _Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.square()


_ACTIVATIONS = {"square": _Square, **GELU_OR_RELU}


@final
class _RegionSums(nn.Linear):
    """Weighted sums of samples: u and v of each pair, each of the samples of one region alone.

    Whatever its weights, those of other samples are zero.
    """

    inside: Tensor

    def __init__(self, samples: int) -> None:
        super().__init__(len(LEADS) * samples, 2 * len(PAIRS), bias=False)
        segment = torch.arange(samples) * SEGMENTS // samples
        regions = [region for pair in PAIRS for region in pair]
        inside = torch.zeros(len(regions), len(LEADS), samples)
        for row, (lead, part) in enumerate(regions):
            inside[row, lead, segment == part] = 1
        self.register_buffer("inside", inside.flatten(1), persistent=False)

    @property
    def weights(self) -> Float[Tensor, "region flat"]:
        return self.weight * self.inside

    def forward(self, z: Batch) -> Regions:
        return linear(z.flatten(1), self.weights)

    @torch.no_grad()
    def write_(self) -> None:
        """A hump over each region: so high that the sum over white noise has variance 1."""
        samples = self.inside.shape[1] // len(LEADS)
        place = torch.arange(samples, dtype=torch.float64) * SEGMENTS / samples % 1
        hump = torch.sin(torch.pi * (place + 0.5 * SEGMENTS / samples)).repeat(len(LEADS))
        size = (hump.square() * self.inside).sum(dim=1, keepdim=True).sqrt()
        self.weight.copy_(rounded(hump * self.inside / size))


@final
class KnownInteraction(KnownNet):
    """m(z) = sum over pairs of gain * f(u, v), plus b; u and v are sums over a region each.

    f(u, v) = (S(u + v) - S(u - v)) / c with S(x) = act(x) + act(-x), which is

        u v                                square, c = 8
        sign(u v) min(|u|, |v|)            ReLU, c = 2: a fuzzy AND
        the same, smoothly                 GELU, c = 2

    written so that it is linear layers and functions of single values, which propagation rules
    know. S is even, so f(u, 0) = f(0, v) = 0: neither region does anything alone, and the Shapley
    value of both is f / 2, in the game of these two, of all 120 regions, or of 12 leads (Shapley
    1953: they are interchangeable). That is a convention only for who does not want its symmetry.
    Integrated gradients, the Aumann-Shapley value, agree for u v; of ReLU they give all to the
    region with the smaller sum.

    Within a region, each sample gets its share of u, a_i z_i / u. Of u v that is the Shapley value
    of samples as well: a_i z_i b_j z_j is theirs in halves. Of the others it is a convention. Where
    a sum is exactly zero, its region gets nothing.

    samples: length of a recording.
    """

    convention = (
        "two regions that do nothing alone share what they do together in halves (Shapley); within "
        "a region by its samples' terms"
    )

    def __init__(self, *, activation: str = "square", samples: int = 1000) -> None:
        super().__init__()
        self.samples = samples
        self.unique_for: Parts = "sample" if activation == "square" else "region"
        self.regions = _RegionSums(samples)
        self.activation = activation_of(activation, _ACTIVATIONS)
        self.fc = nn.Linear(len(PAIRS), 1)
        each = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
        of_pair = torch.tensor([[1.0, 1.0, -1.0, -1.0]]) / (8 if activation == "square" else 2)
        eye = torch.eye(len(PAIRS))
        self.register_buffer("mixed", torch.kron(eye, each), persistent=False)
        self.register_buffer("joined", torch.kron(eye, of_pair), persistent=False)

    mixed: Tensor
    joined: Tensor

    def write_weights_(self) -> None:
        self.regions.write_()
        _write_gains_(self.fc, _SQUARE_GAIN if self.unique_for == "sample" else _GAIN)

    def forward(self, z: Batch) -> Logits:
        """Logits; InputError for recordings of another length than `samples`."""
        check_length(z, self.samples)
        logits: Tensor = self.fc(self._pairs(self.regions(z)))
        return logits

    def truth(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        check_length(z, self.samples)
        a = self.regions.weights.double()
        sums = z.flatten(1).double() @ a.T
        return _in_halves(z, a, sums, self.fc.weight.double() * self._pairs(sums))

    def _pairs(self, sums: Regions) -> PairValues:
        mixed = linear(sums, self.mixed.to(sums.dtype))
        return linear(self.activation(mixed), self.joined.to(sums.dtype))


@final
class KnownHypernet(NativeNet, KnownNet):
    """The function of `KnownInteraction`, u v, as a native net computes it: what is read in one
    region of a pair writes the weights of the other.

    m(z) = sum of W * z, plus b, with W = gain * v * a in the region of u, and 0 elsewhere. W * z is
    exact and sums to m(z) - b, and gives all of u v to the region of u. The truth, in halves, is
    that of `KnownInteraction`: of what a net computes, and not of how it is written.

    samples: length of a recording.
    """

    unique_for = "sample"
    convention = KnownInteraction.convention

    def __init__(self, *, samples: int = 1000) -> None:
        super().__init__()
        self.samples = samples
        self.regions = _RegionSums(samples)
        self.fc = nn.Linear(len(PAIRS), 1)

    def write_weights_(self) -> None:
        self.regions.write_()
        _write_gains_(self.fc, _SQUARE_GAIN)

    def generate(self, z: Batch) -> tuple[Float[Tensor, "record output lead time"], Logits]:
        """(W, b); InputError for recordings of another length than `samples`."""
        check_length(z, self.samples)
        v = self.regions(z)[:, 1::2]
        W = (v * self.fc.weight) @ self.regions.weights[::2]
        return leads_by_time(W, self.samples).unsqueeze(1), self.fc.bias.expand(len(z), 1)

    def truth(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        check_length(z, self.samples)
        a = self.regions.weights.double()
        sums = z.flatten(1).double() @ a.T
        return _in_halves(z, a, sums, self.fc.weight.double() * sums[:, ::2] * sums[:, 1::2])


@torch.no_grad()
def _write_gains_(fc: nn.Linear, gain: float) -> None:
    """The same for all pairs, but for the sign, which alternates."""
    fc.weight.copy_(gain * (1 - 2 * (torch.arange(len(PAIRS)) % 2)))
    fc.bias.zero_()


def _in_halves(
    z: Batch,
    a: Float[Tensor, "region flat"],
    sums: Regions,
    values: PairValues,
) -> Float[Tensor, "record 1 lead time"]:
    """Half of a pair's value for each of its regions, and there for samples by their terms."""
    halves = values.repeat_interleave(2, dim=1) / 2
    of_a_unit = torch.where(sums == 0, 0, halves / sums)
    shared = leads_by_time(of_a_unit @ a, z.shape[-1])
    return (shared * z).to(z.dtype).unsqueeze(1)
