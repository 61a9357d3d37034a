"""The residual network for time series (Wang, Yan and Oates 2017), kept small."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, Maps
from xai_bench.nets.pooled import PooledNet, conv_norm, conv_norm_relu

__all__ = ["ResNet1dWang", "ResidualBlock"]


@final
class ResidualBlock(nn.Module):
    """Three convolutions (kernels 9, 5, 3) beside a shortcut; ReLU of their sum."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = conv_norm_relu(inputs, outputs, 9)
        self.conv2 = conv_norm_relu(outputs, outputs, 5)
        self.conv3 = conv_norm(outputs, outputs, 3)
        self.shortcut = (
            nn.BatchNorm1d(outputs) if inputs == outputs else conv_norm(inputs, outputs, 1)
        )
        self.relu = nn.ReLU()

    def forward(self, maps: Maps) -> Float[Tensor, "record out step"]:
        out: Tensor = self.relu(self.conv3(self.conv2(self.conv1(maps))) + self.shortcut(maps))
        return out


@final
class ResNet1dWang(PooledNet):
    """A strided stem and three residual blocks (322,945 parameters with one output).

    After the net of arXiv 1611.06455, from which `resnet1d_wang` of the PTB-XL benchmark
    (Strodthoff et al. 2021) descends too, with two convolutions a block and strides. Ours: 48, 96,
    96 channels for 64, 128, 128; kernels 9, 5, 3 for 8, 5, 3, because an odd kernel has a middle;
    and the stem of stride 2. Any even length.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__(channels=96, outputs=outputs, dropout=dropout)
        self.stem = conv_norm_relu(12, 48, 9, stride=2)
        self.block1 = ResidualBlock(48, 48)
        self.block2 = ResidualBlock(48, 96)
        self.block3 = ResidualBlock(96, 96)

    def features(self, z: Batch) -> Maps:
        maps: Tensor = self.block3(self.block2(self.block1(self.stem(z))))
        return maps
