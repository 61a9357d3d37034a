"""How close synthetic recordings come to real ones: measure, compare, tell apart, score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import final

import pandas as pd

from xai_bench.errors import InputError
from xai_bench.presets import PRESETS
from xai_bench.studies.base import Inputs, silent
from xai_bench.studies.realism.feature_comparison import compare
from xai_bench.studies.realism.features import measure
from xai_bench.studies.realism.model_percentiles import ModelPercentiles, model_percentiles
from xai_bench.studies.realism.normal_recordings import all_real, normal, synthetic_normal
from xai_bench.studies.realism.two_sample_test import TwoSample, two_sample
from xai_bench.types import Progress, Recordings
from xai_bench.zoo import Zoo

__all__ = ["Measured", "Realism", "measure_realism"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Recordings and what was measured of them."""

    recordings: Recordings
    features: pd.DataFrame
    """As `features.measure` returns them."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Realism:
    """What was found of real recordings and synthetic ones."""

    real: Measured
    synthetic: Measured
    chosen: str
    """Which of the real recordings were compared."""
    fallback: str
    """Why they were compared at 100 Hz, or ""."""
    left_out: tuple[str, ...]
    """A line for each real recording that could not be used."""
    seed: int
    table: pd.DataFrame
    """As `feature_comparison.compare` returns it."""
    test: TwoSample
    models: ModelPercentiles


def measure_realism(
    real: str | Path,
    *,
    n: int = PRESETS.realism.n,
    rate_hz: float = 500.0,
    models: Sequence[str] = PRESETS.realism.models,
    seed: int = 0,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Realism:
    """Compare `n` synthetic NORM recordings with the normal ones of a PTB-XL or WFDB folder.

    At 100 Hz where none of the real recordings can be had at `rate_hz`. Raises XaiBenchError.
    """
    if n < 1:
        raise InputError(f"{n} synthetic recordings were asked for; ask for 1 or more")
    inputs = Inputs(data=real, seed=seed, zoo=zoo or Zoo(), progress=progress or silent)
    # Without models nothing is asked of them; a wrong name is better known now than in a minute.
    opened = inputs.models(models) if models else []
    everything, fallback = all_real(real, rate_hz, progress=partial(inputs.progress, "reading"))
    recordings, chosen = normal(everything)
    making = partial(inputs.progress, "making synthetic recordings")
    made = synthetic_normal(n, rate_hz=recordings.rate_hz, seed=seed, progress=making)
    features = measure(recordings, progress=partial(inputs.progress, "measuring real recordings"))
    of_made = measure(made, progress=partial(inputs.progress, "measuring synthetic recordings"))
    patients = [f"real {name}" for name in recordings.patient_id]
    patients += [f"synthetic {name}" for name in made.patient_id]
    return Realism(
        real=Measured(recordings=recordings, features=features),
        synthetic=Measured(recordings=made, features=of_made),
        chosen=chosen,
        fallback=fallback,
        left_out=everything.left_out,
        seed=seed,
        table=compare(features, of_made),
        test=two_sample(
            features,
            of_made,
            patients,
            seed=seed,
            progress=partial(inputs.progress, "two-sample test"),
        ),
        models=model_percentiles(opened, real, seed=seed, progress=inputs.progress),
    )
