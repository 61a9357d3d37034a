"""A lead without its unit and level, as nets that find waves read it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Float64

from xai_bench.data.beat_finder import independent

__all__ = ["lead_scale", "normalised", "readable"]

_LEAST_MILLIVOLT = 0.02
"""Millivolt within a second; a lead with less holds no heart."""


def lead_scale(lead: Float[np.ndarray, " time"], rate_hz: float) -> float:
    """How far the lead ranges in a second, millivolt, median over whole seconds: a beat, and no
    spike or drift."""
    second = min(max(round(rate_hz), 1), len(lead))
    whole = lead[: len(lead) // second * second].reshape(-1, second)
    return float(np.median(np.ptp(whole, axis=1)))


def normalised(lead: Float[np.ndarray, " time"], rate_hz: float) -> Float32[np.ndarray, " time"]:
    """About its median, in units of `lead_scale`, which is at least 0.02 mV."""
    centred = lead - np.median(lead)
    return np.asarray(centred / max(lead_scale(lead, rate_hz), _LEAST_MILLIVOLT), dtype=np.float32)


def readable(
    millivolt: Float[np.ndarray, "lead time"], rate_hz: float
) -> Float64[np.ndarray, "kept time"]:
    """The leads that are asked: no sums of others, so eight of twelve, and none of less than 0.02
    mV a second, in which a reader finds what is not there."""
    rows = millivolt[independent(len(millivolt))].astype(np.float64)
    return rows[[lead_scale(lead, rate_hz) >= _LEAST_MILLIVOLT for lead in rows]]
