"""Which nets are ReLU nets: methods with a rule for each layer know what to do with these only."""

from __future__ import annotations

from torch import nn

from xai_bench.nets.base import NativeNet

__all__ = ["why_not_relu"]

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
_LINEAR = (
    nn.AdaptiveAvgPool1d,
    nn.AdaptiveAvgPool2d,
    nn.AvgPool1d,
    nn.AvgPool2d,
    nn.Conv1d,
    nn.Conv2d,
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Flatten,
    nn.Identity,
    nn.Linear,
    *_NORMS,
)
"""Affine in evaluation mode."""
_MAX = (nn.MaxPool1d, nn.MaxPool2d)
_CONTAINERS = (nn.ModuleDict, nn.ModuleList, nn.Sequential)


def why_not_relu(net: nn.Module) -> str | None:
    """Why `net` is no ReLU net, or None if it is one.

    A ReLU net is piecewise linear: convolutions, linear layers, batch norms with statistics,
    average pools, max pools and at least one ReLU, each a module of its own, which the modules
    around them only connect. What those do in between is not looked at. A native net is none,
    because it multiplies what it writes by z; nor is one whose ReLUs work in place, because
    methods that hook them need their inputs.
    """
    if isinstance(net, NativeNet):
        return "the net multiplies the weights that it writes by its input"
    for name, layer in net.named_modules():
        if type(layer) in _CONTAINERS:
            continue
        where = f"its layer {name}" if name else "the net"
        if type(layer) in (nn.ReLU, *_LINEAR, *_MAX):  # a subclass may compute something else
            if isinstance(layer, _NORMS) and layer.running_mean is None:
                return f"{where} takes statistics from the batch"
            if isinstance(layer, nn.ReLU) and layer.inplace:
                return f"{where} overwrites its input"
        elif next(layer.children(), None) is None:
            return f"{where} is {type(layer).__name__}"
        elif [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]:
            return f"{where}, {type(layer).__name__}, has weights of its own"
    if not any(isinstance(layer, nn.ReLU) for layer in net.modules()):
        return "it has no ReLU"
    return None
