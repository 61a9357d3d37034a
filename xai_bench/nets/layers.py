"""The layers of a net in the order in which they run, and what the last of them reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.nets.base import Batch
from xai_bench.nets.windowed import Windowed

__all__ = ["last_input", "running_order"]


def running_order(net: nn.Module, z: Batch) -> list[str]:
    """Names of the layers with weights of their own, in the order in which a pass starts them.

    The order of registration is another: that of the branches of a native net, for one. Layers
    that a pass never calls, because something else reads their weights, come last.
    """
    names = {layer: name for name, layer in net.named_modules() if _has_weights(layer)}
    started: dict[str, None] = {}
    with torch.no_grad(), _watched(net, lambda layer, _: started.setdefault(names[layer])):
        net(z)
    return [*started, *(name for name in names.values() if name not in started)]


def last_input(net: nn.Module, z: Batch) -> Float[Tensor, "record feature"]:
    """What the layer with weights that starts last reads, flattened: the last representation.

    The pooled encoding of all our nets, native or not: their last layer is linear. Of a net that
    holds its weights itself, or has none, and has no layers, it is z. Of a net that reads windows,
    those of all windows; NaN of a net whose last layer does not keep recordings apart.
    """
    read: deque[Tensor] = deque(maxlen=1)
    with _watched(net, lambda _, inputs: read.append(inputs[0])):
        net(z)
    rows = len(z)
    if not read:
        return z.reshape(rows, -1)
    if len(read[0]) != rows and not any(isinstance(layer, Windowed) for layer in net.modules()):
        return z.new_full((rows, 1), torch.nan)
    return read[0].reshape(rows, -1)


def _has_weights(layer: nn.Module) -> bool:
    return next(layer.parameters(recurse=False), None) is not None


@contextmanager
def _watched(
    net: nn.Module, see: Callable[[nn.Module, tuple[Tensor, ...]], object]
) -> Iterator[None]:
    """Call `see` with each layer with weights that starts, and what it reads."""

    def hook(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        see(layer, inputs)

    hooks = [m.register_forward_pre_hook(hook) for m in net.modules() if _has_weights(m)]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()
