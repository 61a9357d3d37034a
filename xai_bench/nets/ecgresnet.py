"""ECGResNet, a small residual net over time that others trained on PTB-XL."""

from __future__ import annotations

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, Logits, Maps, Net, PerOutput

__all__ = ["ECGResNet", "ECGResNetBlock"]

Activation = Literal["relu", "gelu", "mish"]
_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "mish": nn.Mish}


def _activation(name: Activation) -> nn.Module:
    if name not in _ACTIVATIONS:
        raise TypeError(f"activation '{name}' is none of {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[name]()


@final
class ECGResNetBlock(nn.Module):
    """Two convolutions (kernel 7) with dropout between them, beside a shortcut."""

    def __init__(
        self, inputs: int, outputs: int, *, stride: int, activation: Activation, dropout: float
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(inputs, outputs, 7, stride=stride, padding=3, bias=False)
        self.bn1 = nn.BatchNorm1d(outputs)
        self.activation1 = _activation(activation)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv1d(outputs, outputs, 7, padding=3, bias=False)
        self.bn2 = nn.BatchNorm1d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut.append(nn.Conv1d(inputs, outputs, 1, stride=stride, bias=False))
            self.shortcut.append(nn.BatchNorm1d(outputs))
        self.activation2 = _activation(activation)

    def forward(self, maps: Maps) -> Float[Tensor, "record out shorter"]:
        inner = self.dropout(self.activation1(self.bn1(self.conv1(maps))))
        out: Tensor = self.activation2(self.bn2(self.conv2(inner)) + self.shortcut(maps))
        return out


@final
class ECGResNet(Net):
    """A stem that keeps a step every 4 samples, two residual blocks, and a head on the mean.

    The net of the public repository ecgresnet-ptbxl (250,885 parameters with five outputs), whose
    names of weights these are, so that its checkpoints load as they are. Any length of at least one
    sample; it was trained on windows of 3 s at 100 Hz.
    """

    def __init__(
        self, *, outputs: int = 5, activation: Activation = "relu", dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(12, 64, 15, stride=2, padding=7, bias=False),
            nn.BatchNorm1d(64),
            _activation(activation),
            nn.MaxPool1d(3, stride=2, padding=1),
        )
        self.blocks = nn.Sequential(
            ECGResNetBlock(64, 64, stride=1, activation=activation, dropout=dropout),
            ECGResNetBlock(64, 128, stride=2, activation=activation, dropout=dropout),
        )
        self.head = nn.Linear(128, outputs)

    def forward(self, z: Batch) -> Logits:
        logits: Tensor = self.head(self.blocks(self.stem(z)).mean(dim=2))
        return logits

    @torch.no_grad()
    def rescale_(self, scale: PerOutput, shift: PerOutput) -> None:
        self.head.weight.mul_(scale[:, None])
        self.head.bias.mul_(scale).add_(shift)
