"""ECG-IMN: the Interpretable Mesomorphic Network for 12-lead ECGs (arXiv 2602.09566)."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, Logits, NativeNet, PerOutput, Rescalable
from xai_bench.nets.encoder import as_image, conv_block

__all__ = ["ECGIMN"]


@final
class ECGIMN(NativeNet, Rescalable):
    """Encoder f, transition decoder g and bias head: W = g(f(z)), b = head(mean f(z)).

    Module names and shapes follow the authors' checkpoints (`transition` variant), so that
    theirs load into this class. Fully convolutional: any length divisible by 4.

    outputs: 1 (one logit, 139,490 parameters) or 2 (one logit a class, 139,700).
    weight_scale: W is multiplied by this constant. The sum over 12,000 products makes training
        unstable at 1.0 (the authors' value); 0.0025 is the same family of functions, rescaled.
    dropout: applied to the encoding, before both branches.
    """

    def __init__(
        self, *, outputs: int = 1, weight_scale: float = 1.0, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.weight_scale = weight_scale
        self.conv1 = conv_block(1, 16, pool=False)
        self.conv2 = conv_block(16, 32, pool=True)
        self.conv3 = conv_block(32, 64, pool=True)
        self.dropout = nn.Dropout(dropout)
        self.transition = nn.Sequential(
            nn.Conv2d(64, 32, 3, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.GELU(),
            nn.Upsample(scale_factor=(1, 2), mode="nearest"),
            nn.Conv2d(32, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.GELU(),
            nn.Upsample(scale_factor=(1, 2), mode="nearest"),
            nn.Conv2d(16, outputs, 3, padding=1),
        )
        self.bias_head = nn.Linear(64, outputs)

    def generate(self, z: Batch) -> tuple[Float[Tensor, "record output lead time"], Logits]:
        encoding = self.dropout(self.conv3(self.conv2(self.conv1(as_image(z)))))
        W = self.weight_scale * self.transition(encoding)
        return W, self.bias_head(encoding.mean(dim=(2, 3)))

    @torch.no_grad()
    def rescale_(self, scale: PerOutput, shift: PerOutput) -> None:
        for layer in (self.transition[-1], self.bias_head):
            for parameter in layer.parameters():
                parameter.mul_(scale.reshape(-1, *[1] * (parameter.dim() - 1)))
        self.bias_head.bias.add_(shift)
