"""Waves as the shipped U-Net reads them."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int8
from safetensors import SafetensorError
from safetensors.torch import load

from xai_bench import storage
from xai_bench.errors import WeightsError
from xai_bench.models.waves.lead_scale import normalised, readable
from xai_bench.models.waves.painted_waves import painted, seen_by_leads
from xai_bench.nets.delnet import STRIDE, DelNet

__all__ = ["RATE_HZ", "WEIGHTS", "DelNetReader", "read_net", "shipped"]

WEIGHTS = Path(__file__).with_name("delnet.safetensors")
_SHA256 = "416a51a6a7267774252661ea6fc095c613ad450d9dc13ec8a837600d27ce523e"
RATE_HZ = 250.0
"""At which the net reads."""


class DelNetReader:
    """Reads `readable` leads one by one; a sample lies in the wave with the highest mean of them,
    if that is a half or more."""

    def __init__(self, net: DelNet) -> None:
        self._net = net.eval()

    def __call__(
        self, millivolt: Float[np.ndarray, "lead time"], rate_hz: float
    ) -> Int8[np.ndarray, " time"]:
        from scipy.signal import resample_poly  # slow to import

        samples = millivolt.shape[1]
        rows = readable(millivolt, rate_hz)
        if len(rows) == 0:
            return np.zeros(samples, dtype=np.int8)
        ratio = Fraction(RATE_HZ / rate_hz).limit_denominator(1000)
        leads = resample_poly(rows, ratio.numerator, ratio.denominator, axis=1, padtype="line")
        missing = -leads.shape[1] % STRIDE
        read = np.stack([normalised(lead, RATE_HZ) for lead in leads])
        held = np.pad(read, ((0, 0), (0, missing)), mode="edge")
        with torch.inference_mode():
            scores = torch.sigmoid(self._net(torch.from_numpy(held)))[:, :, : leads.shape[1]]
        return painted(seen_by_leads(scores.numpy(), RATE_HZ, rate_hz, samples), rate_hz)


@cache
def shipped() -> DelNetReader:
    """With the weights of the package, made by tools/train_delnet.py. Raises WeightsError."""
    return DelNetReader(read_net(WEIGHTS, _SHA256))


def read_net(path: Path, expected: str | None = None) -> DelNet:
    """A net with the weights of a file. Raises WeightsError where it is another file or net."""
    try:
        content = storage.regular(path).read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    found = sha256(content).hexdigest()
    if expected is not None and found != expected:
        raise WeightsError(
            f"{path}: sha256 {found[:9]} instead of {expected[:9]}; install xai-bench again"
        )
    net = DelNet()
    try:
        net.load_state_dict(
            {name: one.to(net.state_dict()[name].dtype) for name, one in load(content).items()}
        )
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise WeightsError(f"{path} holds no weights of delnet ({type(error).__name__})") from error
    return net
