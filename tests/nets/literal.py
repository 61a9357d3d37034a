"""Layers re-done from a state_dict, formula by formula, for nets to be checked against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d

__all__ = ["Z", "conv_bn", "norm", "scrambled"]

Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))

NetT = TypeVar("NetT", bound=nn.Module)


def scrambled(net: NetT) -> NetT:
    """The net in eval mode, its batch norms moved off the initial values that would hide errors."""
    generator = torch.Generator().manual_seed(1)
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            for value in (
                layer.weight.data,
                layer.bias.data,
                layer.running_mean,
                layer.running_var,
            ):
                assert value is not None
                value.uniform_(0.5, 1.5, generator=generator)
    return net.eval()


def conv_bn(state: Mapping[str, Tensor], name: str, x: Tensor, *, stride: int = 1) -> Tensor:
    """Convolution padded by half its kernel, then batch norm."""
    kernel = state[f"{name}.0.weight"]
    out = conv1d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
    return norm(state, f"{name}.1", out)


def norm(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    """(x - mean) / sqrt(variance + 1e-5) * weight + bias, channel by channel."""
    mean, variance, weight, bias = (
        state[f"{name}.{part}"][:, None]
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / (variance + 1e-5).sqrt() * weight + bias
