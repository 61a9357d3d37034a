"""Parallel CNN-LSTM: a convolutional branch for each lead, and a recurrence over all of them."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from xai_bench.devices import gradients_without_cudnn
from xai_bench.nets.base import Batch, Logits, Maps
from xai_bench.nets.lead_sum import LeadParts, LeadSumNet, LeadTotal
from xai_bench.types import LEADS

__all__ = ["CNNLSTM"]

_FIRST, _SECOND, _HIDDEN = 16, 32, 64


@final
class CNNLSTM(LeadSumNet):
    """Twelve branches of two convolutional blocks, one LSTM over their maps, and a linear layer.

    After Teimouri-Jervekani et al. 2025 (arXiv 2507.14196), who tell VT from SVT with aberrancy by
    a pipeline of two 1-D blocks a lead, maps joined over leads, LSTM layers and a fully connected
    one. Sizes were not published. Ours: kernels 7 and 5, 16 and 32 channels a lead, a pool of 4
    after each block, 64 hidden units, and the mean of the states over time, so that all beats
    count. Convolutions are grouped by lead: twelve branches in one call. 148,481 parameters with
    one output. Any length from 16 on.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__()
        leads = len(LEADS)
        self.block1 = _block(leads, leads * _FIRST, 7)
        self.block2 = _block(leads * _FIRST, leads * _SECOND, 5)
        self.lstm = nn.LSTM(leads * _SECOND, _HIDDEN, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(_HIDDEN, outputs)

    def features(self, z: Batch) -> Maps:
        """32 channels of each lead, lead after lead, at one step for every 16 samples."""
        maps: Tensor = self.block2(self.block1(z))
        return maps

    def forward(self, z: Batch) -> Logits:
        steps = self.features(z).transpose(1, 2)
        explained = not self.training and steps.requires_grad
        with gradients_without_cudnn(needed=explained):
            states, _ = self.lstm(steps)
        logits: Tensor = self.fc(self.dropout(states.mean(dim=1)))
        return logits

    def parts(self, z: Batch) -> LeadParts:
        """What the maps of each lead add to the gates of the LSTM, without bias."""
        maps = self.features(z).unflatten(1, (len(LEADS), _SECOND))
        of_lead = self.lstm.weight_ih_l0.unflatten(1, (len(LEADS), _SECOND))
        return torch.einsum("blcs,glc->blsg", maps, of_lead)

    def head(self, total: LeadTotal) -> Logits:
        """The recurrence from its gates on: what `nn.LSTM` does after its first product."""
        gates = total + self.lstm.bias_ih_l0 + self.lstm.bias_hh_l0
        hidden = cell = summed = gates.new_zeros(len(gates), _HIDDEN)
        for step in gates.unbind(dim=1):
            taken, kept, new, shown = (step + linear(hidden, self.lstm.weight_hh_l0)).chunk(
                4, dim=1
            )
            cell = kept.sigmoid() * cell + taken.sigmoid() * new.tanh()
            hidden = shown.sigmoid() * cell.tanh()
            summed = summed + hidden
        logits: Tensor = self.fc(self.dropout(summed / gates.shape[1]))
        return logits


def _block(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """A convolution that keeps leads apart, batch norm, ReLU and a maximum of 4 samples."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2, groups=len(LEADS), bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
        nn.MaxPool1d(4),
    )
