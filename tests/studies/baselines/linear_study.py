"""A study of baselines on a linear net, of which everything is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from xai_bench.studies.baselines import baseline_dependence
from xai_bench.studies.baselines.study import Baselines
from xai_bench.types import WAVES, Recordings

METHODS = ("ig-16", "input-x-gradient", "saliency", "native")
METRICS = ("comprehensiveness",)
COUNT = 16


@cache
def beating() -> Recordings:
    """Noise with a QRS every 0.8 s, and something planted into every other recording."""
    given = recordings(COUNT, evidence=True)
    of_time = (np.arange(1000) - 40) % 80 < 9
    qrs, none = (np.int8(WAVES.index(name)) for name in ("QRS", "none"))
    waves = np.where(of_time, qrs, none)
    patients = tuple(f"p{row}" for row in range(COUNT))
    return replace(given, waves=np.tile(waves, (COUNT, 1)), patient_id=patients)


@cache
def linear_study() -> Baselines:
    return baseline_dependence(
        closed_form(Linear()), METHODS, metrics=METRICS, data=beating(), seed=3
    )
