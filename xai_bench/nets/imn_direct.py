"""ECG-IMN with a dense head: the authors' first variant, whose W cannot follow the beats."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch, Logits, NativeNet, PerOutput, Rescalable
from xai_bench.nets.encoder import as_image, conv_block

__all__ = ["ECGIMNDirect"]


@final
class ECGIMNDirect(NativeNet, Rescalable):
    """One dense layer writes every weight of W, and b, from the pooled encoding.

    The pooled features hardly change when a recording is shifted in time, so neither does W: it
    is a template at fixed positions that cannot follow the beats. The authors' own (`direct`,
    arXiv 2602.09566) reaches an AUROC of 0.52 on norm_vs_cd. Module names and shapes follow
    their checkpoints.

    Reads recordings of exactly `samples` samples; training on crops is not possible.

    outputs: logits. With 1,000 samples and two of them: 1,676,274 parameters.
    samples: length of a recording.
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
        self.outputs = outputs
        self.samples = samples
        self.weight_scale = weight_scale
        self.conv1 = conv_block(1, 16, pool=False)
        self.conv2 = conv_block(16, 32, pool=True)
        self.conv3 = conv_block(32, 64, pool=True)
        self.dropout = nn.Dropout(dropout)
        self.hyper_head = nn.Linear(64, outputs * (12 * samples + 1))

    def generate(self, z: Batch) -> tuple[Float[Tensor, "record output lead time"], Logits]:
        """The classifier (W, b); InputError for recordings of another length than `samples`."""
        if z.shape[-1] != self.samples:
            raise InputError(
                f"this net writes weights for {self.samples} samples, and was given "
                f"{z.shape[-1]}; crop or pad the recordings"
            )
        encoding = self.conv3(self.conv2(self.conv1(as_image(z)))).mean(dim=(2, 3))
        written = self.hyper_head(self.dropout(encoding)).unflatten(1, (self.outputs, -1))
        W = self.weight_scale * written[..., :-1].unflatten(2, (12, self.samples))
        return W, written[..., -1]

    @torch.no_grad()
    def rescale_(self, scale: PerOutput, shift: PerOutput) -> None:
        rows = scale.repeat_interleave(12 * self.samples + 1)
        self.hyper_head.weight.mul_(rows[:, None])
        self.hyper_head.bias.mul_(rows)
        self.hyper_head.bias.view(self.outputs, -1)[:, -1].add_(shift)
