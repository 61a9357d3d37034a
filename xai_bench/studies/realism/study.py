"""How close made recordings come to real ones: measure, compare, tell apart, score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd

from xai_bench.data.ecg_features import measure
from xai_bench.data.embedded import SYNTHETIC
from xai_bench.devices import pick_device
from xai_bench.errors import InputError
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.base import Inputs
from xai_bench.studies.realism.compared_recordings import (
    NORMAL,
    all_real,
    check_class,
    made_of_class,
    of_class,
)
from xai_bench.studies.realism.comparison_table import SCHEMA, comparison_rows
from xai_bench.studies.realism.feature_comparison import compare
from xai_bench.studies.realism.model_percentiles import ModelPercentiles, model_percentiles
from xai_bench.studies.realism.two_sample_test import TwoSample, two_sample
from xai_bench.types import Progress, Recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["Measured", "Realism", "join", "measure_realism"]

_WEIGHTS = 10
"""The largest, of the two-sample test on everything, that are kept."""


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
    """What was found of real recordings and made ones, and the recordings themselves."""

    result: StudyResult
    """Of one comparison; what is kept of it."""
    real: Measured
    made: Measured
    models: ModelPercentiles


def measure_realism(
    real: str | Path | Recordings,
    *,
    made: str | Path | Recordings = SYNTHETIC,
    label: str = NORMAL,
    labels: str | Path | None = None,
    n: int = PRESETS.realism.n,
    rate_hz: float = 500.0,
    models: Sequence[str] = PRESETS.realism.models,
    seed: int = 0,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Realism:
    """Compare up to `n` recordings that were made with real ones of the same superclass.

    real: a PTB-XL or WFDB folder, with a table of `labels` if it has none; or Recordings.
    made: as in `made_of_class`. A folder of backgrounds, planted:FOLDER, has the same table.
    label: the superclass, see `of_class`.

    At 100 Hz where none of the real recordings can be had at `rate_hz`. Raises XaiBenchError.
    """
    if n < 1:
        raise InputError(f"{n} {made} recordings were asked for; ask for 1 or more")
    check_class(label)
    inputs = Inputs(data=real, seed=seed, zoo=zoo or Zoo(), progress=progress or silent)
    # Without models nothing is asked of them; a wrong name is better known now than in a minute.
    opened = inputs.models(models) if models else []
    reading = partial(inputs.progress, "reading")
    everything, fallback = all_real(real, rate_hz, labels=labels, progress=reading)
    recordings, chosen = of_class(everything, label)
    found = made_of_class(
        made,
        label,
        n,
        rate_hz=recordings.rate_hz,
        labels=labels if str(made).startswith("planted:") and made != "planted:deepfake" else None,
        seed=seed,
        progress=partial(inputs.progress, "making recordings"),
    )
    _check_apart(recordings, found)
    features = measure(recordings, progress=partial(inputs.progress, "measuring real recordings"))
    of_made = measure(found, progress=partial(inputs.progress, "measuring made recordings"))
    patients = [f"real {name}" for name in recordings.patient_id]
    patients += [f"made {name}" for name in found.patient_id]
    test = two_sample(
        features, of_made, patients, seed=seed, progress=partial(inputs.progress, "two-sample test")
    )
    keys = {"real": recordings.name, "made": found.name, "class": label}
    return Realism(
        result=StudyResult(
            schema=SCHEMA,
            table=comparison_rows(keys, test.table, compare(features, of_made), test.reason),
            facts=inputs.provenance(pick_device("cpu"))
            | {
                "comparisons": [
                    keys
                    | {
                        "chosen": chosen,
                        "fallback": fallback,
                        "real_n": len(recordings),
                        "made_n": len(found),
                        "rate_hz": recordings.rate_hz,
                        "seconds": recordings.seconds,
                        "seed": seed,
                        "left_out": list(everything.left_out),
                        "not_made": list(found.left_out),
                        "weights": _largest(test),
                    }
                ]
            },
        ),
        real=Measured(recordings=recordings, features=features),
        made=Measured(recordings=found, features=of_made),
        models=model_percentiles(opened, real, labels=labels, seed=seed, progress=inputs.progress),
    )


def join(results: Sequence[StudyResult]) -> StudyResult:
    """Several comparisons as one; the facts of the process are those of the last."""
    comparisons = [one for result in results for one in result.facts["comparisons"]]
    return StudyResult(
        schema=SCHEMA,
        table=pd.concat([result.table for result in results], ignore_index=True),
        facts=results[-1].facts | {"comparisons": comparisons},
    )


def _check_apart(real: Recordings, made: Recordings) -> None:
    """Raises InputError where something stands on both sides: the two-sample test of a recording
    with itself says less than nothing (it learns that what is real is made)."""
    known = {np.asarray(one).tobytes() for one in real.microvolt}
    both = [
        name
        for name, one in zip(made.record_id, made.microvolt, strict=True)
        if np.asarray(one).tobytes() in known
    ]
    if both:
        raise InputError(
            f"{len(both)} of {len(made)} made recordings are real ones themselves, such as "
            f"{both[0]}: a healthy background is the recording it was taken from; compare another "
            "class, or other real recordings"
        )


def _largest(test: TwoSample) -> list[list[Any]]:
    """[feature, lead, weight], largest first."""
    return [
        [str(row["feature"]), str(row["lead"]), round(float(row["weight"]), 4)]
        for _, row in test.weights.head(_WEIGHTS).iterrows()
    ]
