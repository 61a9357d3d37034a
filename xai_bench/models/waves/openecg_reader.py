"""Waves as openecg reads them, in all leads."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int8

from xai_bench.data.beat_finder import FINE_HZ, at_fine_rate
from xai_bench.data.second_opinion import read_lead
from xai_bench.models.waves.lead_scale import readable
from xai_bench.models.waves.painted_waves import FOUND, painted, seen_by_leads
from xai_bench.types import WAVES

__all__ = ["read_openecg"]


def read_openecg(
    millivolt: Float[np.ndarray, "lead time"], rate_hz: float
) -> Int8[np.ndarray, " time"]:
    """A sample lies in the wave that at least half of the `readable` leads see there.

    Raises DatasetError where the extra is not installed, WeightsError where it has another net.
    """
    rows = readable(millivolt, rate_hz)
    if len(rows) == 0:
        return np.zeros(millivolt.shape[1], dtype=np.int8)
    fine = at_fine_rate(rows, rate_hz)
    labels = np.stack([read_lead(lead) for lead in fine])
    seen = np.stack([labels == WAVES.index(wave) for wave in FOUND], axis=1).astype(np.float64)
    return painted(seen_by_leads(seen, FINE_HZ, rate_hz, millivolt.shape[1]), rate_hz)
