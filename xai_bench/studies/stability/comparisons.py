"""Scores of some recordings, and the long form that all of them make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from xai_bench.studies.stability.schema import SCORES
from xai_bench.studies.stability.similarity import Similarity
from xai_bench.types import Recordings

__all__ = ["Found", "Key", "found", "long_form"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What scores are of; see `schema.SCORES`."""

    question: str
    model: str
    method: str
    condition: str
    against: str = ""
    level: float = float("nan")


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """One measure of some recordings."""

    key: Key
    measure: str
    scores: Float64[np.ndarray, " record"]
    reasons: tuple[str, ...]
    same_prediction: Bool[np.ndarray, " record"]
    record_id: tuple[str, ...]
    patient_id: tuple[str, ...]


def found(
    key: Key,
    recordings: Recordings,
    measures: dict[str, Similarity],
    same_prediction: Bool[np.ndarray, " record"] | None = None,
) -> Iterator[Found]:
    """Each measure of the recordings. same_prediction: true for all if it is not given."""
    if same_prediction is None:
        same_prediction = np.ones(len(recordings), dtype=np.bool_)
    for name, measured in measures.items():
        yield Found(
            key=key,
            measure=name,
            scores=measured.scores,
            reasons=measured.reasons,
            same_prediction=same_prediction,
            record_id=recordings.record_id,
            patient_id=recordings.patient_id,
        )


def long_form(every: Iterable[Found]) -> pd.DataFrame:
    """One row a recording and measure, with the columns of SCORES."""
    parts = list(every)
    counts = [len(part.scores) for part in parts]
    columns: dict[str, object] = {
        field.name: np.repeat(
            np.array([getattr(part.key, field.name) for part in parts], dtype=object), counts
        )
        for field in fields(Key)
    }
    columns["measure"] = np.repeat(np.array([part.measure for part in parts], object), counts)
    columns["record_id"] = [name for part in parts for name in part.record_id]
    columns["patient_id"] = [name for part in parts for name in part.patient_id]
    columns["reason"] = [reason for part in parts for reason in part.reasons]
    columns["score"] = np.concatenate([np.zeros(0), *(part.scores for part in parts)])
    columns["same_prediction"] = np.concatenate(
        [np.zeros(0, np.bool_), *(part.same_prediction for part in parts)]
    )
    return pd.DataFrame(columns, columns=list(SCORES)).astype(SCORES)
