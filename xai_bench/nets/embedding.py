"""Black boxes of the usual kind: a vector for each recording under a linear classifier."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Net

__all__ = ["EmbeddingNet", "conv_bn"]


class EmbeddingNet(Net):
    """Logits are `fc` of an embedding, whose size does not depend on the recording's length."""

    fc: nn.Linear

    @abstractmethod
    def embed(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record feature"]:
        """What the linear classifier reads."""

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        logits: Tensor = self.fc(self.embed(z))
        return logits

    @torch.no_grad()
    def rescale_(self, scale: Float[Tensor, " output"], shift: Float[Tensor, " output"]) -> None:
        self.fc.weight.mul_(scale[:, None])
        self.fc.bias.mul_(scale).add_(shift)


def conv_bn(inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    """Convolution in time and batch norm.

    The kernel must be odd: padded by half of it, a map keeps its length at stride 1, and sample t
    of it lies over sample t of the recording.
    """
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(outputs),
    )
