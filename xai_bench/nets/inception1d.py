"""InceptionTime (Ismail Fawaz et al. 2020) as one net, kept small."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, Maps
from xai_bench.nets.pooled import PooledNet, conv_norm

__all__ = ["Inception1d", "InceptionModule"]

_WIDTH = 16


@final
class InceptionModule(nn.Module):
    """Kernels of 9, 19 and 39 samples on a bottleneck, and a max-pool branch, side by side."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.bottleneck = nn.Conv1d(inputs, _WIDTH, 1, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv1d(_WIDTH, _WIDTH, kernel, padding=kernel // 2, bias=False)
            for kernel in (9, 19, 39)
        )
        self.pool = nn.MaxPool1d(3, stride=1, padding=1)
        self.pool_conv = nn.Conv1d(inputs, _WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm1d(4 * _WIDTH)

    def forward(self, maps: Maps) -> Float[Tensor, "record out step"]:
        narrow = self.bottleneck(maps)
        branches = [conv(narrow) for conv in self.convs]
        out: Tensor = self.norm(torch.cat([*branches, self.pool_conv(self.pool(maps))], dim=1))
        return out


@final
class Inception1d(PooledNet):
    """Six inception modules at full time resolution, a shortcut around every three.

    arXiv 1909.04939. Ours: 16 filters a branch for 32; kernels 9, 19, 39 for 10, 20, 40, because
    an odd kernel has a middle; one net, not an ensemble of five. 119,489 parameters with one
    output. Any length.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        channels = 4 * _WIDTH
        super().__init__(channels=channels, outputs=outputs, dropout=dropout)
        self.blocks = nn.ModuleList(InceptionModule(12 if i == 0 else channels) for i in range(6))
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(6))
        self.shortcuts = nn.ModuleList(conv_norm(inputs, channels, 1) for inputs in (12, channels))

    def features(self, z: Batch) -> Maps:
        maps = carried = z
        for i, (block, relu) in enumerate(zip(self.blocks, self.relus, strict=True)):
            maps = block(maps)
            if i % 3 == 2:
                maps = carried = relu(maps + self.shortcuts[i // 3](carried))
            else:
                maps = relu(maps)
        return maps
