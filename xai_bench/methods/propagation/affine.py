"""The weights of a step that is affine: output = apply(x, weight) + bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor
from torch.nn.functional import batch_norm, linear

from xai_bench.methods.propagation.tape import Operation, Step

__all__ = ["CONVOLUTIONS", "Affine", "affine"]

CONVOLUTIONS: frozenset[Operation] = frozenset({torch.conv1d, torch.conv2d})


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Affine:
    """`bias` has a shape that broadcasts with the output."""

    weight: Tensor
    bias: Tensor
    apply: Callable[[Tensor, Tensor], Tensor]


def affine(step: Step) -> Affine:
    """The weights of a convolution, a linear layer or a batch norm in evaluation mode."""
    if step.operation is batch_norm:
        return _norm(*step.args, **step.kwargs)
    assert step.operation in CONVOLUTIONS | {linear}, "nothing else has weights"
    return _layer(step.operation, *step.args, **step.kwargs)


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
