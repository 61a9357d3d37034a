"""A small convolutional network for single beats."""

from __future__ import annotations

from typing import final

from torch import Tensor

from xai_bench.nets.base import Batch, Maps
from xai_bench.nets.pooled import PooledNet, conv_norm_relu

__all__ = ["BeatCNN"]


@final
class BeatCNN(PooledNet):
    """Four convolutions over a beat of one lead or few (60,561 parameters with one of each).

    For the protocol of Beck and John (arXiv 2508.17294), whose layers are not published; sizes are
    ours: 16, 32, 64, 64 channels, kernels 15, 9, 9, 9, the first three with stride 2. At 360 Hz a
    feature sees 0.35 s, a wide QRS and what surrounds it. Any length.
    """

    def __init__(self, *, leads: int = 1, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__(channels=64, outputs=outputs, dropout=dropout)
        self.conv1 = conv_norm_relu(leads, 16, 15, stride=2)
        self.conv2 = conv_norm_relu(16, 32, 9, stride=2)
        self.conv3 = conv_norm_relu(32, 64, 9, stride=2)
        self.conv4 = conv_norm_relu(64, 64, 9)

    def features(self, z: Batch) -> Maps:
        maps: Tensor = self.conv4(self.conv3(self.conv2(self.conv1(z))))
        return maps
