"""A net that reads windows of a recording, as a net that reads all of it."""

from __future__ import annotations

from typing import Literal, final

import torch
from torch import nn

from xai_bench.nets.base import Batch, Logits

__all__ = ["Combine", "Windowed"]

Combine = Literal["maximum", "mean"]


@final
class Windowed(nn.Module):
    """The maximum or the mean of a net's logits over windows of the recording, class by class.

    samples, step: of a window, and from one to the next. The last window ends with the recording,
    and so may overlap the one before by more. The parameters are those of the net, with its names.
    """

    def __init__(self, net: nn.Module, *, samples: int, step: int, combine: Combine) -> None:
        super().__init__()
        self.net = net
        self.samples = samples
        self.step = step
        self.combine = combine

    def forward(self, z: Batch) -> Logits:
        starts = self.starts(z.shape[-1])
        windows = torch.stack([z[..., s : s + self.samples] for s in starts], dim=1)
        logits: Logits = self.net(windows.flatten(0, 1)).unflatten(0, windows.shape[:2])
        return logits.amax(dim=1) if self.combine == "maximum" else logits.mean(dim=1)

    def starts(self, length: int) -> list[int]:
        """First samples of the windows of a recording that is at least one window long."""
        last = length - self.samples
        starts = list(range(0, last + 1, self.step))
        return starts if starts[-1] == last else [*starts, last]
