"""The fastest form of a net whose weights will not change: folded, and channels last in memory."""

from __future__ import annotations

from typing import TypeVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d

from xai_bench.nets.fold import folded

__all__ = ["frozen", "is_convolution"]

_Net = TypeVar("_Net", bound=nn.Module)


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

    def forward(
        self, maps: Float[Tensor, "record channel step"]
    ) -> Float[Tensor, "record out newstep"]:
        image = maps.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        how = (self._stride, self._padding, self._dilation, self._groups)
        return conv2d(image, self.weight, self.bias, *how).squeeze(2)
