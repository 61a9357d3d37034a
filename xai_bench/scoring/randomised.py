"""A model whose layers lose what they learnt, one group after another, from the output down."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch

from xai_bench.models import Model
from xai_bench.nets.fresh import initialise, settle
from xai_bench.nets.layers import running_order
from xai_bench.randomness import seed_for
from xai_bench.scoring.block import Block

__all__ = ["STAGES", "cascade", "randomised"]

STAGES = 6
"""Every stage costs an explanation: deeper nets lose several layers at a time."""


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

    Batch norms take their statistics from white noise, see `settle`.
    """
    # On the CPU, so that all devices get the same net.
    net = copy.deepcopy(model.net).cpu()
    order = running_order(net, torch.zeros(1, *shape))[::-1]
    layers = [(name, net.get_submodule(name)) for name in order]
    count = min(STAGES, len(layers))
    ends = [len(layers) * (stage + 1) // count for stage in range(count)]
    stages = []
    for first, end in pairwise([0, *ends]):
        for name, layer in layers[first:end]:
            initialise(layer, seed_for(seed, "", f"randomised {name}"))
        done = [layer for _, layer in layers[:end]]
        settle(net, done, shape, seed_for(seed, "", "randomised reference"))
        new = copy.deepcopy(net)
        stages.append(Model(name=model.name, card=model.card, net=new, device=model.device))
    return tuple(stages)
