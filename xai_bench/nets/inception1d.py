"""InceptionTime (Ismail Fawaz et al. 2020, arXiv 1909.04939), made small."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.embedding import EmbeddingNet, conv_bn

__all__ = ["Inception1d"]

_FILTERS = 8
_WIDTH = 4 * _FILTERS
_KERNELS = (39, 19, 9)


@final
class Inception1d(EmbeddingNet):
    """Six inception modules, a residual connection around every three, mean over time.

    One net of the paper's ensemble of five; leads are channels and time keeps its length. Kernels
    are 39, 19 and 9, the odd ones below the paper's 40, 20 and 10. Ours: 8 filters a branch and a
    bottleneck of 8, in place of 32 (30,433 parameters with one output).
    """

    def __init__(self, *, outputs: int = 1) -> None:
        super().__init__()
        self.groups = nn.Sequential(_Group(12), _Group(_WIDTH))
        self.fc = nn.Linear(_WIDTH, outputs)

    def embed(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record feature"]:
        maps: Tensor = self.groups(z)
        return maps.mean(dim=-1)


@final
class _Group(nn.Module):
    """relu(three modules of x + bn(1x1 convolution of x))."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_Module(inputs), _Module(_WIDTH), _Module(_WIDTH))
        self.shortcut = conv_bn(inputs, _WIDTH, 1)
        self.relu = nn.ReLU()

    def forward(
        self, x: Float[Tensor, "record channel time"]
    ) -> Float[Tensor, "record width time"]:
        out: Tensor = self.relu(self.body(x) + self.shortcut(x))
        return out


@final
class _Module(nn.Module):
    """A bottleneck under three lengths of kernel, beside a max-pool; concatenated, BN, ReLU."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.bottleneck = nn.Conv1d(inputs, _FILTERS, 1, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv1d(_FILTERS, _FILTERS, kernel, padding=kernel // 2, bias=False)
            for kernel in _KERNELS
        )
        self.pool = nn.Sequential(
            nn.MaxPool1d(3, stride=1, padding=1), nn.Conv1d(inputs, _FILTERS, 1, bias=False)
        )
        self.bn = nn.BatchNorm1d(_WIDTH)
        self.relu = nn.ReLU()

    def forward(
        self, x: Float[Tensor, "record channel time"]
    ) -> Float[Tensor, "record width time"]:
        narrow = self.bottleneck(x)
        branches = [conv(narrow) for conv in self.convs]
        out: Tensor = self.relu(self.bn(torch.cat([*branches, self.pool(x)], dim=1)))
        return out
