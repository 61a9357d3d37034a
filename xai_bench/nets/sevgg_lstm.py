"""VGG stages, each with gates on its channels, and an LSTM."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from xai_bench.devices import gradients_without_cudnn
from xai_bench.nets.base import Batch, LinearHead, Logits
from xai_bench.nets.channel_gates import SqueezeExcite
from xai_bench.nets.pooled import conv_norm_relu

__all__ = ["SEVGGLSTM"]


@final
class SEVGGLSTM(LinearHead):
    """Three stages of two convolutions (kernel 3), a max pool and squeeze-and-excitation; an LSTM;
    mean and maximum of its states over time, dropout, linear layer.

    After SEVGGNet-LSTM (arXiv 2210.17111), of which the order of its parts is published and no
    layer size. All sizes are ours: 16, 32 and 64 channels, which leave one step for every 8
    samples; gates through a quarter of the channels; batch norms; 64 hidden units; and the states
    over time, of which a last one would forget the first beats. 61,069 parameters with one output.
    Any length divisible by 8.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__()
        self.stage1, self.gate1 = _stage(12, 16), SqueezeExcite(16, reduction=4)
        self.stage2, self.gate2 = _stage(16, 32), SqueezeExcite(32, reduction=4)
        self.stage3, self.gate3 = _stage(32, 64), SqueezeExcite(64, reduction=4)
        self.lstm = nn.LSTM(64, 64, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * 64, outputs)

    def forward(self, z: Batch) -> Logits:
        maps = self.gate1(self.stage1(z))
        maps = self.gate2(self.stage2(maps))
        maps = self.gate3(self.stage3(maps))
        explained = not self.training and maps.requires_grad
        with gradients_without_cudnn(needed=explained):
            states, _ = self.lstm(maps.transpose(1, 2))
        pooled = torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1)
        logits: Tensor = self.fc(self.dropout(pooled))
        return logits


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    """Two convolutions, of which a max pool leaves every second step."""
    return nn.Sequential(
        conv_norm_relu(inputs, outputs, 3), conv_norm_relu(outputs, outputs, 3), nn.MaxPool1d(2)
    )
