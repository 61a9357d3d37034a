"""A model whose layers lose what they learnt, one group after another, from the output down."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.scoring.block import Block
from xai_bench.scoring.layers import running_order

__all__ = ["STAGES", "cascade", "randomised"]

STAGES = 6
"""Every stage costs an explanation: deeper nets lose several layers at a time."""

_REFERENCE = 16
"""Recordings of white noise from which batch norms take their statistics."""


def randomised(block: Block) -> tuple[Model, ...]:
    """The block's model after each stage, the last wholly random; made once for a run."""
    shape = (block.z.shape[1], block.z.shape[2])
    key = ("randomised", block.seed, shape)
    return block.forward.keep(key, lambda: cascade(block.model, shape, block.seed))


@torch.no_grad()
def cascade(model: Model, shape: tuple[int, int], seed: int) -> tuple[Model, ...]:
    """At most STAGES models. In each, another group of layers is initialised anew, and those of
    the stages before stay so (Adebayo et al. 2018, cascading randomisation).

    Layers in the order in which they run, last first, in groups of equal size, up to one. Each
    has a seed of its own: under one seed, layers of one shape would get the same weights.

    Batch norms are initialised like new ones in training, where they normalise what reaches them.
    Kept from the trained net, or reset to mean 0 and variance 1, statistics do not fit the new
    layers before them, and the net answers nearly the same to every recording, which is no net to
    compare with. Here they come from white noise in the place of z, the same for all recordings.
    """
    # On the CPU, so that all devices get the same net.
    net = copy.deepcopy(model.net).cpu()
    generator = torch.Generator().manual_seed(seed_for(seed, "", "randomised reference"))
    reference = torch.randn(_REFERENCE, *shape, generator=generator)
    layers = [(name, net.get_submodule(name)) for name in running_order(net, reference[:1])[::-1]]
    count = min(STAGES, len(layers))
    ends = [len(layers) * (stage + 1) // count for stage in range(count)]
    stages = []
    for first, end in pairwise([0, *ends]):
        for name, layer in layers[first:end]:
            _initialise(layer, seed_for(seed, "", f"randomised {name}"))
        _settle(net, [layer for _, layer in layers[:end]], reference)
        new = copy.deepcopy(net)
        stages.append(Model(name=model.name, card=model.card, net=new, device=model.device))
    return tuple(stages)


def _initialise(layer: nn.Module, seed: int) -> None:
    """As its class initialises it; weights that no class knows how to draw are shuffled."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        reset = getattr(layer, "reset_parameters", None)
        if callable(reset):
            reset()
            return
        for weights in layer.parameters(recurse=False):
            drawn = torch.randperm(weights.numel())
            weights.copy_(weights.flatten()[drawn].reshape(weights.shape))


def _settle(
    net: nn.Module, layers: list[nn.Module], reference: Float[Tensor, "record lead time"]
) -> None:
    """Give the batch norms among `layers` the statistics of what reaches them."""
    for layer in layers:
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)) and layer.track_running_stats:
            layer.reset_running_stats()
            layer.momentum = None  # the plain mean, of the one batch
            layer.train()
    net(reference)
    net.eval()
