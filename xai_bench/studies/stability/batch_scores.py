"""Scores of a batch of recordings, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from xai_bench.studies.base import Prediction
from xai_bench.studies.stability.schema import SCHEMA
from xai_bench.types import Recordings

__all__ = ["BatchScores", "Measurement", "same_class", "score_table"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """One measure of some recordings."""

    scores: Float64[np.ndarray, " record"]
    reasons: tuple[str, ...]
    """Why a score is NaN, or ""."""

    @classmethod
    def where_defined(
        cls, scores: Float64[np.ndarray, " record"], reasons: Sequence[str]
    ) -> Measurement:
        """NaN where there is a reason."""
        defined = np.array([not why for why in reasons], dtype=np.bool_)
        return cls(np.where(defined, scores, np.nan), tuple(reasons))


@final
@dataclass(frozen=True, slots=True, eq=False)
class BatchScores:
    """Measures of a batch of recordings, and what they are of; see `SCHEMA`."""

    method: str
    condition: str
    measures: Mapping[str, Measurement]
    _: KW_ONLY
    against: str = ""
    level: float = float("nan")
    same_prediction: Bool[np.ndarray, " record"] | None = None
    """None where it is true of all."""


def same_class(one: Prediction, other: Prediction) -> Bool[np.ndarray, " record"]:
    """Whether two predictions agree, recording by recording."""
    equal: Bool[np.ndarray, " record"] = (one.classes == other.classes).cpu().numpy()
    return equal


def score_table(
    question: str, model: str, recordings: Recordings, parts: Iterable[BatchScores]
) -> pd.DataFrame:
    """One row a recording and measure, with the columns `SCHEMA.scores`."""
    measured = [(part, *named) for part in parts for named in part.measures.items()]
    count, all_same = len(recordings), np.ones(len(recordings), dtype=np.bool_)

    def repeated(values: Sequence[object]) -> np.ndarray:
        return np.repeat(np.array(values, dtype=object), count)

    columns: dict[str, object] = {
        "question": question,
        "model": model,
        **{
            name: repeated([getattr(part, name) for part, _, _ in measured])
            for name in ("method", "against", "condition", "level")
        },
        "measure": repeated([name for _, name, _ in measured]),
        "record_id": recordings.record_id * len(measured),
        "patient_id": recordings.patient_id * len(measured),
        "score": np.concatenate([np.zeros(0), *(one.scores for _, _, one in measured)]),
        "same_prediction": [
            same
            for part, _, _ in measured
            for same in (all_same if part.same_prediction is None else part.same_prediction)
        ],
        "reason": [reason for _, _, one in measured for reason in one.reasons],
    }
    return pd.DataFrame(columns).astype(SCHEMA.scores)
