"""The cells of one model: what they depend on, and how they are filled."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, final

import pandas as pd

from xai_bench.data.signal_range import unlike_line
from xai_bench.devices import Precision
from xai_bench.methods import Method, method_key
from xai_bench.models import Model
from xai_bench.models.wrap import net_inside
from xai_bench.provenance import now
from xai_bench.results import Cell, digest
from xai_bench.results.shards import Shards
from xai_bench.scoring import (
    Engine,
    MetricObject,
    build_scorer,
    engine_of,
)
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.engine.measured import most_recordings
from xai_bench.scoring.model_quality import EVALUATED, Quality, claimed_quality, measure_quality
from xai_bench.scoring.score import score_methods
from xai_bench.studies.base import Inputs
from xai_bench.studies.benchmark.cell_keys import cell_key, cell_protocol
from xai_bench.studies.benchmark.shard_order import Stretch, stretches_of
from xai_bench.types import Recordings
from xai_bench.zoo import Metric

__all__ = ["Job", "ScoredTogether", "Scorer", "not_known"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """The cells of one model to be: what they depend on, and how they are filled."""

    inputs: Inputs
    model: Model
    methods: Mapping[str, Method]
    metrics: dict[bool, list[Metric]]
    """By whether their scores depend on the machine; cells are of one kind."""
    target: str
    engine: Engine
    precision: Precision
    rows: int | None
    """Of a pass, see `Forward`."""

    @property
    def recordings(self) -> Recordings:
        return self.inputs.recordings(self.model)

    @property
    def unlike_training(self) -> str:
        """Which recordings are unlike those that the model was trained on; "" where none is."""
        given = self.recordings
        return unlike_line(given.record_id, self.inputs.measured(given), self.model.trained_on)

    def cells(self, method: Method) -> Iterator[Cell]:
        """The cells of a method without their scores: one of the metrics whose scores are the same
        on every machine, and one of the others. A pair that cannot work has one, skipped."""
        reason = method.unsupported(self.model, evidence=self.recordings.evidence is not None)
        for depends, metrics in self.metrics.items():
            yield self._cell(method, reason, metrics, depends_on_machine=depends)
            if reason:
                return

    def _cell(
        self, method: Method, reason: str | None, metrics: list[Metric], *, depends_on_machine: bool
    ) -> Cell:
        facts = self.inputs.provenance(self.model.device) | {
            "started": now(),
            "seed": self.inputs.seed,
            "target": self.target,
            "n": len(self.recordings),
            "samples": self.model.samples,
            "left_out": list(self.recordings.left_out),
            "remarks": list(self.recordings.remarks),
            "recordings": self.recordings.fingerprint(),
            "folds": _folds(self.recordings),
            "model_card": self.model.content,
            "weights": card.weights.sha256 if (card := self.model.card) and card.weights else None,
            "metrics": {metric.name: metric.card.model_dump() for metric in metrics},
            "families": {metric.name: metric.family for metric in metrics},
            "engine": {metric.name: engine_of(metric, self.engine) for metric in metrics},
            "measured": {metric.name: self._measured(metric, method) for metric in metrics},
            "precision": self.precision,
            "depends_on_machine": depends_on_machine,
            "remark": method.remark(self.model),
            "model_facts": _model_facts(self.model),
            "method_facts": {"summary": method.summary, "cite": method.cite},
        }
        if self.rows is not None:
            facts["rows_asked"] = self.rows
        facts |= self._content(method, metrics)
        return Cell(
            dataset=self.recordings.name,
            model=self.model.name,
            method=method.name,
            key=cell_key(facts | {"method": method.name}),
            protocol=cell_protocol(facts),
            status="skipped" if reason else "ok",
            reason=reason or "",
            provenance=facts,
        )

    def _measured(self, metric: Metric, method: Method) -> int:
        """The number of recordings."""
        n, most = len(self.recordings), most_recordings(metric, method)
        return n if most is None else min(n, most)

    def _content(self, method: Method, metrics: Iterable[Metric]) -> dict[str, Any]:
        """What tells the cell of objects from that of others, and whether it can be found again."""
        key = method_key(method)
        unknown = not_known([self.model], [method], metrics)
        facts: dict[str, Any] = {"reusable": not unknown}
        if key:
            facts["method_content"] = key
        if unknown:
            remark = f"scored anew each time: the content of {', '.join(unknown)} is not known"
            said = method.remark(self.model)
            facts |= {
                "token": secrets.token_hex(8),
                "remark": f"{said}; {remark}" if said else remark,
            }
        return facts

    def quality(self, cells: Iterable[Cell]) -> Quality:
        """Of the model on more recordings of the split: what its card says of fold 10 of the
        embedded data, what a cell knows, or else measured. Of a known net nothing is asked."""
        if self.model.is_known:
            return Quality(verdict="known")
        claimed = claimed_quality(self.model, self.inputs.embedded_test_fold(self.model))
        if claimed is not None:
            return claimed
        evaluated = self.inputs.recordings(self.model, at_least=EVALUATED)
        content, fingerprint = self.model.content, evaluated.fingerprint()
        for cell in cells:
            found = Quality.of(cell.provenance)
            known = content is not None and cell.provenance["model_card"] == content
            if known and found.recordings == fingerprint:
                return found
        what = f"{self.model.name}: measuring its AUROC"
        return measure_quality(
            self.model,
            evaluated,
            progress=lambda k, total: self.inputs.progress(what, k, total),
        )

    def measured(self, cells: Iterable[Cell]) -> dict[str, Any]:
        """What cells say of their model beside its scores."""
        return {"quality": asdict(self.quality(cells)), "unlike_training": self.unlike_training}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scorer:
    """What scores recordings of one model. It holds no more than what they are compared with, so
    that it may be sent elsewhere."""

    model: Model
    methods: Sequence[Method]
    metrics: Sequence[Metric]
    target: str
    seed: int
    engine: Engine
    forward: Forward
    references: Recordings
    """The first recordings of the run."""

    def score(
        self, some: Recordings, first: int, report: Callable[[int], None]
    ) -> dict[str, pd.DataFrame]:
        """Scores of some recordings, by name of method.

        first: the place of their first among all that are scored. report: called with the number
        of recordings times methods that are done.
        """
        return score_methods(
            self.model,
            some,
            self.methods,
            metrics=list(self.metrics),
            target=self.target,
            seed=self.seed,
            engine=self.engine,
            forward=self.forward,
            first=first,
            references=self.references,
            progress=lambda done, total: report(done),
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredTogether:
    """Cells of one model and the same metrics: their methods share what they can."""

    job: Job
    cells: Sequence[Cell]

    def __len__(self) -> int:
        """Recordings times methods."""
        return len(self.job.recordings) * len(self.cells)

    @cached_property
    def forward(self) -> Forward:
        return Forward(self.job.model, precision=self.job.precision, rows=self.job.rows)

    def stretches(self, of: int, shards: Shards) -> list[Stretch]:
        """What has no scores yet, as that of model number `of`."""
        count, block = len(self.job.recordings), self.forward.block
        measured = [n for cell in self.cells for n in cell.provenance.get("measured", {}).values()]
        return stretches_of(
            of,
            self.job.model.name,
            shards.missing(count, block),
            block=block,
            edge=max((n for n in measured if n < count), default=0),
        )

    @cached_property
    def scored_by(self) -> str:
        """What scores of some recordings depend on beside the cells: whoever has the same may go on
        with them."""
        packages = self.job.inputs.provenance(self.job.model.device)["packages"]
        versions = [packages[name] for name in ("torch", "xai-bench")]
        return digest(
            [str(self.job.model.device), self.forward.rows, self.forward.block, *versions]
        )

    @cached_property
    def scorer(self) -> Scorer:
        job = self.job
        wanted = self.cells[0].provenance["metrics"]
        metrics = [m for of_kind in job.metrics.values() for m in of_kind if m.name in wanted]
        compared = max(build_scorer(metric, job.engine).references for metric in metrics)
        return Scorer(
            model=job.model,
            methods=[job.methods[cell.method] for cell in self.cells],
            metrics=metrics,
            target=job.target,
            seed=job.inputs.seed,
            engine=job.engine,
            forward=self.forward,
            references=job.recordings[:compared],
        )

    def score(self, report: Callable[[int], None]) -> dict[str, pd.DataFrame]:
        """Scores of all recordings, by name of method."""
        return self.scorer.score(self.job.recordings, 0, report)

    def filled(
        self, scores: Callable[[str], pd.DataFrame], facts: Mapping[str, Any]
    ) -> Iterator[Cell]:
        """The cells with their scores. scores: those of a method, by its name."""
        facts = {**facts, "rows": self.forward.rows, "ended": now()}
        for cell in self.cells:
            yield replace(cell, provenance=cell.provenance | facts).with_scores(scores(cell.method))


def _folds(recordings: Recordings) -> list[int]:
    """Of the recordings that are scored; none where they have none."""
    return [] if recordings.fold is None else sorted({int(fold) for fold in recordings.fold})


def _model_facts(model: Model) -> dict[str, Any]:
    """What a page says of a model whose card is not at hand."""
    net = type(net_inside(model.net)).__name__
    parameters = sum(parameter.numel() for parameter in model.net.parameters())
    return {"net": net, "task": model.task.name, "parameters": parameters}


def not_known(
    models: Iterable[Model], methods: Iterable[Method], metrics: Iterable[Metric]
) -> list[str]:
    """What was handed over whose content cannot be known, so that no cell of it is found again."""
    return [
        *(f"model {model.name}" for model in models if model.content is None),
        *(f"method {method.name}" for method in methods if method_key(method) is None),
        *(f"metric {m.name}" for m in metrics if isinstance(m, MetricObject) and not m.reusable),
    ]
