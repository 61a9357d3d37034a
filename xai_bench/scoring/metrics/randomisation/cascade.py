"""A model whose layers lose what they learnt: one group after another, or each group alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import final

import torch
from torch import nn

from xai_bench.models import Model
from xai_bench.nets.fresh import initialise, settle
from xai_bench.nets.layers import running_order
from xai_bench.randomness import seed_for
from xai_bench.scoring.engine.base import Unscorable
from xai_bench.scoring.engine.block import Block

__all__ = ["STAGES", "RandomisedLayers", "cascade_seed", "randomised", "randomised_layers"]

STAGES = 6
"""Of the stability study. Every stage costs an explanation: deeper nets lose several layers at a
time."""


def cascade_seed(seed: int, record_id: str, draw: int) -> int:
    """Of the random weights of one of a recording's cascades, in a run with this seed."""
    return seed_for(seed, record_id, f"cascade {draw}")


def randomised(block: Block, row: int, draw: int, stages: int) -> Callable[[], tuple[Model, ...]]:
    """Makes, when it is first asked, one of the cascades of a recording of the block."""
    layers = randomised_layers(block, stages)
    seed = cascade_seed(block.seed, block.record_id[row], draw)
    return cache(lambda: layers.cascade(seed))


def randomised_layers(block: Block, stages: int) -> RandomisedLayers:
    """Those of the block's model, made once for a run. Raises Unscorable for a net without
    weights."""
    shape = block.z.shape[1], block.z.shape[2]
    found: RandomisedLayers
    found = block.forward.memo(
        ("randomised layers", shape, stages),
        lambda: RandomisedLayers.of(block.model, shape, stages),
    )
    if not found.groups:
        raise Unscorable("the net has no weights that could be randomised")
    return found


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomisedLayers:
    """A model whose layers lose what they learnt, and the nets that are then left."""

    model: Model
    net: nn.Module
    """The model's, on the CPU, so that all devices get the same nets."""
    groups: tuple[tuple[str, ...], ...]
    """Names of the layers in the order in which they run, last first, in groups of equal size, up
    to one."""
    shape: tuple[int, int]
    """(lead, time) of a recording."""

    @classmethod
    def of(cls, model: Model, shape: tuple[int, int], groups: int = STAGES) -> RandomisedLayers:
        """In at most so many groups."""
        net = copy.deepcopy(model.net).cpu()
        order = running_order(net, torch.zeros(1, *shape))[::-1]
        count = min(groups, len(order))
        ends = [len(order) * (stage + 1) // count for stage in range(count)]
        names = tuple(tuple(order[first:end]) for first, end in pairwise([0, *ends]))
        return cls(model=model, net=net, groups=names, shape=shape)

    def cascade(self, seed: int) -> tuple[Model, ...]:
        """A model a group. In each, another group of layers is initialised anew, and those of the
        models before stay so (Adebayo et al. 2018, cascading randomisation).

        Each layer has a seed of its own: under one seed, layers of one shape would get the same
        weights. Batch norms take their statistics from white noise, see `settle`.
        """
        return self._without_groups(seed, cascading=True)

    def independent(self, seed: int) -> tuple[Model, ...]:
        """The model with each group initialised anew, and all other layers as trained (Adebayo et
        al. 2018, independent randomisation). The new weights are those of the cascade."""
        return self._without_groups(seed, cascading=False)

    @torch.no_grad()
    def _without_groups(self, seed: int, *, cascading: bool) -> tuple[Model, ...]:
        net, lost = copy.deepcopy(self.net), list[str]()
        stages = []
        for group in self.groups:
            if not cascading:
                net = copy.deepcopy(self.net)
            lost = [*lost, *group] if cascading else [*group]
            for name in group:
                initialise(net.get_submodule(name), seed_for(seed, "", f"randomised {name}"))
            layers = [net.get_submodule(name) for name in lost]
            settle(net, layers, self.shape, seed_for(seed, "", "randomised reference"))
            stages.append(self.model.with_net(copy.deepcopy(net)))  # which moves it
        return tuple(stages)
