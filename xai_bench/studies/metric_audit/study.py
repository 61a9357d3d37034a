"""Score maps that are known to be better and worse, then ask which metrics notice."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, final

import numpy as np
import pandas as pd
import torch

from xai_bench.data import Length
from xai_bench.devices import float32_policy, pick_device
from xai_bench.errors import InputError
from xai_bench.executors import Executor
from xai_bench.methods import DERIVED, Method, Methods, find_methods
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.controls import Oracle
from xai_bench.models import Model
from xai_bench.presets import PRESETS
from xai_bench.provenance import provenance
from xai_bench.results import read_cells
from xai_bench.results.study_tables import StudyResult
from xai_bench.scoring import Metrics, depends_on_machine, find_metrics
from xai_bench.scoring.score import score_methods
from xai_bench.stats import floor_of, tied
from xai_bench.studies.base import Inputs, Models, able_methods
from xai_bench.studies.benchmark import run
from xai_bench.studies.metric_audit import core_choice, redundancy
from xai_bench.studies.metric_audit.audit_comparisons import (
    Audited,
    Side,
    methods_of_known_nets,
)
from xai_bench.studies.metric_audit.trust_table import SCHEMA, Scores, side_scores, trust
from xai_bench.types import Progress, Recordings, silent
from xai_bench.workers import one_thread
from xai_bench.zoo import Metric, Zoo

__all__ = ["MetricAudit", "audit_metrics"]

_READ_EVIDENCE = ("known-morphology", "known-morphology-1d")
_READ_BESIDE = ("known-shortcut",)

_REPEATS = 2
"""Runs with other seeds, beside the one that is audited."""
_REPEATED = 16
"""Recordings of them."""
_TRIED = 2
"""Recordings by which it is found out whether a metric draws, and what it costs."""


class _Cohort(TypedDict):
    """Which recordings are asked about."""

    data: str | Path | Recordings
    split: str
    fold: int | Collection[int] | None
    labels: str | Path | None
    length: Length
    gain: float | None
    n: int | None
    seed: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetricAudit:
    """Three tables of one audit."""

    trust: StudyResult
    redundancy: StudyResult
    core: StudyResult


@float32_policy()
def audit_metrics(
    *,
    models: Models = PRESETS.metric_audit.models,
    methods: Methods = PRESETS.metric_audit.methods,
    metrics: Metrics = "all",
    data: str | Path | Recordings = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    labels: str | Path | None = None,
    length: Length = "exact",
    gain: float | None = None,
    n: int | None = PRESETS.metric_audit.n,
    seed: int = 0,
    out: str | Path = "audit",
    device: str | None = None,
    executor: Executor = "local",
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> MetricAudit:
    """Score what `audit_comparisons` compares; then `trust`, `redundancy` and `choose_core`.

    models, metrics: as in `run`. Of known nets their truth is scored, its corruptions, and maps
    that know no model; of others `methods`, reversed and of nets before training, and once more on
    16 recordings with each of two other seeds. Costs are left out. executor: as in `run`, of all
    but these repeats.

    Cells go to the run folder `out` and are reused; metrics are compared on all cells there of the
    same models and recordings, controls apart. data, split, fold, labels, length, gain: as in
    `run`; of recordings without planted evidence nothing is asked that needs it: whether a metric
    finds what is planted, and all of localisation. Raises XaiBenchError.
    """
    zoo, progress = zoo or Zoo(), progress or silent
    cohort = _Cohort(
        data=data, split=split, fold=fold, labels=labels, length=length, gain=gain, n=n, seed=seed
    )
    inputs = Inputs(**cohort, device=device, zoo=zoo, progress=progress)
    opened = inputs.models(models)
    known = [model for model in opened if model.is_known]
    trained = [model for model in opened if model not in known]
    wanted = [one for one in find_metrics(metrics, zoo) if not depends_on_machine(one)]
    if not wanted:
        raise InputError("costs are not audited; name other metrics: xai-bench ls metrics")
    audited = find_methods(methods, zoo)
    made = [DERIVED[kind](one) for one in audited for kind in ("untrained", "flipped")]
    jobs: list[tuple[list[Model], list[Any]]] = [
        (trained, [*audited, *made]),
        (known, methods_of_known_nets()),
    ]
    folders: set[Path] = set()
    left_out: list[str] = []
    for of_models, of_methods in jobs:
        if of_models:
            done = run(
                of_models,
                of_methods,
                metrics=wanted,
                **cohort,
                device=device,
                executor=executor,
                out=out,
                zoo=zoo,
                progress=progress,
            )
            folders |= set(done.cells)
            left_out += done.left_out
    every = read_cells(Path(out))
    cells = [cell for cell in every if cell.folder(Path(out)) in folders]
    asked = Audited(
        trained=[model.name for model in trained],
        known=[model.name for model in known],
        reads_evidence={
            model.name: _speaks_for(model, inputs.recordings(model))
            for model in known
            if model.name in _READ_EVIDENCE and inputs.recordings(model).evidence is not None
        },
        reads_beside=[model.name for model in known if model.name in _READ_BESIDE],
        reads_else=[
            model.name for model in known if model.name not in (*_READ_EVIDENCE, *_READ_BESIDE)
        ],
        methods=[one.name for one in audited],
    )
    with one_thread(on_cpu=all(model.device.type == "cpu" for model in opened)):
        repeats = _Repeats(inputs, wanted, side_scores(cells)).of(trained, audited)
        seconds = _seconds(inputs, trained or known, audited, wanted, progress)
    protocols = {(cell.model, cell.protocol) for cell in cells}
    alike = [cell for cell in every if (cell.model, cell.protocol) in protocols]
    table = trust(cells, asked, repeats)
    pairs = redundancy.redundancy(alike, asked.trained)
    chosen = core_choice.choose_core(table, redundancy.clusters(pairs), seconds)
    facts = provenance(pick_device(device)) | {
        "models": asked.trained,
        "known_nets": asked.known,
        "methods": asked.methods,
        "data": cells[0].dataset,
        "split": split,
        "fold": fold if fold is None or isinstance(fold, int) else sorted(fold),
        "n": cells[0].provenance["n"],
        "seed": seed,
        "speaks_for": {name: sorted(ids) for name, ids in asked.reads_evidence.items()},
        "repeats": {"seeds": [_other_seed(seed, k) for k in range(_REPEATS)], "n": _REPEATED},
        "protocols": sorted({cell.protocol for cell in cells}),
        "left_out": list(dict.fromkeys(left_out)),
    }
    return MetricAudit(
        trust=StudyResult(schema=SCHEMA, table=table, facts=facts),
        redundancy=StudyResult(schema=redundancy.SCHEMA, table=pairs, facts=facts),
        core=StudyResult(schema=core_choice.SCHEMA, table=chosen, facts=facts),
    )


def _speaks_for(model: Model, recordings: Recordings) -> set[str]:
    """The recordings whose planted evidence a known net reads as speaking for what it predicts, as
    the control oracle says it does: the truth within it has that sign."""
    batch = make_batch(model, recordings, target="predicted")
    with torch.no_grad():
        truth = model.truth(batch.z, batch.target)
    said = (truth * Oracle().attribute(model, batch)).sum(dim=(1, 2)) > 0
    ids = zip(recordings.record_id, said.tolist(), strict=True)
    return {record_id for record_id, speaks in ids if speaks}


def _other_seed(seed: int, k: int) -> int:
    return seed + 1 + k


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Repeats:
    """The same maps scored again with other seeds, by metrics that draw."""

    inputs: Inputs
    metrics: Sequence[Metric]
    scored: Scores
    """With the seed that is audited."""

    def of(self, models: Iterable[Model], methods: Sequence[Method]) -> list[Scores]:
        found: list[dict[tuple[Side, str], pd.Series]] = [{} for _ in range(_REPEATS)]
        plan = [(model, k) for model in models for k in range(_REPEATS)]
        for step, (model, k) in enumerate(plan):
            self.inputs.progress("scoring again with other seeds", step, len(plan))
            recordings = self.inputs.recordings(model)[:_REPEATED]
            able, _ = able_methods(model, methods, recordings)
            if not able:
                continue
            seed = _other_seed(self.inputs.seed, k)
            tried = self._score(model, recordings[:_TRIED], able[:1], self.metrics, seed)
            drawing = [one for one in self.metrics if self._draws(tried, one.name)]
            found[k] |= tried
            if drawing:
                found[k] |= self._score(model, recordings, able, drawing, seed)
        self.inputs.progress("scoring again with other seeds", len(plan), len(plan))
        return list(found)

    def _score(
        self,
        model: Model,
        recordings: Recordings,
        methods: Sequence[Method],
        metrics: Sequence[Metric],
        seed: int,
    ) -> dict[tuple[Side, str], pd.Series]:
        tables = score_methods(model, recordings, methods, metrics=list(metrics), seed=seed)
        return {
            (Side(model.name, method), str(metric)): rows.set_index(["patient_id", "record_id"])[
                "score"
            ].dropna()
            for method, table in tables.items()
            for metric, rows in table.groupby("metric", sort=False)
        }

    def _draws(self, tried: Scores, metric: str) -> bool:
        """Whether the first recordings have another score with another seed, or one has none."""
        for (side, name), again in tried.items():
            before = self.scored.get((side, name)) if name == metric else None
            if before is None:
                continue
            one, other = pd.concat([before, again], axis=1, join="inner").to_numpy(np.float64).T
            if len(one) < _TRIED or not tied(one, other, floor_of(metric)).all():
                return True
        return False


def _seconds(
    inputs: Inputs,
    models: Sequence[Model],
    methods: Sequence[Method],
    metrics: Sequence[Metric],
    progress: Progress,
) -> Mapping[str, float]:
    """Of each metric alone: seconds a recording, with the explanation, on the last of the models.

    Metrics that share passes cost less together.
    """
    model = models[-1]
    recordings = inputs.recordings(model)[:_TRIED]
    able, _ = able_methods(model, methods, recordings)
    if not able:
        return {}
    found = {}
    for step, metric in enumerate(metrics):
        progress("timing metrics", step, len(metrics))
        start = time.perf_counter()
        score_methods(model, recordings, able[:1], metrics=[metric], seed=inputs.seed)
        found[metric.name] = (time.perf_counter() - start) / len(recordings)
    progress("timing metrics", len(metrics), len(metrics))
    return found
