"""A recurrent black box: its evidence passes through a state, not through a map in time."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.embedding import EmbeddingNet, conv_bn

__all__ = ["LSTM"]

_HIDDEN = 64


@final
class LSTM(EmbeddingNet):
    """Strided convolution, bidirectional LSTM, mean and maximum of its states over time, linear.

    After the `lstm_bidir` of Strodthoff et al. 2021 (arXiv 2004.13701), which has two layers of
    256 units and no convolution. Ours has one layer of 64, and the convolution shortens time by
    four (53,185 parameters with one output). No layer of it is a map for Grad-CAM to read.
    """

    def __init__(self, *, outputs: int = 1) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(12, 32, 7, stride=4), nn.ReLU())
        self.lstm = nn.LSTM(32, _HIDDEN, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(4 * _HIDDEN, outputs)

    def embed(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record feature"]:
        steps = self.stem(z).transpose(1, 2)
        # cuDNN refuses the gradient of a recurrent net in eval mode, where explanations take it.
        with torch.backends.cudnn.flags(enabled=self.training):
            states: Tensor = self.lstm(steps)[0]
        return torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1)
