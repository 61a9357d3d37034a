"""A net of your own: any torch module."""

from __future__ import annotations

from torch import Tensor, nn


class Net(nn.Module):
    """From z (record, 12, time) to logits (record, output)."""

    def __init__(self, *, outputs: int, channels: int = 8) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, channels, kernel_size=7, padding=3)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(channels, outputs)

    def forward(self, z: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.relu(self.conv(z)).mean(dim=2))
        return logits
