"""The one loop: dataset x model x method becomes cells of scores, or a reason why not."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.cards import MetricCard
from xai_bench.data import Length
from xai_bench.data.signal_range import unlike_line
from xai_bench.errors import InputError
from xai_bench.memo import Memo
from xai_bench.methods import Method, Methods, find_methods, method_key
from xai_bench.methods.attribute import check_target
from xai_bench.methods.given import GivenMethod
from xai_bench.models import Model
from xai_bench.models.wrap import net_inside
from xai_bench.presets import PRESETS
from xai_bench.provenance import now
from xai_bench.results import (
    Cell,
    digest,
    leaderboard,
    leaderboard_is_current,
    open_run,
    read_cells,
    write_cell,
    write_leaderboard,
)
from xai_bench.scoring import (
    Engine,
    MetricObject,
    Metrics,
    build_scorer,
    depends_on_machine,
    engine_of,
    find_metrics,
)
from xai_bench.scoring.engine.forward import Forward, Precision
from xai_bench.scoring.engine.parts import LEAD_SAMPLES
from xai_bench.scoring.model_quality import EVALUATED, Quality, measure_quality
from xai_bench.scoring.score import score_methods
from xai_bench.studies.base import Inputs, Models, silent
from xai_bench.types import NOT_FINITE, Progress, Recordings
from xai_bench.zoo import TRUST, Metric, Zoo

__all__ = ["PROTOCOL", "Run", "cell_key", "cell_protocol", "run"]

PROTOCOL = 3
"""Raised when the same inputs may give other scores than before."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What `run` did."""

    folder: Path
    leaderboard: pd.DataFrame
    """The rows of the cells that were asked for, and of their controls."""
    cells: tuple[Path, ...]
    reused: int
    """How many of the cells had been scored before."""
    left_out: tuple[str, ...]
    """One line for each recording that could not be used."""
    unreliable: tuple[str, ...]
    """One line for each model that classifies too badly for its explanations to be ranked."""
    remarks: tuple[str, ...] = ()
    """What else a reader must know: where labels come from, recordings unlike those that a model
    was trained on, recordings for which it gives no finite log-odds, and what is scored anew each
    time, because its content cannot be known."""


