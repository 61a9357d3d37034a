"""Gates on channels: what a net multiplies each channel of a map by, made from the map itself."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.errors import InputError

__all__ = ["ChannelGate", "GatedBlock", "GatedMaps", "Gates", "InformationGate"]
__all__ += ["SqueezeExcite", "gated_blocks", "other_gates", "read_gates"]

GatedMaps = Float[Tensor, "record channel *place"]
"""Maps over time, or over leads and time."""
Gates = Float[Tensor, "record channel"]
"""In (0, 1): 0 shuts a channel, 1 leaves it as it is."""


class ChannelGate(nn.Module, ABC):
    """Maps times their gates. Gates of every net that has layers of this class, ours or not, are
    read by `Model.gates`; one recording's must not depend on another's."""

    @abstractmethod
    def gates(self, maps: GatedMaps) -> Gates:
        """What each channel is multiplied by."""

    def forward(self, maps: GatedMaps) -> GatedMaps:
        return _times(maps, self.gates(maps))


class Excitation(ChannelGate):
    """Gates that two linear layers make of one number for each channel, so that every gate depends
    on all channels (Hu et al. 2018, equation 3)."""

    def __init__(self, channels: int, *, reduction: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.ReLU(),
            nn.Linear(channels // reduction, channels),
            nn.Sigmoid(),
        )

    @abstractmethod
    def describe(self, maps: GatedMaps) -> Float[Tensor, "record channel"]:
        """One number for each channel of a recording."""

    def gates(self, maps: GatedMaps) -> Gates:
        found: Tensor = self.mlp(self.describe(maps))
        return found


@final
class SqueezeExcite(Excitation):
    """Gates made from the mean of each channel (Hu et al. 2018, equations 2 and 3)."""

    def describe(self, maps: GatedMaps) -> Float[Tensor, "record channel"]:
        return maps.flatten(2).mean(dim=2)


@final
class InformationGate(Excitation):
    """Gates made from the information in each channel, after arXiv 2003.12009.

    The abstract of the paper alone was read, and it gives no formula. Ours: p = softmax over all
    places of |f|, and 1 + sum(p log p) / log(places), which is 0 for a flat channel and 1 for one
    with a single peak, whatever its length; standardised by a batch norm, because it is small.
    """

    def __init__(self, channels: int, *, reduction: int) -> None:
        super().__init__(channels, reduction=reduction)
        self.norm = nn.BatchNorm1d(channels)

    def describe(self, maps: GatedMaps) -> Float[Tensor, "record channel"]:
        log_p = maps.flatten(2).abs().log_softmax(dim=2)
        entropy = -(log_p.exp() * log_p).sum(dim=2)
        found: Tensor = self.norm(1 - entropy / math.log(max(log_p.shape[2], 2)))
        return found


class GatedBlock(NamedTuple):
    """What one layer of gates did to recordings."""

    gates: Gates
    maps: GatedMaps
    """Before they are multiplied by the gates."""


def gated_blocks(net: nn.Module) -> dict[str, ChannelGate]:
    """The layers with gates, by name, in the order in which the net holds them."""
    return {name: one for name, one in net.named_modules() if isinstance(one, ChannelGate)}


@torch.no_grad()
def read_gates(net: nn.Module, z: Tensor) -> dict[str, GatedBlock]:
    """The gates of recordings z and the maps they multiply, by block, from one pass.

    Raises InputError where a block runs other than once, or does not keep recordings apart.
    """
    blocks = gated_blocks(net)
    given: dict[str, list[Tensor]] = {name: [] for name in blocks}

    def keeping(seen: list[Tensor]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda _, inputs: seen.append(inputs[0])

    hooks = [one.register_forward_pre_hook(keeping(given[name])) for name, one in blocks.items()]
    try:
        net(z)
    finally:
        for hook in hooks:
            hook.remove()
    found = {}
    for name, seen in given.items():
        if len(seen) != 1:
            raise InputError(f"gates '{name}' run {len(seen)} times in a pass; once is needed")
        (maps,) = seen
        if len(maps) != len(z):
            raise InputError(
                f"gates '{name}' are of {len(maps)} maps for {len(z)} recordings; each needs one"
            )
        found[name] = GatedBlock(blocks[name].gates(maps), maps)
    return found


@contextmanager
def other_gates(block: ChannelGate, gates: Gates) -> Iterator[None]:
    """Within the block of code the layer multiplies by these gates instead of its own.

    Several sets of gates for the maps of one recording make as many versions of it.
    """

    def multiply(_: nn.Module, inputs: tuple[Tensor, ...], __: Tensor) -> Tensor:
        return _times(inputs[0], gates)

    hook = block.register_forward_hook(multiply)
    try:
        yield
    finally:
        hook.remove()


def _times(
    maps: Float[Tensor, "#record channel *place"], gates: Float[Tensor, "#record channel"]
) -> Float[Tensor, "#record channel *place"]:
    return maps * gates.reshape(*gates.shape, *[1] * (maps.dim() - 2))
