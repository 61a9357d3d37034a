"""Layers and batch norms that know nothing: initialised anew, and settled on white noise."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

__all__ = ["initialise", "settle"]

_REFERENCE = 8
"""Recordings of white noise from which batch norms take their statistics: few, because nets are
drawn for each recording."""


def initialise(layer: nn.Module, seed: int) -> None:
    """As its class initialises it; weights that no class knows how to draw are shuffled."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        reset = getattr(layer, "reset_parameters", None)
        if callable(reset):
            reset()
            return
        for weights in layer.parameters(recurse=False):
            drawn = torch.randperm(weights.numel())
            weights.copy_(weights.flatten()[drawn].reshape(weights.shape))


@torch.no_grad()
def settle(net: nn.Module, layers: Iterable[nn.Module], shape: tuple[int, int], seed: int) -> None:
    """Give the batch norms among `layers` the statistics of what reaches them, as in training.

    With statistics of other layers, or reset to mean 0 and variance 1, a net of new layers answers
    nearly the same to every recording, which is no net to compare with. Here they come from white
    noise in the place of z, the same for all recordings; shape: (lead, time). The net must be on
    the CPU, so that all devices get the same one.
    """
    norms = [
        layer
        for layer in layers
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)) and layer.track_running_stats
    ]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean, of the one batch
        norm.train()
    if norms:
        generator = torch.Generator().manual_seed(seed)
        net(torch.randn(_REFERENCE, *shape, generator=generator))
    net.eval()