def run(
    model: Models = PRESETS.run.models,
    method: Methods = PRESETS.run.methods,
    *,
    data: str | Path | Recordings = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = PRESETS.run.n,
    target: str = "predicted",
    metrics: Metrics = "core",
    seed: int = 0,
    engine: Engine = "auto",
    precision: Precision = "float32",
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    out: str | Path = "runs",
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Run:
    """Score every method on every model, with the controls random and oracle beside them.

    model: names or folders, what `wrap` and `load_model` return, or several ("imn,conv2d" or a
        list).
    method: names, functions, Captum's, arrays of attributions, or several, see `find_methods`;
        arrays are of the recordings that are given as `data`, in their order, and of the shape
        that a model reads.
    data: "synthetic", a PTB-XL folder, a folder of WFDB records, or Recordings; split or fold where
        it has any.
    labels, gain: a table of labels, patients and folds; units per mV of WFDB leads that are not
        calibrated; see `load_data`.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    target: the explained class: "predicted", "label" or a class name.
    metrics: "core", "all", families or names, functions of a case, instances of Quantus, or
        several, see `find_metrics`.
    engine: "quantus" for Quantus's own code; "fast" for scorers that agree with it and share all
        work among the methods of a model; "auto" for fast scorers wherever there is one.
    precision: of the forward passes of scorers; "bf16" is for exploration.
    progress: called with (what is being done, steps done, steps in all).

    Pairs that cannot work are recorded as skipped, with the reason; where none can, InputError has
    the reasons. A model whose AUROC reaches
    below 0.7 is scored, and its rows carry `unreliable`; it is measured on 256 recordings of the
    split where fewer are scored. The methods of a model are scored together, then their cells are
    written: an interruption loses only the model in hand. Raises XaiBenchError.
    """
    zoo = zoo or Zoo()
    inputs = Inputs(
        data=data,
        split=split,
        fold=fold,
        n=n,
        seed=seed,
        length=length,
        labels=labels,
        gain=gain,
        device=device,
        zoo=zoo,
        progress=progress or silent,
    )
    cards = find_metrics(metrics, zoo)
    by_machine: dict[bool, list[Metric]] = {}
    for metric in sorted(cards, key=depends_on_machine):
        build_scorer(metric, engine)
        by_machine.setdefault(depends_on_machine(metric), []).append(metric)
    wanted = find_methods(method, zoo, inputs.given)
    references = [name for name in PRESETS.run.references if name not in {m.name for m in wanted}]
    methods = wanted + (find_methods(references) if references else [])
    models = inputs.models(model)
    _check_shapes(methods, models)
    for loaded in models:
        check_target(loaded, target)
    _check_some_can_work(inputs, models, wanted)
    folder = open_run(out)

    known = {cell.folder(folder): cell for cell in read_cells(folder)}
    wanted_cells: list[Path] = []
    new: set[Path] = set()
    left_out: dict[str, None] = {}
    remarks: dict[str, None] = {}
    summaries = Memo()

    def render(of: Iterable[Cell]) -> pd.DataFrame:
        oldest_first = sorted(of, key=lambda cell: str(cell.provenance.get("started")))
        return leaderboard(oldest_first, zoo.flags(), summaries)

    for done, loaded in enumerate(models):
        inputs.progress("models", done, len(models))
        job = _Job(
            inputs=inputs,
            model=loaded,
            methods={chosen.name: chosen for chosen in methods},
            metrics=by_machine,
            target=target,
            engine=engine,
            precision=precision,
        )
        left_out |= dict.fromkeys(job.recordings.left_out)
        remarks |= dict.fromkeys(job.recordings.remarks)
        cells = [cell for chosen in methods for cell in job.cells(chosen)]
        missing = [cell for cell in cells if cell.folder(folder) not in known]
        if missing:
            measures = {
                "quality": asdict(job.quality(known.values())),
                "unlike_training": job.unlike_training,
            }
            for cell in job.scored(missing):
                measured = replace(cell, provenance=cell.provenance | measures)
                path = write_cell(folder, measured)
                known[path] = measured
                new.add(path)
            if loaded is not models[-1]:  # an interruption leaves one of the models so far
                write_leaderboard(folder, render(known.values()))
        wanted_cells += [cell.folder(folder) for cell in cells]
    inputs.progress("models", len(models), len(models))
    if new or not leaderboard_is_current(folder, known.values(), zoo.files(TRUST)):
        # Another process may have written cells to the same folder.
        known = {cell.folder(folder): cell for cell in read_cells(folder)} | known
        write_leaderboard(folder, render(known.values()))
    written = [known[path] for path in wanted_cells]
    return Run(
        folder=folder,
        leaderboard=render(written),
        cells=tuple(wanted_cells),
        reused=len(set(wanted_cells) - new),
        left_out=tuple(left_out),
        unreliable=_unreliable(written),
        remarks=(
            *remarks,
            *_unlike_training(written),
            *_not_finite(written),
            *(
                f"{what}: its content cannot be known, so it is scored anew each time"
                for what in _not_known(models, methods, cards)
            ),
        ),
    )


def _model_facts(model: Model) -> dict[str, Any]:
    """What a page says of a model whose card is not at hand."""
    net = type(net_inside(model.net)).__name__
    parameters = sum(parameter.numel() for parameter in model.net.parameters())
    return {"net": net, "task": model.task.name, "parameters": parameters}


def _check_shapes(methods: Iterable[Method], models: Sequence[Model]) -> None:
    """Raises InputError for attributions made elsewhere that fit none of the models."""
    for method in methods:
        if isinstance(method, GivenMethod) and models:
            reasons = [method.unsupported(model, evidence=True) for model in models]
            if all(reasons):
                raise InputError(f"method '{method.name}' fits no model: {reasons[0]}")


def _check_some_can_work(inputs: Inputs, models: list[Model], methods: list[Method]) -> None:
    """Raises InputError, with the reasons, where none of the methods can explain any model."""
    found: list[str] = []
    for model in models:
        evidence = inputs.recordings(model).evidence is not None
        reasons = [method.unsupported(model, evidence=evidence) for method in methods]
        if not all(reasons):
            return
        found += [f"{model.name}: {reason}" for reason in reasons]
    raise InputError(
        f"none of the pairs asked for can work: {'; '.join(found)}. "
        "What a method needs is listed by: xai-bench ls methods"
    )


def _unlike_training(cells: list[Cell]) -> list[str]:
    """A line for each model that was asked about recordings unlike those that it knows."""
    lines = {cell.model: str(cell.provenance.get("unlike_training", "")) for cell in cells}
    return [f"{model}: {line}" for model, line in lines.items() if line]


def _not_known(
    models: Iterable[Model], methods: Iterable[Method], metrics: Iterable[Metric]
) -> list[str]:
    """What was handed over whose content cannot be known, so that no cell of it is found again."""
    return [
        *(f"model {model.name}" for model in models if model.content is None),
        *(f"method {method.name}" for method in methods if method_key(method) is None),
        *(f"metric {m.name}" for m in metrics if isinstance(m, MetricObject) and not m.reusable),
    ]


def _not_finite(cells: list[Cell]) -> Iterator[str]:
    """A line for each model without finite log-odds for some recordings: none of their scores
    counts."""
    without: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}
    for cell in cells:
        if cell.scores is not None:
            rows = cell.scores[cell.scores["reason"] == NOT_FINITE]
            without.setdefault(cell.model, set()).update(rows["record_id"])
            sizes[cell.model] = cell.provenance["n"]
    for model, ids in without.items():
        if ids:
            some = ", ".join(sorted(ids)[:5]) + (", ..." if len(ids) > 5 else "")
            yield (
                f"{model}: {NOT_FINITE} for {len(ids)} of {sizes[model]} recordings, which are not "
                f"scored: {some}"
            )


