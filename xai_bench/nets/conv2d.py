"""The black-box twin of ECG-IMN: the same encoder under a linear classifier."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from xai_bench.nets.base import Batch, LinearHead, Logits
from xai_bench.nets.encoder import as_image, conv_block

__all__ = ["ECGConv2d"]


@final
class ECGConv2d(LinearHead):
    """Encoder, mean over leads and time, dropout, linear layer (116,274 parameters).

    The paper's Grad-CAM baseline (arXiv 2602.09566); `conv3.0` is the layer its maps are read
    from, 12 leads x half the samples.
    """

    def __init__(self, *, outputs: int = 2, dropout: float = 0.2) -> None:
        super().__init__()
        self.conv1 = conv_block(1, 16, pool=False)
        self.conv2 = conv_block(16, 32, pool=True)
        self.conv3 = conv_block(32, 64, pool=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(64, outputs)

    def forward(self, z: Batch) -> Logits:
        encoding = self.conv3(self.conv2(self.conv1(as_image(z))))
        logits: Tensor = self.fc(self.dropout(encoding.mean(dim=(2, 3))))
        return logits
