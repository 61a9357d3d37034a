"""Architectures. A trained, citable instance of one is a folder in models/."""

from __future__ import annotations

__all__ = ["NETS", "net_name"]

NETS = {
    "imn": "xai_bench.nets.imn:ECGIMN",
    "imn-direct": "xai_bench.nets.imn_direct:ECGIMNDirect",
    "conv2d": "xai_bench.nets.conv2d:ECGConv2d",
    "fcn": "xai_bench.nets.fcn:FCN",
    "inception1d": "xai_bench.nets.inception1d:Inception1d",
    "lstm": "xai_bench.nets.lstm:LSTM",
    "resnet1d": "xai_bench.nets.resnet1d:ResNet1dWang",
    "xresnet1d": "xai_bench.nets.xresnet1d:XResNet1d",
}
"""What a card calls a net -> where it is."""


def net_name(target: str) -> str:
    """What a card calls the net that it points to.

    That is the same for `imn` and for `xai_bench.nets.imn:ECGIMN`; a target that leads to no net
    of ours is called as it is.
    """
    return {path: name for name, path in NETS.items()}.get(target, target)
