"""The one loop: dataset x model x method becomes cells of scores, or a reason why not."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xai_bench.data import Length
from xai_bench.devices import Precision
from xai_bench.durations import duration_text
from xai_bench.errors import InputError, RunError
from xai_bench.executors import Executor, worker_count
from xai_bench.memo import Memo
from xai_bench.methods import Method, Methods, find_methods
from xai_bench.methods.attribute import check_target
from xai_bench.methods.given import GivenMethod
from xai_bench.models import Model
from xai_bench.object_store import is_url
from xai_bench.presets import PRESETS
from xai_bench.results import (
    Cell,
    leaderboard,
    open_run,
    read_cell,
)
from xai_bench.results.leases import Leases, open_leases
from xai_bench.results.recording_groups import GroupedScores, Grouping, grouped_scores
from xai_bench.results.remote_folder import RunCopy
from xai_bench.results.shards import clear_shards
from xai_bench.results.store_leases import StoreLeases
from xai_bench.scoring import (
    Engine,
    Metrics,
    build_scorer,
    depends_on_machine,
    find_metrics,
)
from xai_bench.scoring.model_quality import Quality
from xai_bench.studies.base import Inputs, Models
from xai_bench.studies.benchmark.cell_job import Job, not_known
from xai_bench.studies.benchmark.claimed_cells import ClaimedCells
from xai_bench.studies.benchmark.fill_cells import Missing, Pace, fill_cells
from xai_bench.types import NOT_FINITE, Progress, Recordings, silent
from xai_bench.workers import OutOfTime, one_thread, only_here, why_one_worker
from xai_bench.zoo import Metric, Zoo

__all__ = ["Run", "run"]

_LOOK_AGAIN_S = 0.5
"""For cells that another process is at."""
_IN_A_STORE_S = 5.0
"""Where each look is a request or more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What `run` did."""

    folder: Path
    """Of a run in an object store its copy here, which lasts as long as this process."""
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

    def by(self, grouping: Grouping) -> GroupedScores:
        """Its scores by the class that is explained ("class") or by what the model made of the
        recording ("outcome"). Raises InputError where that is not known."""
        return grouped_scores(map(read_cell, self.cells), grouping)


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
    waves: str | None = None,
    strict: bool = False,
    out: str | Path = "runs",
    zoo: Zoo | None = None,
    executor: Executor = "local",
    workers: int | None = None,
    rows: int | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
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
    waves: who says which waves there are: "planted", "rules", "delnet" or "openecg"; if not given,
        what was planted, or else the rules.
    strict: whether a recording that cannot be read is an error and not left out.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    target: the explained class: "predicted", "label" or a class name.
    metrics: "core", "all", families or names, functions of a case, instances of Quantus, or
        several, see `find_metrics`.
    engine: "quantus" for Quantus's own code; "fast" for scorers that agree with it and share all
        work among the methods of a model; "auto" for fast scorers wherever there is one.
    precision: "tf32" for faster and coarser products on CUDA; "bf16", of the forward passes of
        scorers, is for exploration.
    executor: "local" for processes of this machine; "ray" for workers of the Ray cluster that
        $RAY_ADDRESS names, see docs/scaling.md. Scores do not depend on it.
    workers: that share out the recordings; as many as there are cores if not given, and one on CUDA
        and on other systems than Linux, or as many as the cluster has CPUs, or GPUs for nets on
        CUDA. Scores do not depend on it.
    rows: recordings in one pass, see `Forward`; scores are the same to the last bit for the same
        rows.
    out: a run folder, or one in an object store: s3://bucket/run, gs://bucket/run.
    time_limit: seconds, after which RunError is raised; the same call goes on from there.
    progress: called with (what is being done, steps done, steps in all).
    notice: called with lines to be read meanwhile: the first scores, and the time that is expected.

    Pairs that cannot work are recorded as skipped, with the reason; where none can, InputError has
    the reasons. A model whose AUROC reaches below 0.7 is scored, and its rows carry `unreliable`;
    it is measured on 256 recordings of the split where fewer are scored. The methods of a model are
    scored together, then their cells are written; an interruption loses less than a minute of each
    worker, and the same call goes on from there. On a CPU scores are computed by one thread a
    worker. Costs are measured when all else is done, by this process alone.
    Raises XaiBenchError.
    """
    for name, given in (("rows", rows), ("workers", workers)):
        if given is not None and (not isinstance(given, int) or given < 1):
            raise InputError(f"{name} is {given!r}; give a whole number from 1 on, or None")
    deadline = None if time_limit is None else time.monotonic() + time_limit
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
        waves=waves,
        strict=strict,
        device=device,
        zoo=zoo,
        progress=only_here(progress or silent),
    )
    cards = find_metrics(metrics, zoo)
    flags = zoo.flags()
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
    copy = RunCopy(str(out)) if is_url(out) else None
    folder = open_run(out) if copy is None else copy.folder
    on_cpu = all(loaded.device.type == "cpu" for loaded in models)
    jobs = [
        Job(
            inputs=inputs,
            model=loaded,
            methods={chosen.name: chosen for chosen in methods},
            metrics=by_machine,
            target=target,
            engine=engine,
            precision=precision,
            rows=rows,
        )
        for loaded in models
    ]
    summaries = Memo()
    told = notice or (lambda line: None)
    remote = None if copy is None else copy.remote
    with one_thread(on_cpu=on_cpu), open_leases(folder, remote) as leases:
        cells = [[cell for chosen in methods for cell in job.cells(chosen)] for job in jobs]
        wanted_cells = [cell.folder(folder) for of_model in cells for cell in of_model]
        claimed = ClaimedCells(folder, wanted_cells, leases, told, copy)
        pace = Pace(
            executor=executor,
            workers=worker_count(executor, workers, on_cpu=on_cpu),
            on_cpu=on_cpu,
            deadline=deadline,
            progress=inputs.progress,
            notice=told,
        )
        if pace.workers < (workers or 1):
            why = why_one_worker() if on_cpu else "a CUDA device is fed by one process"
            pace.notice(f"one worker, not {workers}: {why}")
        try:
            for work in _rounds(jobs, cells, claimed, leases, pace):
                for filled in fill_cells(work, tuple(claimed.known.values()), folder, pace, remote):
                    claimed.write(filled)
        except OutOfTime:
            raise RunError(
                f"the time limit of {duration_text(time_limit or 0)} is over; the recordings "
                f"that were done are kept in {out}, and the same command goes on from there"
            ) from None
        finally:  # an interruption leaves a leaderboard of the models so far
            claimed.write_leaderboard(flags, summaries)
    clear_shards(folder, remote)
    written = [claimed.known[path] for path in wanted_cells]
    return Run(
        folder=folder,
        leaderboard=leaderboard(written, flags, summaries),
        cells=tuple(wanted_cells),
        reused=len(set(wanted_cells) - claimed.new),
        left_out=_once(line for job in jobs for line in job.recordings.left_out),
        unreliable=_unreliable(written),
        remarks=(
            *_once(line for job in jobs for line in job.recordings.remarks),
            *(f"left out of the leaderboard: {why}" for why in claimed.broken.values()),
            *_unlike_training(written),
            *_not_finite(written),
            *(
                f"{what}: its content cannot be known, so it is scored anew each time"
                for what in not_known(models, methods, cards)
            ),
        ),
    )


