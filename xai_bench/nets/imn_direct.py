"""The first ECG-IMN, whose dense head writes W from a pooled encoding: a negative control."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import NativeNet
from xai_bench.nets.encoder import as_image, conv_block

__all__ = ["ECGIMNDirect"]


@final
class ECGIMNDirect(NativeNet):
    """Encoder f, mean over leads and time, and one linear layer: (W, b) = head(mean f(z)).

    The `direct` variant of the ECG-IMN authors (arXiv 2602.09566), with the names and shapes of
    their checkpoints. The mean forgets where in time anything was, so W is a template at fixed
    positions that cannot follow the beats: the authors publish an AUROC of 0.52 for it. The head
    fixes the length of recordings.

    outputs: logits; two, and 5000 samples, in the authors' checkpoints.
    samples: length of recordings; 1,676,274 parameters for 1000 samples and two outputs.
    weight_scale: W is multiplied by this constant, as in ECGIMN.
    dropout: applied to the pooled encoding.
    """

    def __init__(
        self,
        *,
        outputs: int = 1,
        samples: int = 1000,
        weight_scale: float = 1.0,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.outputs, self.samples = outputs, samples
        self.weight_scale = weight_scale
        self.conv1 = conv_block(1, 16, pool=False)
        self.conv2 = conv_block(16, 32, pool=True)
        self.conv3 = conv_block(32, 64, pool=True)
        self.dropout = nn.Dropout(dropout)
        self.hyper_head = nn.Linear(64, outputs * (12 * samples + 1))

    def generate(
        self, z: Float[Tensor, "record lead time"]
    ) -> tuple[Float[Tensor, "record output lead time"], Float[Tensor, "record output"]]:
        """The classifier (W, b); InputError for recordings of another length than `samples`."""
        if z.shape[-1] != self.samples:
            raise InputError(
                f"this net writes weights for {self.samples} samples, and was given "
                f"{z.shape[-1]}; crop or pad the recordings"
            )
        encoding = self.conv3(self.conv2(self.conv1(as_image(z)))).mean(dim=(2, 3))
        written = self.hyper_head(self.dropout(encoding)).reshape(len(z), self.outputs, -1)
        W = self.weight_scale * written[..., :-1].unflatten(-1, (12, self.samples))
        return W, written[..., -1]

    @torch.no_grad()
    def rescale_(self, scale: Float[Tensor, " output"], shift: Float[Tensor, " output"]) -> None:
        rows = scale.repeat_interleave(12 * self.samples + 1)
        self.hyper_head.weight.mul_(rows[:, None])
        self.hyper_head.bias.mul_(rows)
        self.hyper_head.bias.view(self.outputs, -1)[:, -1].add_(shift)
