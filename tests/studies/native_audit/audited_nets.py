"""Native nets of which everything is known, and synthetic recordings to ask them about."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d

from tests.closed_forms import closed_form, weight_map
from xai_bench.data import load_data
from xai_bench.nets.base import NativeNet
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import QuantityEstimate
from xai_bench.types import Recordings

Generated = tuple[Float[Tensor, "record output lead time"], Float[Tensor, "record output"]]


class Fixed(NativeNet):
    """A native net that is not trained."""

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class BiasOnly(Fixed):
    """W = 0 and b(z) = z[V2, 500]: it shows nothing and classifies anyway."""

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        return torch.zeros_like(z).unsqueeze(1), z[:, 7, 500:501]


class Bent(Fixed):
    """W(z) = tanh(<v, z>) w and b = 1/4: the gradient of m is known, and is not W."""

    def __init__(self) -> None:
        super().__init__()
        self.v = nn.Parameter(weight_map(9))
        self.w = nn.Parameter(weight_map(10))

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        bend = (self.v * z).sum(dim=(1, 2)).tanh().reshape(-1, 1, 1, 1)
        return bend * self.w, z.new_full((len(z), 1), 0.25)

    def literal(self, z: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        """W, m and dm/dz of one recording, in numpy."""
        v, w = (p.detach().double().numpy() for p in (self.v, self.w))
        bend = np.tanh((v * z).sum())
        straight = (w * z).sum()
        return bend * w, bend * straight + 0.25, bend * w + (1 - bend**2) * straight * v


class Energy(Fixed):
    """W = z and b = 0, of any length: m is the sum of squares."""

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        return z.unsqueeze(1), z.new_zeros(len(z), 1)


class Columns(Fixed):
    """W_k = z * w_k and b_k = k / 10, of any length and number of outputs."""

    def __init__(self, *, outputs: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.linspace(-1e-3, 2e-3, 12 * outputs).reshape(outputs, 12, 1))

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        b = torch.arange(len(self.w), device=z.device) / 10
        return z.unsqueeze(1) * self.w, b.to(z.dtype).expand(len(z), -1)


class Multiplied(Fixed):
    """W = z, multiplied with 1,000 samples: torch says what it thinks of others."""

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        return (z * torch.ones(1000)).unsqueeze(1), z.new_zeros(len(z), 1)


class OfLength(Fixed):
    """W = z, of 1,000 samples only, and what it raises otherwise."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        if z.shape[-1] != 1000:
            raise self.error
        return z.unsqueeze(1), z.new_zeros(len(z), 1)


class Reaching(Fixed):
    """W[l, t] is the mean of z[l - 1 .. l + 1, t - 3 .. t + 5]; b = 0."""

    def __init__(self) -> None:
        super().__init__()
        kernel = torch.zeros(1, 1, 3, 11)
        kernel[..., 2:] = 1 / 27  # of t - 5 .. t + 5, from t - 3 on
        self.kernel = nn.Parameter(kernel)

    def generate(self, z: Float[Tensor, "record lead time"]) -> Generated:
        W = conv2d(z.unsqueeze(1), self.kernel, padding=(1, 5))
        return W, z.new_zeros(len(z), 1)


@cache
def recordings(n: int = 8, rate_hz: float = 100.0) -> Recordings:
    return load_data(n=n, task="norm_vs_mi", rate_hz=rate_hz)


def audited(net: NativeNet, n: int = 8) -> AuditedNet:
    return AuditedNet(model=closed_form(net), recordings=recordings(n))


def by_name(estimates: Iterable[QuantityEstimate]) -> dict[tuple[str, str], QuantityEstimate]:
    """Answers by quantity and method; each is given once."""
    listed = list(estimates)
    found = {(estimate.quantity, estimate.method): estimate for estimate in listed}
    assert len(found) == len(listed)
    return found


def scores(
    estimates: Iterable[QuantityEstimate], quantity: str, method: str = "native"
) -> np.ndarray:
    """A quantity of each recording."""
    values = by_name(estimates)[quantity, method].scores
    assert values is not None
    return values