def _rounds(
    jobs: Sequence[Job],
    cells: Sequence[Sequence[Cell]],
    claimed: ClaimedCells,
    leases: Leases | StoreLeases,
    pace: Pace,
) -> Iterator[list[Missing]]:
    """What is to be scored, until all cells are there: first what nobody is at, and later what
    others that were at it have left. Raises OutOfTime, XaiBenchError."""
    flat = {cell.folder(claimed.run): cell for of_model in cells for cell in of_model}
    said: tuple[str, ...] = ()
    while missing := [cell for path, cell in flat.items() if path not in claimed.known]:
        folders = claimed.claim(missing)
        work = [
            Missing(job=job, cells=[c for c in of_model if c.folder(claimed.run) in folders])
            for job, of_model in zip(jobs, cells, strict=True)
        ]
        if folders:
            yield [one for one in work if one.cells]
        leases.give_back()
        if folders or not leases.holders:
            continue
        if leases.holders != said:
            said = leases.holders
            pace.notice(f"{len(missing)} cells are being scored by {', '.join(said)}: waiting")
        pace.progress("waiting for cells of another run", len(flat) - len(missing), len(flat))
        if pace.deadline is not None and time.monotonic() > pace.deadline:
            raise OutOfTime
        time.sleep(_LOOK_AGAIN_S if isinstance(leases, Leases) else _IN_A_STORE_S)


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


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
