"""A bidirectional LSTM on a strided convolutional stem."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from xai_bench.devices import gradients_without_cudnn
from xai_bench.nets.base import Batch, LinearHead, Logits
from xai_bench.nets.pooled import conv_norm_relu

__all__ = ["LSTM"]


@final
class LSTM(LinearHead):
    """Stem, one bidirectional LSTM layer, mean and maximum over time, dropout, linear layer.

    After the `lstm_bidir` of the PTB-XL benchmark (Strodthoff et al. 2021). Ours: the stem, which
    leaves one step for every 8 samples, and 64 hidden units for 256. No convolution late enough
    for Grad-CAM. 80,705 parameters with one output. Any length divisible by 8.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            conv_norm_relu(12, 32, 9, stride=4),
            conv_norm_relu(32, 64, 5, stride=2),
        )
        self.lstm = nn.LSTM(64, 64, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * 2 * 64, outputs)

    def forward(self, z: Batch) -> Logits:
        steps = self.stem(z).transpose(1, 2)
        explained = not self.training and steps.requires_grad
        with gradients_without_cudnn(needed=explained):
            states, _ = self.lstm(steps)
        pooled = torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1)
        logits: Tensor = self.fc(self.dropout(pooled))
        return logits
