"""DeepLIFT and DeepSHAP, by the rescale rule, for ReLU nets.

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

from xai_bench.devices import rows_of_a_pass
from xai_bench.methods.background import FromBackground, background
from xai_bench.methods.base import Batch, FromZero, Needs
from xai_bench.models import Model

__all__ = ["DeepLIFT", "DeepSHAP", "rescaled_differences"]


@final
class DeepLIFT(FromZero):
    """(z - 0) * multipliers of the rescale rule (Shrikumar et al. 2017), reference zero.

    The multiplier of a layer is the difference of its outputs over that of its inputs, between z
    and zero; multipliers of layers follow the chain rule. Sums to m(z) - m(0). Only for ReLU nets:
    Captum's DeepLift takes the plain gradient where it has no rule, as for GELU and for W * z, and
    its rule for max pools loses a part of the sum, on `inception1d` nearly all of it.

    Two forward and two backward passes a recording: z and the reference.
    """

    name = "deeplift"
    summary = "DeepLIFT, rescale rule, from the zero recording"
    cite = "shrikumar2017deeplift"
    needs = frozenset({Needs.RELU})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return rescaled_differences(model, batch.z, torch.zeros_like(batch.z), batch.target)


@final
class DeepSHAP(FromBackground):
    """The mean of DeepLIFT over 16 references, those of `background` (Lundberg & Lee 2017).

    Sums to m(z) less the mean of m over the references. Only for ReLU nets, as `DeepLIFT`.

    32 forward and 32 backward passes a recording: with each reference, z and the reference.
    """

    name = "deepshap"
    summary = "DeepLIFT from each of 16 synthetic recordings, their mean"
    cite = "lundberg2017shap"
    needs = frozenset({Needs.RELU})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        references = background(model).split(rows_of_a_pass(batch.z.device, "pairs"))
        return torch.stack(
            [
                torch.cat([_from_each(model, z, target, some) for some in references]).mean(dim=0)
                for z, target in zip(batch.z, batch.target, strict=True)
            ]
        )


def _from_each(
    model: Model,
    z: Float[Tensor, "lead time"],
    target: Int64[Tensor, ""],
    references: Float[Tensor, "reference lead time"],
) -> Float[Tensor, "reference lead time"]:
    count = len(references)
    same = z.expand(count, -1, -1)
    return rescaled_differences(model, same, references, target.expand(count))


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
