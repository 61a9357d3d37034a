"""What the convolutional black boxes over time share: blocks, and the head on the mean feature."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn

from xai_bench.nets.base import Batch, LinearHead, Logits, Maps

__all__ = ["PooledNet", "conv_norm", "conv_norm_relu"]


class PooledNet(LinearHead):
    """Features over time, their mean, dropout and a linear layer.

    Leads are the input channels, so no map inside such a net has a lead axis.
    """

    def __init__(self, *, channels: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, outputs)

    @abstractmethod
    def features(self, z: Batch) -> Maps:
        """The last feature maps."""

    def forward(self, z: Batch) -> Logits:
        logits: Tensor = self.fc(self.dropout(self.features(z).mean(dim=2)))
        return logits


def conv_norm(inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    """Convolution over time that keeps the length (with a stride: divides it), and batch norm."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(outputs),
    )


def conv_norm_relu(inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    """`conv_norm` and a ReLU."""
    return conv_norm(inputs, outputs, kernel, stride=stride).append(nn.ReLU())
