"""The fastest form of a net whose weights will not change: batch norms folded into the
convolutions before them, and channels last in memory."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TypeGuard, TypeVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d
from torch.nn.utils.fusion import fuse_conv_bn_eval

from xai_bench.nets.base import Maps

__all__ = ["fastest", "folded", "frozen", "is_convolution", "same_but_for_rounding"]

_Net = TypeVar("_Net", bound=nn.Module)


def folded(net: _Net) -> _Net:
    """A frozen copy in evaluation mode that computes the same with fewer passes over its maps.

    In evaluation mode a batch norm is affine in each channel. Behind a convolution in the same
    `nn.Sequential`,

        norm(w * x + c) = s w * x + s (c - mean) + shift,   s = scale / sqrt(variance + eps),

    is one convolution, and `nn.Identity` takes the norm's place. Computed in float64, stored in
    the net's own precision and memory layout. Module paths stay; norms behind anything else stay.

    A folded convolution puts out what the norm did. Grad-CAM at such a layer gives another map:
    the norm's shift adds a constant for each channel. Read it from the net itself. A net that uses
    such a convolution on its own, outside of its sequence, is another net when it is folded: see
    `fastest`.
    """
    copied = copy.deepcopy(net).eval().requires_grad_(False)
    for sequence in list(copied.modules()):
        if type(sequence) is not nn.Sequential:  # a subclass may run them in another order
            continue
        for i, (conv, norm) in enumerate(pairwise(list(sequence))):
            if _is_conv(conv) and _is_affine_norm(norm):
                sequence[i], sequence[i + 1] = _fused(conv, norm), nn.Identity().eval()
    return copied


def _is_conv(layer: nn.Module) -> TypeGuard[nn.Conv1d | nn.Conv2d]:
    plain = type(layer) in (nn.Conv1d, nn.Conv2d)  # a subclass may compute something else
    return plain and not layer._forward_pre_hooks  # which may set its weights anew


def _is_affine_norm(layer: nn.Module) -> TypeGuard[nn.BatchNorm1d | nn.BatchNorm2d]:
    """Whether this is a batch norm that keeps statistics: one without takes the batch's own."""
    return type(layer) in (nn.BatchNorm1d, nn.BatchNorm2d) and layer.running_mean is not None


def _fused(
    conv: nn.Conv1d | nn.Conv2d, norm: nn.BatchNorm1d | nn.BatchNorm2d
) -> nn.Conv1d | nn.Conv2d:
    exact = fuse_conv_bn_eval(copy.deepcopy(conv).double(), copy.deepcopy(norm).double())
    return exact.to(conv.weight.dtype)


def frozen(net: _Net) -> _Net:
    """A copy in evaluation mode for forward passes alone: `folded`, and with every convolution in
    the layout that CPUs and tensor cores like best.

    Two-dimensional convolutions are in it already. PyTorch has that layout for images only, so
    convolutions over time become convolutions of images that are one row high.
    """
    copied = folded(net)
    for parent in list(copied.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv1d) and _is_plain(child):
                setattr(parent, name, _Conv1dAsImage(child))
    return copied


def fastest(net: nn.Module, z: Float[Tensor, "record lead time"]) -> nn.Module:
    """`frozen(net)` where it puts out for z what the net does, else the net itself.

    The copy of a stranger's net may do something else, or fail: a net may use the layers of a
    sequence one by one, look at their weights, or hold what cannot be copied.
    """
    with torch.no_grad():
        expected = net(z)
        try:
            copied = frozen(net)
            return copied if same_but_for_rounding(copied(z), expected) else net
        except Exception:
            return net


def same_but_for_rounding(one: Tensor, other: Tensor) -> bool:
    """Whether values are the same but for the rounding of another order of sums."""
    tolerance = 1e-4 * float(other.detach().abs().max())
    return torch.allclose(one, other, rtol=0, atol=tolerance, equal_nan=True)


def is_convolution(layer: nn.Module | None) -> bool:
    """Whether a layer of a frozen net is a convolution, that a batch norm may be folded into."""
    return isinstance(layer, nn.Conv1d | nn.Conv2d | _Conv1dAsImage)


def _is_plain(conv: nn.Conv1d) -> bool:
    zeros = conv.padding_mode == "zeros" and not isinstance(conv.padding, str)
    return type(conv) is nn.Conv1d and zeros  # a subclass may compute something else


@final
class _Conv1dAsImage(nn.Module):
    """A Conv1d that keeps its maps channels last."""

    def __init__(self, conv: nn.Conv1d) -> None:
        super().__init__()
        weight = conv.weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = conv.bias
        assert not isinstance(conv.padding, str)
        self._stride, self._padding = (1, *conv.stride), (0, *conv.padding)
        self._dilation, self._groups = (1, *conv.dilation), conv.groups

    def forward(self, maps: Maps) -> Float[Tensor, "record out newstep"]:
        image = maps.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        how = (self._stride, self._padding, self._dilation, self._groups)
        return conv2d(image, self.weight, self.bias, *how).squeeze(2)
