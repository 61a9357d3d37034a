"""The fully convolutional net of Wang, Yan and Oates 2017 (arXiv 1611.06455), at half width."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.embedding import EmbeddingNet, conv_bn

__all__ = ["FCN"]


@final
class FCN(EmbeddingNet):
    """Three convolutions with batch norm and ReLU, mean over time, linear layer.

    Leads are channels and time keeps its length. Kernels 7, 5 and 3: the paper's 8 would shift
    maps by half a sample. Widths 64, 128, 64: half the paper's
    (71,489 parameters with one output).
    """

    def __init__(self, *, outputs: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(conv_bn(12, 64, 7), nn.ReLU())
        self.conv2 = nn.Sequential(conv_bn(64, 128, 5), nn.ReLU())
        self.conv3 = nn.Sequential(conv_bn(128, 64, 3), nn.ReLU())
        self.fc = nn.Linear(64, outputs)

    def embed(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record feature"]:
        maps: Tensor = self.conv3(self.conv2(self.conv1(z)))
        return maps.mean(dim=-1)
