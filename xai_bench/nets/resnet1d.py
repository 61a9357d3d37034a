"""The residual net of the PTB-XL benchmark, `resnet1d_wang`, made small."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.embedding import EmbeddingNet, conv_bn

__all__ = ["ResNet1dWang"]

_WIDTH = 64


@final
class ResNet1dWang(EmbeddingNet):
    """Stem and three residual blocks, kernels 7, 5 and 3, mean over time, linear layer.

    Wang, Yan and Oates 2017 (arXiv 1611.06455) in the form of Strodthoff et al. 2021 (arXiv
    2004.13701): leads are channels; kernel 7 in place of 8, so that maps stay aligned with the
    recording; blocks two and three halve time. Ours: width 64 in place of 128, a stem of stride
    2, and mean pooling alone (113,089 parameters with one output).
    """

    def __init__(self, *, outputs: int = 1) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(12, _WIDTH, 7, stride=2), nn.ReLU())
        self.blocks = nn.Sequential(*(_Block(stride) for stride in (1, 2, 2)))
        self.fc = nn.Linear(_WIDTH, outputs)

    def embed(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record feature"]:
        maps: Tensor = self.blocks(self.stem(z))
        return maps.mean(dim=-1)


@final
class _Block(nn.Module):
    """relu(bn(conv3(relu(bn(conv5(x))))) + shortcut(x))."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.conv1 = conv_bn(_WIDTH, _WIDTH, 5, stride=stride)
        self.relu1 = nn.ReLU()
        self.conv2 = conv_bn(_WIDTH, _WIDTH, 3)
        self.shortcut = nn.Identity() if stride == 1 else conv_bn(_WIDTH, _WIDTH, 1, stride=stride)
        # A module of its own for each use: DeepLIFT keeps one record of activations a module.
        self.relu2 = nn.ReLU()

    def forward(
        self, x: Float[Tensor, "record channel time"]
    ) -> Float[Tensor, "record channel half"]:
        out: Tensor = self.relu2(self.conv2(self.relu1(self.conv1(x))) + self.shortcut(x))
        return out
