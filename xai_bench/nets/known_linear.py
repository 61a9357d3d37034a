"""The net that every method should be right about: one linear layer."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch, KnownNet, Logits, NativeNet
from xai_bench.nets.known_weights import check_length, leads_by_time, rounded, waves
from xai_bench.types import LEADS

__all__ = ["KnownLinear"]


@final
class KnownLinear(NativeNet, KnownNet):
    """m(z) = sum of w * z, plus b.

    The truth is w * z, unique for each sample: from zero, a sample adds so much in whatever order
    samples come. As a native net it writes the same w for every recording.

    samples: length of a recording, at least one.
    """

    unique_for = "sample"
    convention = ""

    def __init__(self, *, samples: int = 1000) -> None:
        super().__init__()
        self.samples = samples
        self.fc = nn.Linear(len(LEADS) * samples, 1)

    @torch.no_grad()
    def write_weights_(self) -> None:
        self.fc.weight.copy_(rounded(waves(self.samples) / 128).reshape(1, -1))
        self.fc.bias.zero_()

    def generate(self, z: Batch) -> tuple[Float[Tensor, "record output lead time"], Logits]:
        """The same (W, b) for each; InputError for recordings of another length than `samples`."""
        check_length(z, self.samples)
        W = leads_by_time(self.fc.weight, self.samples)
        return W.expand(len(z), 1, -1, -1), self.fc.bias.expand(len(z), 1)

    def truth(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        check_length(z, self.samples)
        return (leads_by_time(self.fc.weight, self.samples) * z).unsqueeze(1)
