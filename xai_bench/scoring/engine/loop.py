"""The loop over blocks of recordings: explained by all methods, and scored, before the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Required, TypedDict

import numpy as np
import pandas as pd
import torch

from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import Explained
from xai_bench.models import Model
from xai_bench.scoring import Case, Engine, build_scorer
from xai_bench.scoring.engine.base import Scores, evaluate
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.forward import Forward
from xai_bench.types import Recordings
from xai_bench.zoo import Metric

__all__ = ["ScoringOptions", "score_blocks"]


class ScoringOptions(TypedDict, total=False):
    """What `score_blocks` and all that call it are given by keyword."""

    metrics: Required[Sequence[Metric]]
    seed: int
    engine: Engine
    forward: Forward | None
    progress: Callable[[int, int], None] | None


def score_blocks(
    model: Model,
    recordings: Recordings,
    methods: Sequence[Method],
    explain: Callable[[slice], tuple[Batch, dict[str, Explained]]],
    *,
    metrics: Sequence[Metric],
    seed: int = 0,
    engine: Engine = "auto",
    forward: Forward | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pd.DataFrame]:
    """Scores of each method in long form.

    explain: makes some rows of the recordings ready, and what each method says about them.
    """
    forward = forward or Forward(model)
    scorers = {metric.name: build_scorer(metric, engine) for metric in metrics}
    named = {method.name: method for method in methods}
    count, done = len(recordings), 0
    tables = {name: _Table(count, list(scorers)) for name in named}
    for start in range(0, count, forward.block):
        rows = slice(start, min(start + forward.block, count))
        some = recordings[rows]
        batch, explained = explain(rows)
        block = Block(
            model=model,
            forward=forward,
            methods=tuple(m for m in methods if m.explains_anew),
            seed=seed,
            record_id=some.record_id,
            millivolt=torch.from_numpy(some.signal).to(model.device),
            batch=batch,
        )
        for name, found in explained.items():
            case = Case(block=block, method=named[name], attribution=found.values)
            tables[name].residual[rows] = found.residual.cpu().numpy()
            tables[name].flaws += found.flaws
            for metric, scorer in scorers.items():
                tables[name].put(rows, metric, evaluate(scorer, case))
            done += len(block)
            if progress:
                progress(done, count * len(methods))
    return {name: table.long(recordings) for name, table in tables.items()}


class _Table:
    """The scores of one method, a column a metric, as compact as numbers are."""

    def __init__(self, count: int, metrics: list[str]) -> None:
        self._metrics = {metric: column for column, metric in enumerate(metrics)}
        self._values = np.full((count, len(metrics)), np.nan)
        self._status = np.zeros((count, len(metrics)), dtype=np.int8)
        self._reason = np.zeros((count, len(metrics)), dtype=np.int32)
        self._reasons = {"": 0}
        self.residual = np.full(count, np.nan)
        """How far recordings are from the sum that the method promises."""
        self.flaws: list[str] = []
        """Why the attributions must not be scored, or ""; come before their scores."""

    def put(self, rows: slice, metric: str, scores: Scores) -> None:
        """The scores of some rows; none where an attribution has a flaw."""
        column = self._metrics[metric]
        values = zip(scores.values.tolist(), scores.reasons, strict=True)
        for row, (value, failed) in enumerate(values, start=rows.start):
            invalid = self.flaws[row]
            reason = invalid or failed
            self._values[row, column] = np.nan if reason else value
            self._status[row, column] = 2 if invalid else 1 if failed else 0
            self._reason[row, column] = self._reasons.setdefault(reason, len(self._reasons))

    def long(self, recordings: Recordings) -> pd.DataFrame:
        """Long form, recording by recording."""
        metrics, count = list(self._metrics), len(recordings)
        return pd.DataFrame(
            {
                "record_id": np.repeat(recordings.record_id, len(metrics)),
                "patient_id": np.repeat(recordings.patient_id, len(metrics)),
                "metric": np.tile(metrics, count),
                "score": self._values.ravel(),
                "status": np.array(["ok", "failed", "invalid"])[self._status.ravel()],
                "reason": np.array(list(self._reasons))[self._reason.ravel()],
                "residual": np.repeat(self.residual, len(metrics)),
            }
        )
