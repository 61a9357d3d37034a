"""Healthy synthetic recordings as backgrounds, so that the truth behind them is known."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.types import Recordings

RATE = 100.0
ROWS = (1, 8, 9)


@lru_cache
def healthy_recordings() -> Recordings:
    """Twins of synthetic recordings: healthy, with noise, in sinus rhythm."""
    source = SyntheticSource(rate_hz=RATE, size=10)
    twins = [source.read(row).healthy for row in ROWS]
    return Recordings(
        name="made",
        microvolt=np.stack([twin for twin in twins if twin is not None]),
        rate_hz=RATE,
        record_id=tuple(f"r{row}" for row in ROWS),
        patient_id=tuple(f"p{row}" for row in ROWS),
        labels=(frozenset({"NORM"}),) * len(ROWS),
    )
