"""The fully convolutional network for time series (Wang, Yan and Oates 2017)."""

from __future__ import annotations

from typing import final

from torch import Tensor

from xai_bench.nets.base import Batch, Maps
from xai_bench.nets.pooled import PooledNet, conv_norm_relu

__all__ = ["FCN"]


@final
class FCN(PooledNet):
    """Three convolutions at full time resolution (277,121 parameters with one output).

    Widths are the original's (arXiv 1611.06455); kernels are 9, 5, 3 where it has 8, 5, 3,
    because an odd kernel has a middle. Any length.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__(channels=128, outputs=outputs, dropout=dropout)
        self.conv1 = conv_norm_relu(12, 128, 9)
        self.conv2 = conv_norm_relu(128, 256, 5)
        self.conv3 = conv_norm_relu(256, 128, 3)

    def features(self, z: Batch) -> Maps:
        maps: Tensor = self.conv3(self.conv2(self.conv1(z)))
        return maps
