"""A residual network whose channels are gated by the information in them."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from xai_bench.nets.base import Batch, Maps
from xai_bench.nets.channel_gates import InformationGate
from xai_bench.nets.pooled import PooledNet, conv_norm_relu
from xai_bench.nets.xresnet1d import XResBlock

__all__ = ["IAResNet"]


@final
class IAResNet(PooledNet):
    """A strided stem and three residual blocks, each with an information gate behind it.

    After the information-based attention CNN (arXiv 2003.12009: a 1-D ResNet for beats in two
    leads), of which no layer size and no formula was known to us. All sizes are ours: 24, 32, 48
    and 64 channels, blocks of two convolutions (kernel 5), one step for every 8 samples, gates
    through a quarter of the channels, behind the sum of a block, so that a shut gate shuts its
    channel. 77,125 parameters with twelve leads and one output. Any length divisible by 8.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2, leads: int = 12) -> None:
        super().__init__(channels=64, outputs=outputs, dropout=dropout)
        self.stem = nn.Sequential(conv_norm_relu(leads, 24, 9, stride=2), nn.MaxPool1d(2))
        self.block1, self.gate1 = XResBlock(24, 32), InformationGate(32, reduction=4)
        self.block2, self.gate2 = XResBlock(32, 48, stride=2), InformationGate(48, reduction=4)
        self.block3, self.gate3 = XResBlock(48, 64), InformationGate(64, reduction=4)

    def features(self, z: Batch) -> Maps:
        maps = self.gate1(self.block1(self.stem(z)))
        maps = self.gate2(self.block2(maps))
        gated: Tensor = self.gate3(self.block3(maps))
        return gated
