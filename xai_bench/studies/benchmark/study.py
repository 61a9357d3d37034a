"""The one loop: dataset x model x method becomes cells of scores, or a reason why not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from xai_bench.data import Length
from xai_bench.devices import Precision
from xai_bench.errors import InputError
from xai_bench.memo import Memo
from xai_bench.methods import Method, Methods, find_methods
from xai_bench.methods.attribute import check_target
from xai_bench.methods.given import GivenMethod
from xai_bench.models import Model
from xai_bench.presets import PRESETS
from xai_bench.results import (
    Cell,
    leaderboard,
    open_run,
    read_cells,
    stored_leaderboard,
    write_cell,
    write_leaderboard,
)
from xai_bench.scoring import (
    Engine,
    Metrics,
    build_scorer,
    depends_on_machine,
    find_metrics,
)
from xai_bench.scoring.model_quality import Quality
from xai_bench.studies.base import Inputs, Models, silent
from xai_bench.studies.benchmark.cell_job import Job, not_known
from xai_bench.types import NOT_FINITE, Progress, Recordings
from xai_bench.zoo import Metric, Zoo

__all__ = ["Run", "run"]


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
    precision: "tf32" for faster and coarser products on CUDA; "bf16", of the forward passes of
        scorers, is for exploration.
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

    flags = zoo.flags()

    for done, loaded in enumerate(models):
        inputs.progress("models", done, len(models))
        job = Job(
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
                write_leaderboard(folder, known.values(), flags, summaries)
        wanted_cells += [cell.folder(folder) for cell in cells]
    inputs.progress("models", len(models), len(models))
    if new or stored_leaderboard(folder, known.values(), flags) is None:
        # Another process may have written cells to the same folder.
        known = {cell.folder(folder): cell for cell in read_cells(folder)} | known
        write_leaderboard(folder, known.values(), flags, summaries)
    written = [known[path] for path in wanted_cells]
    return Run(
        folder=folder,
        leaderboard=leaderboard(written, flags, summaries),
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
                for what in not_known(models, methods, cards)
            ),
        ),
    )


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
