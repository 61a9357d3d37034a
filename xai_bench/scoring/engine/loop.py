"""The loop over blocks of recordings: explained by all methods, and scored, before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Required, TypedDict, final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from xai_bench.devices import float32_policy, sent
from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import Explained
from xai_bench.models import Model
from xai_bench.scoring import Case, Engine, build_scorer
from xai_bench.scoring.engine.base import Scores, evaluate
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.engine.measured import blocks_of, most_recordings
from xai_bench.scoring.engine.references import References, classes_of
from xai_bench.tasks import UNKNOWN_OUTCOME, Task
from xai_bench.types import Recordings, flaw
from xai_bench.zoo import Metric

__all__ = ["ScoringOptions", "score_blocks"]


class ScoringOptions(TypedDict, total=False):
    """What `score_blocks` and all that call it are given by keyword."""

    metrics: Required[Sequence[Metric]]
    seed: int
    engine: Engine
    forward: Forward | None
    first: int
    references: Recordings | None
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
    first: int = 0,
    references: Recordings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pd.DataFrame]:
    """Scores of each method in long form: a row for each recording and metric that was measured.

    explain: makes some rows of the recordings ready, and what each method says about them.
    first: the place in the run of the first of the recordings; a metric whose card says so is
        measured on the first recordings of a run alone, see `most_recordings`.
    references: the first recordings of the run, for metrics that compare with others; those of
        `recordings` if not given.
    """
    recordings = recordings.of_leads(model.leads)
    forward = forward or Forward(model)
    scorers = {metric.name: build_scorer(metric, engine) for metric in metrics}
    most_references = max((scorer.references for scorer in scorers.values()), default=0)
    compared = References(
        model=model,
        recordings=(recordings if references is None else references)[:most_references],
        seed=seed,
        memo=forward.memo,
    )
    named = {method.name: method for method in methods}
    most = {
        (name, metric.name): most_recordings(metric, method)
        for name, method in named.items()
        for metric in metrics
    }
    count, done = len(recordings), 0
    tables = {name: _Table(count, list(scorers)) for name in named}
    ends = [end for end in most.values() if end is not None]
    with float32_policy(forward.precision):
        for rows in blocks_of(count, forward.block, first, ends):
            measured = {
                name: [
                    metric
                    for metric in scorers
                    if (end := most[name, metric]) is None or first + rows.start < end
                ]
                for name in named
            }
            done += (rows.stop - rows.start) * len(methods)
            if not any(measured.values()):
                continue

            def columns_of(
                part: slice, measured: Mapping[str, Sequence[str]] = measured
            ) -> dict[str, _Columns]:
                some = recordings[part]
                batch, explained = explain(part)
                block = Block(
                    model=model,
                    forward=forward,
                    methods=tuple(m for m in methods if m.explains_anew),
                    seed=seed,
                    record_id=some.record_id,
                    millivolt=sent(some.signal, model.device),
                    batch=batch,
                    classes=classes_of(some, model.task),
                    references=compared if most_references else None,
                )
                cases = {
                    name: Case(block=block, method=named[name], attribution=found.values)
                    for name, found in explained.items()
                }
                scores = {
                    name: {metric: evaluate(scorers[metric], case) for metric in measured[name]}
                    for name, case in cases.items()
                }
                called = _called(model, batch, explained)
                return on_the_host(explained, scores, batch.target, called)

            for part, columns in forward.memory.do(rows, columns_of):
                for name, of_method in columns.items():
                    tables[name].put(part, of_method)
            if progress:
                progress(done, count * len(methods))
    return {name: table.long(recordings, model.task) for name, table in tables.items()}


def _called(
    model: Model, batch: Batch, explained: Mapping[str, Explained]
) -> Bool[Tensor, " record"]:
    """Whether the model says that a recording is of the class that is explained.

    Of two classes, and of several that each have a logit of their own, it says so where the
    log-odds are above zero; of several that exclude each other the one with the largest logit.
    """
    if not model.linear_in_logits:
        return model.predicted(batch.z) == batch.target
    log_odds = next(iter(explained.values())).log_odds  # the same for all methods
    called = log_odds > 0
    if model.task.multilabel:
        return called
    # Even odds are class 0 of two, as in `Model.predicted`.
    return torch.where(batch.target == 0, log_odds >= 0, called)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    """What one method got for the recordings of a block, on the host."""

    flaws: list[str]
    """Why an attribution must not be scored, or an empty text; come before its scores."""
    residual: Float64[np.ndarray, " record"]
    log_odds: Float64[np.ndarray, " record"]
    target: Int64[np.ndarray, " record"]
    called: Bool[np.ndarray, " record"]
    """Whether the model says that the recording is of the class `target`."""
    values: dict[str, Float64[np.ndarray, " record"]]
    """By metric."""
    reasons: dict[str, list[str]]


def on_the_host(
    explained: Mapping[str, Explained],
    scores: Mapping[str, Mapping[str, Scores]],
    target: Int64[Tensor, " record"],
    called: Bool[Tensor, " record"],
) -> dict[str, _Columns]:
    """What is known of a block by name of method, in the one transfer that a block waits for."""
    facts = [target.double(), called.double()]
    facts += [
        one.double()
        for name, found in explained.items()
        for one in (
            *(found.log_odds, found.residual),
            *(part for of in scores[name].values() for part in (of.values, of.codes)),
        )
    ]
    rows = iter(torch.stack(facts).cpu().numpy())
    targets, is_called = next(rows).astype(np.int64), next(rows).astype(np.bool_)
    columns = {}
    for name in explained:
        log_odds, residual = next(rows), next(rows)
        values, reasons = {}, {}
        for metric, of in scores[name].items():
            values[metric] = next(rows)
            reasons[metric] = [of.reasons[int(code)] for code in next(rows)]
        columns[name] = _Columns(
            flaws=[flaw(*pair) for pair in zip(log_odds.tolist(), residual.tolist(), strict=True)],
            residual=residual,
            log_odds=log_odds,
            target=targets,
            called=is_called,
            values=values,
            reasons=reasons,
        )
    return columns


_NOT_MEASURED = -1


class _Table:
    """The scores of one method, a column a metric, as compact as numbers are."""

    def __init__(self, count: int, metrics: list[str]) -> None:
        self._metrics = {metric: column for column, metric in enumerate(metrics)}
        self._values = np.full((count, len(metrics)), np.nan)
        self._status = np.full((count, len(metrics)), _NOT_MEASURED, dtype=np.int8)
        self._reason = np.zeros((count, len(metrics)), dtype=np.int32)
        self._reasons = {"": 0}
        self._residual = np.full(count, np.nan)
        """How far recordings are from the sum that the method promises."""
        self._log_odds = np.full(count, np.nan)
        self._target = np.zeros(count, dtype=np.int64)
        self._called = np.zeros(count, dtype=np.bool_)

    def put(self, rows: slice, found: _Columns) -> None:
        """The scores of some rows; none where an attribution has a flaw."""
        self._residual[rows] = found.residual
        self._log_odds[rows] = found.log_odds
        self._target[rows] = found.target
        self._called[rows] = found.called
        for metric, of_recordings in found.reasons.items():
            column = self._metrics[metric]
            of_metric = zip(found.flaws, of_recordings, strict=True)
            reasons = [invalid or failed for invalid, failed in of_metric]
            codes = [self._reasons.setdefault(reason, len(self._reasons)) for reason in reasons]
            self._reason[rows, column] = codes
            self._values[rows, column] = np.where(codes, np.nan, found.values[metric])
            invalid = [bool(one) for one in found.flaws]
            self._status[rows, column] = np.where(invalid, 2, np.sign(codes))

    def long(self, recordings: Recordings, task: Task) -> pd.DataFrame:
        """Long form, recording by recording; without what was not measured."""
        metrics, count = list(self._metrics), len(recordings)
        labels = [
            "+".join(name for k, name in enumerate(task.classes) if task.present(one, k))
            for one in recordings.labels or [frozenset[str]()] * count
        ]
        measured = self._status.ravel() != _NOT_MEASURED
        table = pd.DataFrame(
            {
                "record_id": np.repeat(recordings.record_id, len(metrics)),
                "patient_id": np.repeat(recordings.patient_id, len(metrics)),
                "metric": np.tile(metrics, count),
                "score": self._values.ravel(),
                "status": np.array(["ok", "failed", "invalid"])[self._status.ravel()],
                "reason": np.array(list(self._reasons))[self._reason.ravel()],
                "residual": np.repeat(self._residual, len(metrics)),
                "explained": np.repeat(np.array(task.classes)[self._target], len(metrics)),
                "label": np.repeat(labels, len(metrics)),
                "log_odds": np.repeat(self._log_odds, len(metrics)),
                "outcome": np.repeat(self._outcomes(recordings, task), len(metrics)),
            }
        )
        return table if measured.all() else table[measured].reset_index(drop=True)

    def _outcomes(self, recordings: Recordings, task: Task) -> list[str]:
        """What the model makes of each recording, see `Task.outcome`."""
        if recordings.labels is None:
            return [UNKNOWN_OUTCOME] * len(recordings)
        of_each = zip(
            recordings.labels,
            self._target.tolist(),
            self._called.tolist(),
            np.isfinite(self._log_odds).tolist(),
            strict=True,
        )
        return [
            task.outcome(labels, target, called=called) if finite else UNKNOWN_OUTCOME
            for labels, target, called, finite in of_each
        ]
