"""Noise in millivolt, as Quantus calls for it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int

from xai_bench.types import LEADS

__all__ = ["white_noise"]


def white_noise(
    arr: Float32[np.ndarray, "record sample"],
    indices: Int[np.ndarray, "record sample"],
    *,
    snr_db: float,
    **_: float,
) -> Float32[np.ndarray, "record sample"]:
    """Add Gaussian white noise at a signal-to-noise ratio; `indices` (all samples) and the bounds
    of Quantus's own noise are ignored.

    The signal's power is the mean square of a recording about its lead means; one noise level for
    all leads, since an electrode's noise does not know the amplitude of the lead it spoils. Draws
    from numpy's global state because Quantus does; the caller seeds and restores it.
    """
    leads = arr.reshape(len(arr), len(LEADS), -1)
    power = leads.var(axis=-1).mean(axis=-1)
    sd = np.sqrt(power * 10 ** (-snr_db / 10))
    noise = np.random.standard_normal(arr.shape) * sd[:, None]
    noisy: Float32[np.ndarray, "record sample"] = (arr + noise).astype(np.float32)
    return noisy
