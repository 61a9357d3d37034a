"""The tweaked residual net of He et al. 2019 (arXiv 1812.01187) in one dimension, made small."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.embedding import EmbeddingNet, conv_bn

__all__ = ["XResNet1d"]

_WIDTH = 64
_KERNEL = 5


@final
class XResNet1d(EmbeddingNet):
    """Three-convolution stem, max-pool, three stages of two basic blocks, mean over time.

    Kernels of 5 and a constant width, as in the `xresnet1d101` of Strodthoff et al. 2021 (arXiv
    2004.13701), which has four stages of bottleneck blocks. What makes it an xresnet: the stem,
    shortcuts that average before their 1x1 convolution, and a last batch norm of each block that
    begins at zero, so that training starts from a shallow net (273,345 parameters with one output).
    """

    def __init__(self, *, outputs: int = 1) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            conv_bn(12, 32, _KERNEL, stride=2),
            nn.ReLU(),
            conv_bn(32, 32, _KERNEL),
            nn.ReLU(),
            conv_bn(32, _WIDTH, _KERNEL),
            nn.ReLU(),
            nn.MaxPool1d(3, stride=2, padding=1),
        )
        self.blocks = nn.Sequential(*(_Block(stride) for stride in (1, 1, 2, 1, 2, 1)))
        self.fc = nn.Linear(_WIDTH, outputs)

    def embed(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record feature"]:
        maps: Tensor = self.blocks(self.stem(z))
        return maps.mean(dim=-1)


@final
class _Block(nn.Module):
    """relu(bn(conv(relu(bn(conv(x))))) + shortcut(x))."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.conv1 = conv_bn(_WIDTH, _WIDTH, _KERNEL, stride=stride)
        self.relu1 = nn.ReLU()
        self.conv2 = conv_bn(_WIDTH, _WIDTH, _KERNEL)
        nn.init.zeros_(self.conv2.get_parameter("1.weight"))
        self.shortcut = nn.Sequential()
        if stride > 1:
            # ceil_mode: an odd length is halved to what the strided convolution makes of it.
            pool = nn.AvgPool1d(stride, ceil_mode=True)
            self.shortcut = nn.Sequential(pool, conv_bn(_WIDTH, _WIDTH, 1))
        self.relu2 = nn.ReLU()

    def forward(
        self, x: Float[Tensor, "record channel time"]
    ) -> Float[Tensor, "record channel half"]:
        out: Tensor = self.relu2(self.conv2(self.relu1(self.conv1(x))) + self.shortcut(x))
        return out
