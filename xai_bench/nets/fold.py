"""Batch norms of a frozen net folded into the convolutions before them."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TypeGuard, TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

__all__ = ["folded"]

_Net = TypeVar("_Net", bound=nn.Module)


def folded(net: _Net) -> _Net:
    """A frozen copy in evaluation mode that computes the same with fewer passes over its maps.

    In evaluation mode a batch norm is affine in each channel. Behind a convolution in the same
    `nn.Sequential`,

        norm(w * x + c) = s w * x + s (c - mean) + shift,   s = scale / sqrt(variance + eps),

    is one convolution, and `nn.Identity` takes the norm's place. Computed in float64, stored in
    the net's own precision and memory layout. Module paths stay; norms behind anything else stay.

    A folded convolution puts out what the norm did. Grad-CAM at such a layer gives another map:
    the norm's shift adds a constant for each channel. Read it from the net itself.
    """
    copied = copy.deepcopy(net).eval().requires_grad_(False)
    for sequence in list(copied.modules()):
        if not isinstance(sequence, nn.Sequential):
            continue
        for i, (conv, norm) in enumerate(pairwise(list(sequence))):
            if _is_conv(conv) and _is_affine_norm(norm):
                sequence[i], sequence[i + 1] = _fused(conv, norm), nn.Identity().eval()
    return copied


def _is_conv(layer: nn.Module) -> TypeGuard[nn.Conv1d | nn.Conv2d]:
    return type(layer) in (nn.Conv1d, nn.Conv2d)  # a subclass may compute something else


def _is_affine_norm(layer: nn.Module) -> TypeGuard[nn.BatchNorm1d | nn.BatchNorm2d]:
    """Whether this is a batch norm that keeps statistics: one without takes the batch's own."""
    return type(layer) in (nn.BatchNorm1d, nn.BatchNorm2d) and layer.running_mean is not None


def _fused(
    conv: nn.Conv1d | nn.Conv2d, norm: nn.BatchNorm1d | nn.BatchNorm2d
) -> nn.Conv1d | nn.Conv2d:
    exact = fuse_conv_bn_eval(copy.deepcopy(conv).double(), copy.deepcopy(norm).double())
    return exact.to(conv.weight.dtype)
