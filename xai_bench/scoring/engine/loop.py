"""The loop over blocks of recordings: explained by all methods, and scored, before the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import Explained
from xai_bench.models import Model
from xai_bench.scoring import Case, Engine, build_scorer
from xai_bench.scoring.engine.base import Scorer, evaluate
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.forward import Forward
from xai_bench.types import RESIDUAL_TOLERANCE, Recordings
from xai_bench.zoo import Metric

__all__ = ["Loop", "Progress"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loop:
    """Recordings and the methods of one model."""

    model: Model
    recordings: Recordings
    methods: tuple[Method, ...]
    seed: int
    forward: Forward

    def tables(
        self,
        metrics: Sequence[Metric],
        engine: Engine,
        batch: Callable[[slice], Batch],
        explain: Callable[[slice, Batch], dict[str, Explained]],
        progress: Progress | None,
    ) -> dict[str, pd.DataFrame]:
        """Scores of each method in long form. `batch` makes rows ready, `explain` explains them."""
        scorers = {metric.name: build_scorer(metric, engine) for metric in metrics}
        named = {method.name: method for method in self.methods}
        count, done = len(self.recordings), 0
        columns = {method.name: _Columns(count, list(scorers)) for method in self.methods}
        for start in range(0, count, self.forward.block):
            rows = slice(start, min(start + self.forward.block, count))
            made = batch(rows)
            block = self._block(rows, made)
            for name, explained in explain(rows, made).items():
                case = Case(block=block, method=named[name], attribution=explained.values)
                _fill(columns[name], scorers, rows, case, explained)
                done += len(block)
                if progress:
                    progress(done, count * len(self.methods))
        return {name: column.table(self.recordings) for name, column in columns.items()}

    def _block(self, rows: slice, batch: Batch) -> Block:
        recordings = self.recordings[rows]
        return Block(
            model=self.model,
            forward=self.forward,
            methods=self.methods,
            seed=self.seed,
            record_id=recordings.record_id,
            millivolt=torch.from_numpy(recordings.signal).to(self.model.device),
            batch=batch,
        )


def _fill(
    columns: _Columns,
    scorers: dict[str, Scorer],
    rows: slice,
    case: Case,
    explained: Explained,
) -> None:
    invalid = [
        f"completeness residual {residual:.3g} > {RESIDUAL_TOLERANCE}"
        if residual > RESIDUAL_TOLERANCE
        else ""
        for residual in explained.residual.tolist()
    ]
    columns.missed(rows, explained.residual.cpu().numpy())
    for name, scorer in scorers.items():
        found = evaluate(scorer, case)
        values = found.values.numpy()
        for k, row in enumerate(range(rows.start, rows.stop)):
            columns.put(name, row, values[k], invalid[k], found.reasons[k])


class _Columns:
    """The scores of one method, a column a metric, as compact as numbers are."""

    def __init__(self, count: int, metrics: list[str]) -> None:
        self._values = np.full((count, len(metrics)), np.nan)
        self._status = np.zeros((count, len(metrics)), dtype=np.int8)
        self._reason = np.zeros((count, len(metrics)), dtype=np.int32)
        self._reasons = {"": 0}
        self._residual = np.full(count, np.nan)
        self._metrics = {metric: column for column, metric in enumerate(metrics)}

    def put(self, metric: str, row: int, value: float, invalid: str, failed: str) -> None:
        column = self._metrics[metric]
        reason = invalid or failed
        self._values[row, column] = np.nan if reason else value
        self._status[row, column] = 2 if invalid else 1 if failed else 0
        self._reason[row, column] = self._reasons.setdefault(reason, len(self._reasons))

    def missed(self, rows: slice, residual: Float[np.ndarray, " record"]) -> None:
        """How far recordings are from the sum that the method promises."""
        self._residual[rows] = residual

    def table(self, recordings: Recordings) -> pd.DataFrame:
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
                "residual": np.repeat(self._residual, len(metrics)),
            }
        )
