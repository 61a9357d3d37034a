"""DeepLIFT and DeepSHAP, by the rescale rule.

The multiplier of a non-linearity is the difference of its outputs, for a recording and for its
reference, over the difference of its inputs. Multipliers follow the chain rule: they are the
gradient of a net whose non-linearities have their multipliers for derivatives.
"""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from xai_bench.devices import rows_of_a_pass
from xai_bench.methods.background import BACKGROUND, FromBackground, background
from xai_bench.methods.base import Batch, FromZero
from xai_bench.methods.propagation.head import multipliers
from xai_bench.methods.propagation.operations import named
from xai_bench.methods.propagation.steps import (
    Kind,
    Operation,
    Step,
    replaced,
    tensors_in,
)
from xai_bench.methods.propagation.stepwise import StepwiseMethod
from xai_bench.methods.propagation.tape import hand_back, record
from xai_bench.models import Model

__all__ = ["DeepLIFT", "DeepSHAP", "rescaled_differences"]

_POOLS: dict[Operation, tuple[Operation, int, int]] = {
    operation: (getattr(functional, pool), arguments, axes)
    for axes in (1, 2, 3)
    for pool, arguments in ((f"max_pool{axes}d", 6), (f"adaptive_max_pool{axes}d", 2))
    for operation in named(pool, f"{pool}_with_indices")
}
"""Pools that say where maxima lie, how many of their arguments go by place, and their axes."""


class _Rescaling(StepwiseMethod):
    """For nets whose non-linearities are functions of single values, and maxima."""

    by_row = frozenset({Kind.RELU, Kind.CURVE, Kind.MAXIMUM})

    def follow(
        self, net: nn.Module, z: Float[Tensor, "record lead time"]
    ) -> tuple[Tensor, list[Step]]:
        return record(net, z)


@final
class DeepLIFT(_Rescaling, FromZero):
    """(z - 0) * multipliers of the rescale rule (Shrikumar et al. 2017), reference zero (or
    `Batch.baseline`).

    The multiplier of a layer is the difference of its outputs over that of its inputs, between z
    and zero; multipliers of layers follow the chain rule. Sums to m(z) - m(0). For nets of affine
    operations, functions of single values (ReLU, GELU, tanh, ...) and maxima; a net that
    multiplies what depends on z (attention, W * z) or normalises by it (layer norm) is refused.
    Captum's DeepLift takes the plain gradient where it has no rule, and its rule for max pools
    loses a part of the sum, on `inception1d` nearly all of it.

    Two forward and two backward passes a recording: z and the reference.
    """

    name = "deeplift"
    summary = "DeepLIFT, rescale rule, from the zero recording"
    cite = "shrikumar2017deeplift"
    takes_baseline = True
    passes = 4

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        reference = torch.zeros_like(batch.z) if batch.baseline is None else batch.baseline
        return rescaled_differences(model, batch.z, reference, batch.target)


@final
class DeepSHAP(_Rescaling, FromBackground):
    """The mean of DeepLIFT over 16 references, those of `background` (Lundberg & Lee 2017).

    Sums to m(z) less the mean of m over the references. For the nets of `DeepLIFT`.

    32 forward and 32 backward passes a recording: with each reference, z and the reference.
    """

    name = "deepshap"
    summary = "DeepLIFT from each of 16 synthetic recordings, their mean"
    cite = "lundberg2017shap"
    passes = 4 * BACKGROUND

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

    Recordings and references go through the net together. Nothing is ever hooked to the model or
    kept by it. Raises UnknownOperationError for a net that no rules are for.
    """
    with torch.inference_mode(False), torch.enable_grad():
        both = torch.cat([z.detach(), reference])
        logits, steps = record(model.net, both)
        ends, base = logits.detach().chunk(2)
        given = torch.cat([multipliers(model, ends, base, target), torch.zeros_like(base)])
        found = hand_back(both, logits, steps, given, _rescaled)
        return (z - reference) * found[: len(z)]


def _rescaled(step: Step, given: Tensor) -> tuple[Tensor, ...]:
    """Multipliers of the inputs of a step, which are gradients where it is linear.

    Those of references, the second half, are never read.
    """
    if step.kind is Kind.MAXIMUM:
        return _of_maxima(step, given)
    if step.kind in (Kind.RELU, Kind.CURVE):
        slope = _slope(step)
        return (torch.cat([given[: len(slope)] * slope, torch.zeros_like(slope)]),)
    return step.gradients(given)


def _slope(step: Step) -> Tensor:
    """(f(x) - f(r)) / (x - r), with x of a recording and r of its reference.

    Where nothing changed: the derivative, which is the limit. The ReLU loses nothing to rounding;
    values of other functions that are nearly the same are subtracted in float64.
    """
    values, (leaf,) = step.output.detach(), step.leaves
    if step.kind is Kind.RELU:
        derivative, change = (values > 0).to(values.dtype), leaf.detach()
    else:
        (derivative,) = step.gradients(torch.ones_like(values))
        change, values = leaf.detach().double(), _in_float64(step)
    (x, r), (out, base) = change.chunk(2), values.chunk(2)
    slope = torch.where(x == r, derivative[: len(x)], (out - base) / (x - r))
    return slope.to(leaf.dtype)


def _in_float64(step: Step) -> Tensor:
    exact = {
        id(one): one.detach().double()
        for one in tensors_in([step.args, step.kwargs])
        if one.is_floating_point()
    }
    values: Tensor = step.operation(*replaced(step.args, exact), **replaced(step.kwargs, exact))
    return values


def _of_maxima(step: Step, given: Tensor) -> tuple[Tensor, ...]:
    """The difference of two maxima belongs to the sample that is the larger of them.

    Its multiplier is max(x) - max(r) over x - r there: between 0 and 1, because r (or x) is at
    most the smaller maximum (the rule of the authors of DeepSHAP). Windows may overlap.
    """
    (leaf,) = step.leaves
    maps, places = _places(step, leaf)
    (x, r), (of_x, of_r) = maps.chunk(2), places.chunk(2)
    out, base = (at.gather(-1, place).detach() for at, place in ((x, of_x), (r, of_r)))
    place = torch.where(out >= base, of_x, of_r)
    largest = x.gather(-1, place)
    change = largest.detach() - r.detach().gather(-1, place)
    multiplier = torch.where(change == 0, torch.ones_like(change), (out - base) / change)
    of_largest = given.chunk(2)[0].reshape(place.shape) * multiplier
    return torch.autograd.grad(largest, leaf, of_largest)


def _places(step: Step, leaf: Tensor) -> tuple[Tensor, Tensor]:
    """Values side by side along the last axis, and where the maxima of the step lie there."""
    if step.operation in _POOLS:
        pool, given, axes = _POOLS[step.operation]
        named = {name: one for name, one in step.kwargs.items() if name != "input"}
        _, places = pool(leaf, *step.args[1:given], **named | {"return_indices": True})
        return leaf.flatten(-axes), places.flatten(-axes)
    dim = step.operand(1, "dim")
    reduced = sorted(axis % leaf.dim() for axis in ([dim] if isinstance(dim, int) else dim))
    maps = leaf.movedim(reduced, list(range(-len(reduced), 0))).flatten(-len(reduced))
    return maps, maps.argmax(dim=-1, keepdim=True)