def _unreliable(cells: list[Cell]) -> tuple[str, ...]:
    qualities = {(cell.model, Quality.of(cell.provenance)): None for cell in cells}
    return tuple(
        f"{model}: {found.text} on {found.n} recordings: unreliable; its rows are kept and never "
        "lead a ranking"
        for model, found in qualities
        if found.verdict == "unreliable"
    )


def cell_protocol(facts: Mapping[str, Any]) -> str:
    """What the rows of cells that can be compared have in common, from what run.json says."""
    return f"v{PROTOCOL}-{digest(_comparable(facts))}"


def cell_key(facts: Mapping[str, Any]) -> str:
    """The key of a cell, from what its run.json says: a hash of everything its scores depend on.

    Those of a cell that `depends_on_machine` are of one device, as many threads, and the versions
    of torch and of this package. A method that is built in is known by its name, another by its
    content. Where something is not known, the key is like no other.
    """
    depends_on = [
        *_comparable(facts),
        facts["model_card"],
        facts["method"],
        {
            name: [MetricCard.model_validate(card).fingerprint(), facts["engine"][name]]
            for name, card in facts["metrics"].items()
        },
        facts["precision"],
    ]
    if "method_content" in facts:
        depends_on.append(facts["method_content"])
    if not facts.get("reusable", True):
        depends_on.append(facts["token"])
    if facts["depends_on_machine"]:
        versions = [facts["packages"][name] for name in ("torch", "xai-bench")]
        depends_on.append([facts["device"], facts["threads"], *versions])
    return digest(depends_on)


def _comparable(facts: Mapping[str, Any]) -> list[Any]:
    # Of cells from before steps were shares of a recording it is not known how long theirs are.
    samples = facts.get("samples", LEAD_SAMPLES)
    other_length = [] if samples == LEAD_SAMPLES else [samples]
    return [PROTOCOL, facts["recordings"], facts["target"], facts["seed"], *other_length]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    """The cells of one model to be: what they depend on, and how they are filled."""

    inputs: Inputs
    model: Model
    methods: Mapping[str, Method]
    metrics: dict[bool, list[Metric]]
    """By whether their scores depend on the machine; cells are of one kind."""
    target: str
    engine: Engine
    precision: Precision

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
            "model_card": self.model.content,
            "weights": card.weights.sha256 if (card := self.model.card) and card.weights else None,
            "metrics": {metric.name: metric.card.model_dump() for metric in metrics},
            "families": {metric.name: metric.family for metric in metrics},
            "engine": {metric.name: engine_of(metric, self.engine) for metric in metrics},
            "precision": self.precision,
            "depends_on_machine": depends_on_machine,
            "remark": method.remark(self.model),
            "model_facts": _model_facts(self.model),
            "method_facts": {"summary": method.summary, "cite": method.cite},
        }
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

    def _content(self, method: Method, metrics: Iterable[Metric]) -> dict[str, Any]:
        """What tells the cell of objects from that of others, and whether it can be found again."""
        key = method_key(method)
        unknown = _not_known([self.model], [method], metrics)
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
        """Of the model on more recordings of the split: what a cell knows, or else measured."""
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

    def scored(self, cells: Iterable[Cell]) -> Iterator[Cell]:
        """The cells with their scores; methods that lack the same metrics are scored together."""
        of_method: dict[str, list[Cell]] = {}
        for cell in cells:
            of_method.setdefault(cell.method, []).append(cell)
        together: dict[frozenset[str], list[str]] = {}
        for name, lacking in of_method.items():
            of_cells = [cell.provenance["metrics"] for cell in lacking if cell.status == "ok"]
            together.setdefault(frozenset().union(*of_cells), []).append(name)
        for metrics, names in together.items():
            tables = self._score(metrics, names) if metrics else {}
            for cell in (cell for name in names for cell in of_method[name]):
                ended = replace(cell, provenance=cell.provenance | {"ended": now()})
                if cell.method not in tables:
                    yield ended
                    continue
                table = tables[cell.method]
                own = table["metric"].isin(list(cell.provenance["metrics"]))
                yield ended.with_scores(table[own].reset_index(drop=True))

    def _score(self, metrics: Collection[str], methods: list[str]) -> dict[str, pd.DataFrame]:
        return score_methods(
            self.model,
            self.recordings,
            [self.methods[name] for name in methods],
            metrics=[m for of_kind in self.metrics.values() for m in of_kind if m.name in metrics],
            target=self.target,
            seed=self.inputs.seed,
            engine=self.engine,
            forward=Forward(self.model, precision=self.precision),
            progress=lambda k, total: self.inputs.progress(f"{self.model.name}: scoring", k, total),
        )
