"""Score explanations: every recording with every metric, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from xai_bench.errors import InputError
from xai_bench.methods import METHODS, Batch, Method, find_methods
from xai_bench.methods.attribute import Explained, check_input, explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.scoring import Case, Engine, build_scorer
from xai_bench.scoring.base import evaluate
from xai_bench.scoring.block import Block
from xai_bench.scoring.forward import Forward
from xai_bench.types import RESIDUAL_TOLERANCE, Attributions, Recordings
from xai_bench.zoo import Metric, Zoo

__all__ = ["score", "score_methods"]

Progress = Callable[[int, int], None]


def score(
    model: Model,
    recordings: Recordings,
    attributions: Attributions | str,
    *,
    metrics: str | Iterable[str] | Iterable[Metric] = "all",
    seed: int = 0,
    engine: Engine = "auto",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Scores in long form: record_id, patient_id, metric, score, status, reason.

    attributions: of these recordings, or the name of a method that makes them.
    metrics: "all", names or families, or cards that were loaded before.
    engine: "quantus", "fast" or "auto": fast wherever a metric has a fast scorer.
    status: "ok"; "failed", when a metric is not defined for a recording; "invalid", when the
        attribution breaks the identity it promises. The score is then NaN and `reason` says why.

    Raises UnknownNameError, CardError, InputError.
    """
    cards = _cards(metrics)
    if isinstance(attributions, str):
        methods = find_methods(attributions)
        tables = score_methods(
            model, recordings, methods, metrics=cards, seed=seed, engine=engine, progress=progress
        )
        return tables[methods[0].name]
    if len(attributions.values) != len(recordings):
        raise InputError(
            f"{len(attributions.values)} attributions do not belong to {len(recordings)} recordings"
        )
    given = attributions
    (method,) = find_methods(given.method)

    def batch(rows: slice) -> Batch:
        made = make_batch(model, recordings[rows], target="predicted")
        return replace(made, target=torch.from_numpy(given.target[rows]).to(model.device))

    def explain(rows: slice, _: Batch) -> dict[str, Explained]:
        values, residual = (
            torch.from_numpy(part[rows]).to(model.device) for part in (given.values, given.residual)
        )
        return {method.name: Explained(values=values, residual=residual)}

    check_input(model, recordings)
    job = _Job(model, recordings, (method,), cards, seed, engine, Forward(model), progress)
    return job.tables(batch, explain)[method.name]


def score_methods(
    model: Model,
    recordings: Recordings,
    methods: Iterable[Method],
    *,
    metrics: Sequence[Metric],
    target: str = "predicted",
    seed: int = 0,
    engine: Engine = "auto",
    forward: Forward | None = None,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Explain and score recordings with several methods of one model, a few at a time.

    What the methods share is computed once; memory does not grow with the number of recordings,
    but for the scores themselves. Tables as `score` makes them, by name of method.

    Raises CardError, UnknownNameError, and InputError for a method that cannot explain the model.
    """
    chosen = tuple(methods)
    check_input(model, recordings)
    for method in chosen:
        if reason := method.unsupported(model, evidence=recordings.evidence is not None):
            raise InputError(f"model '{model.name}': {reason}")

    def batch(rows: slice) -> Batch:
        return make_batch(model, recordings[rows], target=target)

    def explain(rows: slice, made: Batch) -> dict[str, Explained]:
        return explain_batch(model, made, chosen, recordings.record_id[rows], seed)

    through = forward or Forward(model)
    job = _Job(model, recordings, chosen, metrics, seed, engine, through, progress)
    return job.tables(batch, explain)


class _Job:
    """Recordings, methods and metrics, and the loop over blocks."""

    def __init__(
        self,
        model: Model,
        recordings: Recordings,
        methods: tuple[Method, ...],
        metrics: Sequence[Metric],
        seed: int,
        engine: Engine,
        forward: Forward,
        progress: Progress | None,
    ) -> None:
        self._model, self._recordings, self._methods = model, recordings, methods
        self._scorers = {metric.name: build_scorer(metric, engine) for metric in metrics}
        self._seed, self._forward, self._progress = seed, forward, progress

    def tables(
        self,
        batch: Callable[[slice], Batch],
        explain: Callable[[slice, Batch], dict[str, Explained]],
    ) -> dict[str, pd.DataFrame]:
        """The loop: a block is explained by all methods and scored before the next is read."""
        count = len(self._recordings)
        columns = {method.name: _Columns(count, list(self._scorers)) for method in self._methods}
        done = 0
        for start in range(0, count, self._forward.block):
            rows = slice(start, min(start + self._forward.block, count))
            made = batch(rows)
            block = self._block(rows, made)
            for name, explained in explain(rows, made).items():
                case = Case(block=block, method=METHODS[name], attribution=explained.values)
                self._fill(columns[name], rows, case, explained)
                done += len(block)
                if self._progress:
                    self._progress(done, count * len(self._methods))
        return {name: column.table(self._recordings) for name, column in columns.items()}

    def _block(self, rows: slice, batch: Batch) -> Block:
        recordings = self._recordings[rows]
        return Block(
            model=self._model,
            forward=self._forward,
            methods=self._methods,
            seed=self._seed,
            record_id=recordings.record_id,
            millivolt=torch.from_numpy(recordings.signal).to(self._model.device),
            batch=batch,
        )

    def _fill(self, columns: _Columns, rows: slice, case: Case, explained: Explained) -> None:
        invalid = [
            f"completeness residual {residual:.3g} > {RESIDUAL_TOLERANCE}"
            if residual > RESIDUAL_TOLERANCE
            else ""
            for residual in explained.residual.tolist()
        ]
        for name, scorer in self._scorers.items():
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
        self._metrics = {metric: column for column, metric in enumerate(metrics)}

    def put(self, metric: str, row: int, value: float, invalid: str, failed: str) -> None:
        column = self._metrics[metric]
        reason = invalid or failed
        self._values[row, column] = np.nan if reason else value
        self._status[row, column] = 2 if invalid else 1 if failed else 0
        self._reason[row, column] = self._reasons.setdefault(reason, len(self._reasons))

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
            }
        )


def _cards(metrics: str | Iterable[str] | Iterable[Metric]) -> list[Metric]:
    chosen = [metrics] if isinstance(metrics, str) else list(metrics)
    loaded = [metric for metric in chosen if isinstance(metric, Metric)]
    return loaded or Zoo().metrics(",".join(str(name) for name in chosen))
