"""What the written weights of known nets have in common."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch
from xai_bench.types import LEADS

__all__ = ["GELU_OR_RELU", "activation_of", "check_length", "leads_by_time", "rounded", "waves"]

_STEPS = 2**16

GELU_OR_RELU = {"relu": nn.ReLU, "gelu": nn.GELU}


def activation_of(name: str, kinds: dict[str, type[nn.Module]] = GELU_OR_RELU) -> nn.Module:
    """The activation of a name. Raises InputError."""
    if name not in kinds:
        raise InputError(f"no activation '{name}'; there are {', '.join(kinds)}")
    return kinds[name]()


def rounded(weights: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """To multiples of 1/65536, so that sines of another machine make the same weights."""
    return (weights * _STEPS).round() / _STEPS


def waves(samples: int) -> Float[Tensor, "12 time"]:
    """A sine in each lead, of 2 to 13 periods: 0.2 to 1.3 Hz over 10 s; float64.

    Slow against a beat, so that neighbouring samples count alike, and not so slow that a lead's
    mean, which a z-score takes away, would be most of what counts.
    """
    lead = torch.arange(len(LEADS), dtype=torch.float64)[:, None]
    place = (torch.arange(samples, dtype=torch.float64) + 0.5) / samples
    return torch.sin(2 * torch.pi * (lead + 2) * place + lead)


def leads_by_time(flat: Float[Tensor, "row flat"], samples: int) -> Float[Tensor, "row lead time"]:
    """Weights of a layer that reads all samples, lead after lead."""
    return flat.reshape(-1, len(LEADS), samples)


def check_length(z: Batch, samples: int) -> None:
    """Raises InputError for recordings of another length than the weights are written for."""
    if z.shape[-1] != samples:
        raise InputError(
            f"the weights of this net are written for {samples} samples, and it was given "
            f"{z.shape[-1]}; crop or pad the recordings"
        )
