"""Distorted recordings: noise at a signal-to-noise ratio, in millivolt, and a shift in time."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float32, Shaped
from torch import Tensor

__all__ = ["add_white_noise", "at_snr", "shifted"]


def add_white_noise(
    millivolt: Float32[Tensor, "*#records lead time"],
    normal: Float[Tensor, "*#records lead time"],
    snr_db: float,
) -> Float32[Tensor, "*#records lead time"]:
    """Add Gaussian white noise at a signal-to-noise ratio, made of standard normal values.

    One noise level for all leads of a recording, since an electrode's noise does not know the
    amplitude of the lead it spoils.
    """
    power = millivolt.double().var(dim=-1, correction=0).mean(dim=-1)
    sd = (power * 10 ** (-snr_db / 10)).sqrt()
    return (millivolt + normal * sd[..., None, None]).float()


def at_snr(
    noise: Float[np.ndarray, "lead time"], millivolt: Float[np.ndarray, "lead time"], snr_db: float
) -> Float[np.ndarray, "lead time"]:
    """Noise at the size that gives a recording this signal-to-noise ratio.

    It is scaled by the power that was drawn, not by that of a draw on average, because few bumps
    differ widely.
    """
    power, own = (float(_power(leads)) for leads in (millivolt, noise))
    return np.asarray(noise * np.sqrt(power * 10 ** (-snr_db / 10) / own))


def shifted(values: Shaped[Tensor, "*rows time"], samples: int) -> Shaped[Tensor, "*rows time"]:
    """values[t - samples]; beyond the ends, the first or the last sample goes on.

    A circular shift would put the end of a beat next to another's beginning, and a crop would give
    a net another length than it reads.
    """
    places = torch.arange(values.shape[-1], device=values.device) - samples
    return values[..., places.clamp(0, values.shape[-1] - 1)]


def _power(millivolt: Float[np.ndarray, "*record lead time"]) -> np.ndarray | np.floating:
    """Mean square about the lead means, over all leads."""
    power: np.ndarray | np.floating = millivolt.var(axis=-1).mean(axis=-1)
    return power
