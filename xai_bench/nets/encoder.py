"""The convolutional encoder that ECG-IMN and its black-box twin share, layer for layer."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["as_image", "conv_block"]


def as_image(z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record 1 lead time"]:
    """Recordings as one-channel images, in the layout that `build_net` gives the weights."""
    return z.unsqueeze(1).contiguous(memory_format=torch.channels_last)


def conv_block(inputs: int, outputs: int, *, pool: bool) -> nn.Sequential:
    """3 leads x 15 samples convolution, batch norm, GELU and, if asked, halving in time."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, (3, 15), padding=(1, 7), bias=False),
        nn.BatchNorm2d(outputs),
        nn.GELU(),
    ]
    if pool:
        layers.append(nn.MaxPool2d((1, 2)))
    return nn.Sequential(*layers)
