"""Score explanations: every recording with every metric, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd
import torch

from xai_bench.errors import InputError
from xai_bench.methods import METHODS
from xai_bench.methods.attribute import attribute, make_batch
from xai_bench.models import Model
from xai_bench.scoring import Case, Scorer, Unscorable, build_scorer
from xai_bench.types import Attributions, Recordings
from xai_bench.zoo import Metric, Zoo

__all__ = ["score"]


def score(
    model: Model,
    recordings: Recordings,
    attributions: Attributions | str,
    *,
    metrics: str | Iterable[str] | Iterable[Metric] = "all",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Scores in long form: record_id, patient_id, metric, score, status, reason.

    attributions: of these recordings, or the name of a method that makes them.
    metrics: "all", names or families, or cards that were loaded before.
    status: "ok"; "failed", when a metric is not defined for a recording; "invalid", when the
        attribution breaks the identity it promises. The score is then NaN and `reason` says why.

    Raises UnknownNameError, CardError, InputError.
    """
    if isinstance(attributions, str):
        attributions = attribute(model, recordings, attributions, seed=seed)
    if len(attributions.values) != len(recordings):
        raise InputError(
            f"{len(attributions.values)} attributions do not belong to {len(recordings)} recordings"
        )
    scorers = {metric.name: build_scorer(metric) for metric in _cards(metrics)}
    rows = []
    for row in range(len(recordings)):
        case = _case(model, recordings[row : row + 1], attributions, row, seed)
        invalid = attributions.invalid(row)
        for name, scorer in scorers.items():
            found = (float("nan"), "invalid", invalid) if invalid else _score(scorer, case)
            rows.append((recordings.record_id[row], recordings.patient_id[row], name, *found))
        if progress:
            progress(row + 1, len(recordings))
    columns = ["record_id", "patient_id", "metric", "score", "status", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _cards(metrics: str | Iterable[str] | Iterable[Metric]) -> list[Metric]:
    chosen = [metrics] if isinstance(metrics, str) else list(metrics)
    loaded = [metric for metric in chosen if isinstance(metric, Metric)]
    return loaded or Zoo().metrics(",".join(str(name) for name in chosen))


def _case(
    model: Model, recording: Recordings, attributions: Attributions, row: int, seed: int
) -> Case:
    method = METHODS[attributions.method]
    target = model.task.classes[int(attributions.target[row])]
    return Case(
        model=model,
        method=method,
        record_id=recording.record_id[0],
        seed=seed,
        millivolt=torch.from_numpy(recording.signal),
        batch=make_batch(model, recording, method=method.name, target=target, seed=seed),
        attribution=torch.from_numpy(attributions.values[row : row + 1]),
    )


def _score(scorer: Scorer, case: Case) -> tuple[float, str, str]:
    try:
        return scorer.score(case), "ok", ""
    except Unscorable as reason:
        return float("nan"), "failed", str(reason)
