"""Rules of layer-wise relevance propagation: how a step hands relevance to its inputs.

All but the first two share R_j of an output among contributions c_ij of inputs x_i and c_j of the
bias, R_ij = R_j c_ij / (sum of c_ij over i, plus c_j). What goes to biases is handed to no input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Float64
from torch import Tensor

from xai_bench.methods.propagation.operations import PRODUCTS
from xai_bench.methods.propagation.steps import Kind, Operation, Step, replaced, tensors_in

__all__ = [
    "Affine",
    "Handed",
    "Rule",
    "affine",
    "epsilon",
    "gamma",
    "routed",
    "squares",
    "unchanged",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Handed:
    """Where the relevance of an output went."""

    inputs: tuple[Tensor, ...]
    """To the inputs of the step, each in its shape."""
    absorbed: Float64[Tensor, " row"]
    """To biases and stabilisers; a recording has one row of the output, or several."""


Rule = Callable[[Step, Tensor], Handed]
"""From a step and the relevance of its output, in the shape of the output."""


def unchanged(step: Step, R: Tensor) -> Handed:
    """An activation: what comes out decides, as if it had come in."""
    return Handed(inputs=(R,), absorbed=_nothing(R))


def routed(step: Step, R: Tensor) -> Handed:
    """Every output is one of the inputs: the winner of a maximum, a part of a concatenation."""
    return Handed(inputs=step.gradients(R), absorbed=_nothing(R))


def epsilon(share: float) -> Rule:
    """c_ij = w_ij x_i, and e is added to the bias, with the sign of the output (Bach et al. 2015).

    e is `share` of the root mean square of the step's outputs for the recording (Montavon et al.
    2019 take 0.25). The larger, the fewer contributions that cancel survive. For all steps that
    are affine, sums and means too.
    """

    def rule(step: Step, R: Tensor) -> Handed:
        y = step.output.detach()
        e = share * y.reshape(len(y), -1).square().mean(dim=1).sqrt().reshape(
            -1, *[1] * (y.dim() - 1)
        )
        e = torch.where(y < 0, -e, e)
        return _shared(R, step.leaves, step.output + e, e + _constant(step))

    return rule


def gamma(more: float) -> Rule:
    """c_ij = w_ij x_i, times 1 + `more` where it has the sign of the output; so for the bias.

    For inputs and outputs that are not negative: c_ij = (w_ij + more max(w_ij, 0)) x_i, the rule
    of Montavon et al. 2019, who take 0.25. For all: Andeol et al. 2023.
    """

    def rule(step: Step, R: Tensor) -> Handed:
        (x,), y, layer = step.leaves, step.output, affine(step)
        w, b = layer.weight, layer.bias
        above = layer.apply(x.clamp_min(0), w.clamp_min(0)) + b.clamp_min(0)
        if (x < 0).any():
            above = above + layer.apply(x.clamp_max(0), w.clamp_max(0))
        positive = y.detach() > 0
        agree = torch.where(positive, above, y - above)
        agreeing_bias = torch.where(positive, b.clamp_min(0), b.clamp_max(0))
        return _shared(R, (x,), y + more * agree, b + more * agreeing_bias)

    return rule


def squares(step: Step, R: Tensor) -> Handed:
    """c_ij = w_ij^2, nothing for the bias (Montavon et al. 2017): for inputs without bounds.

    A channel without weights is all bias, which absorbs its relevance.
    """
    layer = affine(step)
    ones = torch.ones_like(step.leaves[0]).requires_grad_()
    size = layer.apply(ones, layer.weight.square())
    without = (size.detach() == 0).to(size.dtype)
    return _shared(R, (ones,), size + without, without)


def _shared(R: Tensor, x: tuple[Tensor, ...], y: Tensor, bias: Tensor) -> Handed:
    """R shared among the x_i and the bias, by what they contribute to y.

    y: homogeneous in x but for `bias`, so that x_i dy_j/dx_i is what x_i contributes to y_j. Where
    y is 0, the bias keeps all: so does a stabiliser, however small.
    """
    with torch.no_grad():
        ratio = torch.where(y == 0, 0, R / y)
        kept = torch.where(y == 0, R, ratio * bias)
        absorbed = kept.reshape(len(kept), -1).sum(dim=1, dtype=torch.float64)
    gradients = torch.autograd.grad(y, x, ratio, materialize_grads=True)
    parts = tuple(one.detach() * gradient for one, gradient in zip(x, gradients, strict=True))
    return Handed(inputs=parts, absorbed=absorbed)


def _nothing(R: Tensor) -> Float64[Tensor, " row"]:
    return R.new_zeros(len(R), dtype=torch.float64)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Affine:
    """A step that is affine: output = apply(x, weight) + bias.

    `bias` has a shape that broadcasts with the output.
    """

    weight: Tensor
    bias: Tensor
    apply: Callable[[Tensor, Tensor], Tensor]


def affine(step: Step) -> Affine:
    """The weights of a layer, or of a batch norm with constant statistics."""
    if step.kind is Kind.NORM:
        return _norm(*step.args, **step.kwargs)
    assert step.kind is Kind.LAYER, "nothing else has weights"
    if step.operation in PRODUCTS:
        return _product(step)
    return _layer(step.operation, *step.args, **step.kwargs)


def _constant(step: Step) -> Tensor | int:
    """What a step puts out for 0: its bias, or the constants that it adds or puts beside."""
    if step.kind in (Kind.LAYER, Kind.NORM):
        return affine(step).bias
    if step.kind is Kind.PLACED or (step.kind is Kind.SUM and step.uses < 2):
        with torch.no_grad():
            constant: Tensor = step.at(*(torch.zeros_like(leaf) for leaf in step.leaves))
        return constant
    return 0


def _product(step: Step) -> Affine:
    (leaf,) = step.leaves
    (weight,) = (one for one in tensors_in([step.args, step.kwargs]) if one is not leaf)

    def apply(x: Tensor, w: Tensor) -> Tensor:
        instead = {id(leaf): x, id(weight): w}
        product: Tensor = step.operation(
            *replaced(step.args, instead), **replaced(step.kwargs, instead)
        )
        return product

    return Affine(weight=weight, bias=weight.new_zeros(1), apply=apply)


def _layer(
    operation: Operation,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *how: Any,
    **named: Any,
) -> Affine:
    b = weight.new_zeros(1) if bias is None else bias
    return Affine(
        weight=weight,
        bias=b.reshape(-1, *[1] * (weight.dim() - 2)),  # a convolution's channels have places
        apply=lambda x, w: operation(x, w, None, *how, **named),
    )


def _norm(
    input: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Affine:
    """w x + b for each channel, as a convolution of one sample would."""
    w = (running_var + eps).rsqrt() * (1 if weight is None else weight)
    b = (0 if bias is None else bias) - w * running_mean
    shape = (-1, *[1] * (input.dim() - 2))
    return Affine(weight=w.reshape(shape), bias=b.reshape(shape), apply=torch.mul)
