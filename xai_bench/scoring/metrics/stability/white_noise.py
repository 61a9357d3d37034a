"""White noise in millivolt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float32, Int

from xai_bench.types import LEADS

__all__ = ["add_white_noise", "white_noise"]


def add_white_noise(
    millivolt: Float32[np.ndarray, "record sample"],
    snr_db: float,
    normal: Callable[[tuple[int, ...]], Float[np.ndarray, "record sample"]],
) -> Float32[np.ndarray, "record sample"]:
    """Add Gaussian white noise at a signal-to-noise ratio; `normal` draws standard normal values.

    The signal's power is the mean square of a recording about its lead means; one noise level for
    all leads, since an electrode's noise does not know the amplitude of the lead it spoils.
    """
    leads = millivolt.reshape(len(millivolt), len(LEADS), -1)
    power = leads.var(axis=-1).mean(axis=-1)
    sd = np.sqrt(power * 10 ** (-snr_db / 10))
    noise = normal(millivolt.shape) * sd[:, None]
    noisy: Float32[np.ndarray, "record sample"] = (millivolt + noise).astype(np.float32)
    return noisy


def white_noise(
    arr: Float32[np.ndarray, "record sample"],
    indices: Int[np.ndarray, "record sample"],
    *,
    snr_db: float,
    **_: float,
) -> Float32[np.ndarray, "record sample"]:
    """`add_white_noise` as Quantus calls for it: `indices` (all samples) and the bounds of its own
    noise are ignored. Draws from numpy's global state because Quantus does; the caller seeds and
    restores it.
    """
    return add_white_noise(arr, snr_db, np.random.standard_normal)
