"""What models say about real recordings, on the scale of normal synthetic ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64
from scipy import stats

from xai_bench.models import Model, load_model
from xai_bench.studies.realism.normal_recordings import all_real, synthetic_normal
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["score_models", "summarise"]

_NORMALS = 200
_BATCH = 32
_HIGH = 90.0

Tell = Callable[[str, int, int], None]


def score_models(
    names: Sequence[str],
    path: str | Path,
    *,
    seed: int = 0,
    zoo: Zoo | None = None,
    progress: Tell | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """One row a model and real recording, and a line for each model that is skipped.

    log_odds: of the positive class. percentile: of that within 200 synthetic recordings of fold
    10 labelled NORM, which no training saw. It says how far a recording is from what the model
    calls normal, not what the patient has. Raises XaiBenchError.
    """
    rows: list[dict[str, object]] = []
    skipped: list[str] = []
    for done, name in enumerate(names):
        if progress is not None:
            progress("models on real recordings", done, len(names))
        model = load_model(name, zoo=zoo)
        if model.task.multilabel:
            skipped.append(f"{name}: {model.task.name} has several log-odds, not one to rank by")
            continue
        reads = model.card.input
        real, _ = all_real(path, reads.rate_hz)
        synthetic = synthetic_normal(
            _NORMALS, rate_hz=reads.rate_hz, seconds=reads.seconds, split="test", seed=seed
        )
        normal = _log_odds(model, synthetic)
        for i, score in enumerate(_log_odds(model, real)):
            rows.append(
                {
                    "model": name,
                    "folder": _folder(real, i),
                    "record_id": real.record_id[i],
                    "labels": "+".join(sorted(real.labels[i])) if real.labels else "",
                    "log_odds": float(score),
                    "percentile": float(stats.percentileofscore(normal, score, kind="mean")),
                }
            )
    return pd.DataFrame(rows, columns=_COLUMNS), skipped


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """model, folder, n, median percentile, share above the 90th percentile."""
    rows = [
        {
            "model": model,
            "folder": folder,
            "n": len(part),
            "median": float(part["percentile"].median()),
            "share_high": float((part["percentile"] > _HIGH).mean()),
        }
        for (model, folder), part in scores.groupby(["model", "folder"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["model", "folder", "n", "median", "share_high"])


def _folder(recordings: Recordings, row: int) -> str:
    below = PurePosixPath(recordings.record_id[row]).parent.as_posix()
    return recordings.name if below == "." else f"{recordings.name}/{below}"


def _log_odds(model: Model, recordings: Recordings) -> Float64[np.ndarray, " record"]:
    found = []
    with torch.inference_mode():
        for start in range(0, len(recordings), _BATCH):
            millivolt = torch.from_numpy(recordings[start : start + _BATCH].signal)
            found.append(model.log_odds(model.normalise(millivolt), 1).cpu().double().numpy())
    return np.concatenate(found)


_COLUMNS = ["model", "folder", "record_id", "labels", "log_odds", "percentile"]
