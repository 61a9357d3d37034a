"""A model whose layers lose what they learnt: one group after another, or each group alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import torch

from xai_bench.models import Model
from xai_bench.nets.fresh import initialise, settle
from xai_bench.nets.layers import running_order
from xai_bench.randomness import seed_for
from xai_bench.scoring.engine.base import Unscorable
from xai_bench.scoring.engine.block import Block

__all__ = ["STAGES", "cascade", "cascade_seed", "independent", "layer_groups", "randomised"]
__all__ += ["stages_of"]

STAGES = 6
"""Of the stability study. Every stage costs an explanation: deeper nets lose several layers at a
time."""


def cascade_seed(seed: int, record_id: str, draw: int) -> int:
    """Of the random weights of one of a recording's cascades, in a run with this seed."""
    return seed_for(seed, record_id, f"cascade {draw}")


def randomised(block: Block, row: int, draw: int, stages: int) -> Callable[[], tuple[Model, ...]]:
    """Makes, when it is first asked, one of the cascades of a recording of the block."""
    seed = cascade_seed(block.seed, block.record_id[row], draw)
    return cache(lambda: cascade(block.model, _shape(block), seed, stages))


def stages_of(block: Block, stages: int) -> int:
    """How many stages a cascade of the block's model has. Raises Unscorable for a net without
    weights."""
    key = ("stages", _shape(block), stages)
    count: int
    count = block.forward.memo(key, lambda: len(layer_groups(block.model, _shape(block), stages)))
    if not count:
        raise Unscorable("the net has no weights that could be randomised")
    return count


def _shape(block: Block) -> tuple[int, int]:
    return block.z.shape[1], block.z.shape[2]


def cascade(
    model: Model, shape: tuple[int, int], seed: int, stages: int = STAGES
) -> tuple[Model, ...]:
    """At most so many models. In each, another group of layers is initialised anew, and those of
    the stages before stay so (Adebayo et al. 2018, cascading randomisation).

    Layers in the order in which they run, last first, in groups of equal size, up to one. Each
    has a seed of its own: under one seed, layers of one shape would get the same weights.

    Batch norms take their statistics from white noise, see `settle`.
    """
    return _without_groups(model, shape, seed, stages, cascading=True)


def independent(model: Model, shape: tuple[int, int], seed: int) -> tuple[Model, ...]:
    """The model with each group of `cascade` initialised anew, and all other layers as trained
    (Adebayo et al. 2018, independent randomisation). The new weights are those of the cascade."""
    return _without_groups(model, shape, seed, STAGES, cascading=False)


def layer_groups(
    model: Model, shape: tuple[int, int], groups: int = STAGES
) -> tuple[tuple[str, ...], ...]:
    """Names of the layers in the order in which they run, last first, in at most so many groups."""
    net = copy.deepcopy(model.net).cpu()
    order = running_order(net, torch.zeros(1, *shape))[::-1]
    count = min(groups, len(order))
    ends = [len(order) * (stage + 1) // count for stage in range(count)]
    return tuple(tuple(order[first:end]) for first, end in pairwise([0, *ends]))


@torch.no_grad()
def _without_groups(
    model: Model, shape: tuple[int, int], seed: int, groups: int, *, cascading: bool
) -> tuple[Model, ...]:
    net, lost = model.net, list[str]()
    stages = []
    for group in layer_groups(model, shape, groups):
        # On the CPU, so that all devices get the same net.
        net = copy.deepcopy(net if cascading else model.net).cpu()
        lost = [*lost, *group] if cascading else [*group]
        for name in group:
            initialise(net.get_submodule(name), seed_for(seed, "", f"randomised {name}"))
        layers = [net.get_submodule(name) for name in lost]
        settle(net, layers, shape, seed_for(seed, "", "randomised reference"))
        stages.append(model.with_net(net))
    return tuple(stages)
