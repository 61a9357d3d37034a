"""A net with gates of which everything is known."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, Logits, Net
from xai_bench.nets.channel_gates import ChannelGate, GatedMaps, Gates

__all__ = ["Gated", "MeanGate"]


class MeanGate(ChannelGate):
    """g_c = sigmoid(mean of map c)."""

    def gates(self, maps: GatedMaps) -> Gates:
        return maps.flatten(2).mean(dim=2).sigmoid()


class Gated(Net):
    """m(z) = sum over leads of w_l * g_l * mean(relu(z_l)); leads are the channels."""

    def __init__(self) -> None:
        super().__init__()
        drawn = torch.randn(12, generator=torch.Generator().manual_seed(1))
        self.w: Float[Tensor, " lead"] = nn.Parameter(drawn)
        self.gate = MeanGate()

    def forward(self, z: Batch) -> Logits:
        found: Tensor = (self.w * self.gate(z.relu()).mean(dim=2)).sum(dim=1, keepdim=True)
        return found
