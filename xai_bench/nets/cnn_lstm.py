"""Parallel CNN-LSTM: a convolutional branch for each lead, and a recurrence over all of them."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, max_pool2d

from xai_bench.devices import gradients_without_cudnn
from xai_bench.nets.base import Batch, Logits, Maps
from xai_bench.nets.lead_sum import LeadParts, LeadSumNet, LeadTotal
from xai_bench.types import LEADS

__all__ = ["CNNLSTM"]

_FIRST, _SECOND, _HIDDEN, _POOL = 16, 32, 64, 4

OfLeads = Float[Tensor, "record width lead step"]


@final
class CNNLSTM(LeadSumNet):
    """Twelve branches of two convolutional blocks, one LSTM over their maps, and a linear layer.

    After Teimouri-Jervekani et al. 2025 (arXiv 2507.14196), who tell VT from SVT with aberrancy by
    a pipeline of two 1-D blocks a lead, maps joined over leads, LSTM layers and a fully connected
    one. Sizes were not published. Ours: kernels 7 and 5, 16 and 32 channels a lead, a maximum of 4
    samples after each block, 64 hidden units, and the mean of the states over time, so that all
    beats count. Convolutions are grouped by lead: twelve branches in one call, and `by_lead` has
    their maps as Grad-CAM reads them, leads apart. 148,481 parameters with one output. Any length
    from 16 on.
    """

    def __init__(self, *, outputs: int = 1, dropout: float = 0.2) -> None:
        super().__init__()
        leads = len(LEADS)
        self.block1 = _block(leads, leads * _FIRST, 7)
        self.pool = nn.MaxPool1d(_POOL)
        self.block2 = _block(leads * _FIRST, leads * _SECOND, 5)
        self.by_lead = _ByLead()
        self.lstm = nn.LSTM(leads * _SECOND, _HIDDEN, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(_HIDDEN, outputs)

    def branches(self, z: Batch) -> OfLeads:
        """Maps of each lead, at one step for every 16 samples."""
        maps: Tensor = self.by_lead(self.block2(self.pool(self.block1(z))))
        return max_pool2d(maps, (1, _POOL))

    def forward(self, z: Batch) -> Logits:
        steps = self.branches(z).permute(0, 3, 2, 1).flatten(2)
        explained = not self.training and steps.requires_grad
        with gradients_without_cudnn(needed=explained):
            states, _ = self.lstm(steps)
        logits: Tensor = self.fc(self.dropout(states.mean(dim=1)))
        return logits

    def parts(self, z: Batch) -> LeadParts:
        """What the maps of each lead add to the gates of the LSTM, without bias."""
        weight, _, _, _ = self._recurrence()
        of_lead = weight.reshape(-1, len(LEADS), _SECOND)
        return torch.einsum("bcls,glc->blsg", self.branches(z), of_lead)

    def head(self, total: LeadTotal) -> Logits:
        """The recurrence from its gates on: what `nn.LSTM` does after its first product."""
        _, weight, *biases = self._recurrence()
        gates = total + sum(biases)
        hidden = cell = summed = gates.new_zeros(len(gates), _HIDDEN)
        for step in gates.unbind(dim=1):
            taken, kept, new, shown = (step + linear(hidden, weight)).chunk(4, dim=1)
            cell = kept.sigmoid() * cell + taken.sigmoid() * new.tanh()
            hidden = shown.sigmoid() * cell.tanh()
            summed = summed + hidden
        logits: Tensor = self.fc(self.dropout(summed / gates.shape[1]))
        return logits

    def _recurrence(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Weights of input and state, and the two biases, in the order of `nn.LSTM`."""
        of_input, of_state, bias_of_input, bias_of_state = self.lstm.parameters()
        return of_input, of_state, bias_of_input, bias_of_state


@final
class _ByLead(nn.Module):
    """From maps of lead after lead to an axis for leads; a module, so that methods can read it."""

    def forward(self, maps: Maps) -> OfLeads:
        by_lead: Tensor = maps.unflatten(1, (len(LEADS), -1)).transpose(1, 2)
        return by_lead


def _block(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """A convolution that keeps leads apart, batch norm and ReLU."""
    conv = nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2, groups=len(LEADS), bias=False)
    return nn.Sequential(conv, nn.BatchNorm1d(outputs), nn.ReLU())
