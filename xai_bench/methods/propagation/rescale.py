"""The rescale rule of DeepLIFT, for ReLU nets.

The multiplier of a non-linearity is the difference of its outputs, for a recording and for its
reference, over the difference of its inputs. Multipliers follow the chain rule: they are the
gradient of a net whose non-linearities have their multipliers for derivatives.
"""

from __future__ import annotations

import copy
from itertools import chain
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.models import Model

__all__ = ["rescaled_differences"]


def rescaled_differences(
    model: Model,
    z: Float[Tensor, "record lead time"],
    reference: Float[Tensor, "record lead time"],
    target: Int64[Tensor, " record"],
) -> Float[Tensor, "record lead time"]:
    """(z - reference) * multipliers; sums to m(z) - m(reference) for each recording.

    Recordings and references go together through a copy of the net that shares its weights, so
    that nothing is ever hooked to the model or kept by it.
    """
    net = _with_rules(model.net)
    explained = z.detach().clone().requires_grad_()
    with torch.enable_grad():
        logits = net(torch.cat([explained, reference]))
        m = model.explained(logits[: len(z)], target)
        (multipliers,) = torch.autograd.grad(m.sum(), explained)
    return (z - reference) * multipliers


def _with_rules(net: nn.Module) -> nn.Module:
    """A copy that shares its weights, with rules in the places of non-linearities."""
    instead: dict[int, object] = {id(w): w for w in chain(net.parameters(), net.buffers())}
    for layer in net.modules():
        if isinstance(layer, nn.ReLU):
            instead[id(layer)] = _RescaledReLU()
        elif isinstance(layer, nn.MaxPool1d | nn.MaxPool2d):
            instead[id(layer)] = _RescaledMaxPool(layer)
    return copy.deepcopy(net, instead)


@final
class _RescaledReLU(nn.Module):
    """(relu(x) - relu(r)) / (x - r), with x of a recording and r of its reference."""

    def forward(
        self, inputs: Float[Tensor, "row channel *place"]
    ) -> Float[Tensor, "row channel *place"]:
        x, r = inputs.chunk(2)
        out, base = inputs.detach().relu().chunk(2)
        change = x.detach() - r.detach()
        # Where nothing changed: the derivative, which is the limit.
        multiplier = torch.where(change == 0, (out > 0).to(x.dtype), (out - base) / change)
        return torch.cat([_with_derivative(out, multiplier, x), base])


@final
class _RescaledMaxPool(nn.Module):
    """The difference of two maxima belongs to the sample that is the larger of them.

    Its multiplier is max(x) - max(r) over x - r there: between 0 and 1, because r (or x) is at
    most the smaller maximum (the rule of the authors of DeepSHAP). Windows may overlap.
    """

    def __init__(self, pool: nn.MaxPool1d | nn.MaxPool2d) -> None:
        super().__init__()
        self.pool = copy.copy(pool)
        self.pool.return_indices = True

    def forward(
        self, inputs: Float[Tensor, "row channel *place"]
    ) -> Float[Tensor, "row channel *pooled"]:
        x, r = inputs.chunk(2)
        outputs, places = self.pool(inputs.detach())
        (out, base), (of_x, of_r) = outputs.chunk(2), places.chunk(2)
        place = torch.where(out >= base, of_x, of_r)
        largest = _at(x, place)
        change = largest.detach() - _at(r.detach(), place)
        multiplier = torch.where(change == 0, torch.ones_like(change), (out - base) / change)
        return torch.cat([_with_derivative(out, multiplier, largest), base])


def _at(
    maps: Float[Tensor, "record channel *place"], place: Int64[Tensor, "record channel *pooled"]
) -> Float[Tensor, "record channel *pooled"]:
    """The values of maps at flat places, as pooling counts them."""
    return maps.flatten(2).gather(2, place.flatten(2)).reshape(place.shape)


def _with_derivative(
    value: Float[Tensor, "*shape"], slope: Float[Tensor, "*shape"], x: Float[Tensor, "*shape"]
) -> Float[Tensor, "*shape"]:
    """`value`, with the derivative `slope` with respect to x."""
    return value + slope * (x - x.detach())
