"""A residual network over time with the tricks of He et al. 2019, kept small."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, Maps
from xai_bench.nets.pooled import PooledNet, conv_norm, conv_norm_relu

__all__ = ["XResBlock", "XResNet1d"]


@final
class XResBlock(nn.Module):
    """Two convolutions beside a shortcut that averages before it projects (ResNet-D).

    The scale of the last batch norm starts at zero, so that the block starts as its shortcut.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = conv_norm_relu(inputs, outputs, 5, stride=stride)
        self.conv2 = conv_norm(outputs, outputs, 5)
        nn.init.zeros_(self.conv2.get_parameter("1.weight"))
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut.append(nn.AvgPool1d(stride))
        if inputs != outputs:
            self.shortcut.append(conv_norm(inputs, outputs, 1))
        self.relu = nn.ReLU()

    def forward(self, maps: Maps) -> Float[Tensor, "record out shorter"]:
        out: Tensor = self.relu(self.conv2(self.conv1(maps)) + self.shortcut(maps))
        return out


@final
class XResNet1d(PooledNet):
    """A stem of three convolutions, a max pool, and two stages of two blocks.

    arXiv 1812.01187; the family of `xresnet1d101`, the best of the PTB-XL benchmark (Strodthoff
    et al. 2021). Ours: two narrow stages for four, so that the last map still has a step every
    8 samples (80 ms at 100 Hz) where 101 has 32; pooling windows that do not overlap.
    223,681 parameters with one output. Any length divisible by 8.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__(channels=96, outputs=outputs, dropout=dropout)
        self.stem = nn.Sequential(
            conv_norm_relu(12, 24, 5, stride=2),
            conv_norm_relu(24, 24, 5),
            conv_norm_relu(24, 48, 5),
            nn.MaxPool1d(2),
        )
        self.stage1 = nn.Sequential(XResBlock(48, 48), XResBlock(48, 48))
        self.stage2 = nn.Sequential(XResBlock(48, 96, stride=2), XResBlock(96, 96))

    def features(self, z: Batch) -> Maps:
        maps: Tensor = self.stage2(self.stage1(self.stem(z)))
        return maps
