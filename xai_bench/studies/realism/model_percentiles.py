"""What models say about real recordings, on the scale of normal synthetic ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import final

import numpy as np
import pandas as pd
import scipy
import torch
from jaxtyping import Float64

from xai_bench.data.embedded import SYNTHETIC
from xai_bench.memo import Memo
from xai_bench.models import Model
from xai_bench.studies.realism.compared_recordings import NORMAL, all_real, made_of_class
from xai_bench.types import Progress, Recordings, silent

__all__ = ["ModelPercentiles", "model_percentiles", "summarise"]

_NORMALS = 200
_BATCH = 32
_HIGH = 90.0
_COLUMNS = ["model", "folder", "record_id", "labels", "log_odds", "percentile"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelPercentiles:
    """Of models on real recordings."""

    table: pd.DataFrame
    """model, folder, record_id, labels, log_odds, percentile: one row a model and recording.

    log_odds: of the positive class. percentile: of that within 200 synthetic recordings of fold
    10 labelled NORM, which no training saw. It says how far a recording is from what the model
    calls normal, not what the patient has.
    """
    skipped: tuple[str, ...]
    """A line for each model that has no percentiles."""


def model_percentiles(
    models: Sequence[Model],
    real: str | Path | Recordings,
    *,
    labels: str | Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> ModelPercentiles:
    """Score all recordings of a folder. Raises XaiBenchError.

    labels: a table, see `load_data`.
    """
    rows = []
    skipped: list[str] = []
    memo = Memo()
    for done, model in enumerate(models):
        progress("models on real recordings", done, len(models))
        if len(model.task.columns) > 1:
            why = f"{model.task.name} has several log-odds, not one to rank by"
            skipped.append(f"{model.name}: {why}")
            continue
        rate, seconds = model.rate_hz, model.seconds
        found, _ = memo(("real", rate), partial(all_real, real, rate, labels=labels))
        of_normal = partial(made_of_class, SYNTHETIC, NORMAL, _NORMALS)
        draw = partial(of_normal, rate_hz=rate, seconds=seconds, split="test")
        synthetic = memo(("synthetic", rate, seconds), partial(draw, seed=seed))
        normal = _log_odds(model, synthetic)
        for i, score in enumerate(_log_odds(model, found)):
            labels = "+".join(sorted(found.labels[i])) if found.labels else ""
            percentile = float(scipy.stats.percentileofscore(normal, score, kind="mean"))
            of_record = (_folder(found, i), found.record_id[i], labels, float(score), percentile)
            rows.append((model.name, *of_record))
    return ModelPercentiles(table=pd.DataFrame(rows, columns=_COLUMNS), skipped=tuple(skipped))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """model, folder, n, median percentile, share above the 90th percentile."""
    of_folder = table.groupby(["model", "folder"], sort=False)["percentile"]
    rows = [
        (*names, len(part), float(part.median()), float((part > _HIGH).mean()))
        for names, part in of_folder
    ]
    return pd.DataFrame(rows, columns=["model", "folder", "n", "median", "share_high"])


def _folder(recordings: Recordings, row: int) -> str:
    below = PurePosixPath(recordings.record_id[row]).parent.as_posix()
    return recordings.name if below == "." else f"{recordings.name}/{below}"


@torch.inference_mode()
def _log_odds(model: Model, recordings: Recordings) -> Float64[np.ndarray, " record"]:
    parts = []
    for start in range(0, len(recordings), _BATCH):
        millivolt = torch.from_numpy(recordings[start : start + _BATCH].signal)
        parts.append(model.log_odds(model.normalise(millivolt), 1).cpu().double().numpy())
    return np.concatenate(parts)
