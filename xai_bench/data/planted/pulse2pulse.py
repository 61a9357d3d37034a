"""Pulse2Pulse, which turns noise into a normal ECG: the net, and the weights that its authors give.

Thambawita et al. 2021, doi 10.1101/2021.04.27.21256189: a U-Net of one-dimensional convolutions,
trained as a generator against a critic on 7,233 normal ECGs. The weights are in the package
deepfake-ecg (MIT); its tensors are read, and none of its code is run.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float32
from torch import Tensor
from torch.nn import functional

from xai_bench.errors import DatasetError, WeightsError
from xai_bench.torch_files.torch_archive import read_state_dict

__all__ = ["TENSORS_SHA256", "Pulse2Pulse", "installed_pulse2pulse", "tensors_sha256"]

TENSORS_SHA256 = "20243aa8d89a2b4c6e156d4af998ab198bec8045d39a53a3b25ceddba4d86768"
"""Of the tensors of deepfake-ecg 1.1.2 that the net uses, see `tensors_sha256`."""

_PACKAGE, _FILE = "deepfake-ecg", "deepfakeecg/checkpoints/g_stat.pt"

_DOWN = {"conv_1": 2, "conv_2": 5, "conv_3": 2, "conv_4": 5, "conv_5": 5, "conv_6": 5}
"""Stride of each convolution on the way down."""
_UP = {
    **{"deconv_1.conv1d": 5, "deconv_2.conv1d": 5, "deconv_3.conv1d": 5},
    **{"deconv_5.conv1d": 2, "deconv_6.conv1d": 5, "deconv_7.conv1d": 2},
}
"""How often each sample stands before a convolution on the way up."""
_BESIDE = {
    **{"deconv_2.conv1d": "conv_5", "deconv_3.conv1d": "conv_4"},
    **{"deconv_5.conv1d": "conv_3", "deconv_6.conv1d": "conv_2"},
}
"""Whose output joins the input of a convolution on the way up."""


@final
class Pulse2Pulse:
    """The generator: noise (record, 8, time) in [-1, 1] -> leads I, II, V1..V6 in 6 mV.

    Both have one length, a multiple of 2500 samples at 500 Hz. Down: convolutions with strides,
    each with a leaky ReLU. Up: repeated samples beside the output of the same length on the way
    down, a convolution, and a ReLU; a tanh in the end.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """tensors: weight and bias of each convolution, as a state dict of the authors names them.

        Raises WeightsError where one is missing.
        """
        names = [f"{name}.{part}" for name in (*_DOWN, *_UP) for part in ("weight", "bias")]
        if absent := [name for name in names if name not in tensors]:
            raise WeightsError(f"Pulse2Pulse: no tensor {', '.join(absent[:3])}")
        self.tensors = {name: tensors[name] for name in names}
        self._up = {
            name: _by_phase(self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], factor)
            for name, factor in _UP.items()
        }

    @torch.inference_mode()
    def __call__(self, noise: Float32[Tensor, "record 8 time"]) -> Float32[Tensor, "record 8 time"]:
        x, found = noise, {}
        for name, stride in _DOWN.items():
            weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
            beside = weight.shape[2] // 2
            x = functional.leaky_relu(functional.conv1d(x, weight, bias, stride, beside))
            found[name] = x
        for name, factor in _UP.items():
            if name in _BESIDE:
                x = torch.cat([x, found[_BESIDE[name]]], dim=1)
            weight, bias = self._up[name]
            phases = functional.conv1d(x, weight, bias, padding=weight.shape[2] // 2)
            x = phases.unflatten(1, (-1, factor)).transpose(2, 3).flatten(2)
            x = torch.tanh(x) if name == list(_UP)[-1] else functional.relu(x)
        return x


def _by_phase(weight: Tensor, bias: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """A convolution of samples that are each repeated `factor` times, as one of the samples.

    Repeated samples meet the sum of their weights. The output has a channel for each of the
    `factor` phases of each channel; this takes half of the time, and repeats nothing.
    """
    outer, inner, taps = weight.shape
    reach = math.ceil((taps // 2) / factor)
    summed = weight.new_zeros(outer, factor, inner, 2 * reach + 1)
    for phase in range(factor):
        for tap in range(taps):
            at = (phase + tap - taps // 2) // factor + reach
            summed[:, phase, :, at] += weight[:, :, tap]
    return summed.flatten(0, 1), bias.repeat_interleave(factor)


@cache
def installed_pulse2pulse() -> Pulse2Pulse:
    """The generator with its authors' weights, from the files of the package that has them.

    Raises DatasetError where the package is not installed, WeightsError where it has others.
    """
    path = _weights()
    net = Pulse2Pulse(read_state_dict(path))
    found = tensors_sha256(net.tensors)
    if found != TENSORS_SHA256:
        raise WeightsError(
            f"{path}: tensors with sha256 {found[:9]} instead of {TENSORS_SHA256[:9]}, those of "
            "deepfake-ecg 1.1.2: pip install deepfake-ecg==1.1.2"
        )
    return net


def _weights() -> Path:
    try:
        package = distribution(_PACKAGE)
    except PackageNotFoundError:
        raise DatasetError(
            f"generated backgrounds need {_PACKAGE}: pip install 'xai-bench[deepfake]'"
        ) from None
    return Path(str(package.locate_file(_FILE)))


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """Over names, types, shapes and numbers, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
