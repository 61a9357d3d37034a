"""The one loop: dataset x model x method becomes a cell of scores, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

from xai_bench.data import load_data
from xai_bench.methods import Method, find_methods
from xai_bench.methods.attribute import check_target
from xai_bench.models import Model, load_model
from xai_bench.provenance import now, provenance
from xai_bench.results import (
    Cell,
    digest,
    leaderboard,
    open_run,
    read_cells,
    write_cell,
    write_leaderboard,
)
from xai_bench.scoring import Engine, build_scorer, engine_of
from xai_bench.scoring.engine.forward import Forward, Precision
from xai_bench.scoring.model_quality import EVALUATED, Quality, measure_quality
from xai_bench.scoring.score import score_methods
from xai_bench.tasks import Task
from xai_bench.types import Recordings
from xai_bench.zoo import Metric, Zoo

__all__ = ["DEFAULT_N", "PROTOCOL", "Run", "run"]

PROTOCOL = 3
"""Raised when the same inputs may give other scores than before."""

DEFAULT_N = 16
"""Recordings of a default run: under five minutes on two CPU cores, with two reference controls."""

_REFERENCES = ("random", "oracle")

Progress = Callable[[str, int, int], None]


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


def run(
    model: str | Iterable[str] = "imn",
    method: str | Iterable[str] = "native",
    *,
    data: str | Path = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = DEFAULT_N,
    target: str = "predicted",
    metrics: str | Iterable[str] = "all",
    seed: int = 0,
    engine: Engine = "auto",
    precision: Precision = "float32",
    device: str | None = None,
    length: Literal["exact", "crop", "pad"] = "exact",
    out: str | Path = "runs",
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Run:
    """Score every method on every model, with the controls random and oracle beside them.

    model, method: names, or several ("imn,conv2d" or a list).
    data: "synthetic", a PTB-XL folder or a folder of WFDB records; split or fold where it has any.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    target: the explained class: "predicted", "label" or a class name.
    engine: "quantus" for Quantus's own code; "fast" for scorers that agree with it and share all
        work among the methods of a model; "auto" for fast scorers wherever there is one.
    precision: of the forward passes of scorers; "bf16" is for exploration.
    progress: called with (what is being done, steps done, steps in all).

    Pairs that cannot work are recorded as skipped, with the reason. A model whose AUROC reaches
    below 0.7 is scored, and its rows carry `unreliable`; it is measured on 256 recordings of the
    split where fewer are scored. The methods of a model are scored together, then their cells are
    written: an interruption loses only the model in hand. Raises XaiBenchError.
    """
    zoo = zoo or Zoo()
    tell = progress or (lambda *_: None)
    cards = zoo.metrics(metrics)
    for card in cards:
        build_scorer(card, engine)
    wanted = find_methods(method)
    methods = wanted + find_methods(
        name for name in _REFERENCES if name not in {m.name for m in wanted}
    )
    names = model.split(",") if isinstance(model, str) else list(model)
    models = [load_model(name, device=device, zoo=zoo) for name in dict.fromkeys(names)]
    for loaded in models:
        check_target(loaded, target)
    folder = open_run(out)

    @cache
    def recordings(task: Task, rate_hz: float, seconds: float, count: int | None) -> Recordings:
        return load_data(
            data,
            n=count,
            split=split,
            fold=fold,
            task=task,
            seed=seed,
            rate_hz=rate_hz,
            seconds=seconds,
            length=length,
            progress=lambda k, total: tell("reading recordings", k, total),
        )

    known = {cell.folder(folder): cell for cell in read_cells(folder)}
    written: list[Cell] = []
    reused = 0
    left_out: dict[str, None] = {}
    for done, loaded in enumerate(models):
        tell("models", done, len(models))
        reads = (loaded.task, loaded.card.input.rate_hz, loaded.card.input.seconds)
        job = _Job(
            model=loaded,
            recordings=recordings(*reads, n),
            metrics=cards,
            target=target,
            seed=seed,
            engine=engine,
            precision=precision,
        )
        left_out |= dict.fromkeys(job.recordings.left_out)
        cells = {chosen.name: job.cell(chosen) for chosen in methods}
        missing = {name: c for name, c in cells.items() if c.folder(folder) not in known}
        reused += len(cells) - len(missing)
        if missing:
            evaluated = recordings(*reads, None if n is None else max(n, EVALUATED))
            quality = asdict(_quality(loaded, evaluated, known.values(), tell))
            missing = {
                name: replace(cell, provenance=cell.provenance | {"quality": quality})
                for name, cell in missing.items()
            }
            for cell in job.scored(missing, tell):
                write_cell(folder, cell)
                known[cell.folder(folder)] = cell
            write_leaderboard(folder, leaderboard(list(known.values()), zoo.flags()))
        written += [known[cell.folder(folder)] for cell in cells.values()]
    tell("models", len(models), len(models))
    # Once more from the disk: another process may have written cells to the same folder.
    write_leaderboard(folder, leaderboard(read_cells(folder), zoo.flags()))
    return Run(
        folder=folder,
        leaderboard=leaderboard(written, zoo.flags()),
        cells=tuple(cell.folder(folder) for cell in written),
        reused=reused,
        left_out=tuple(left_out),
        unreliable=_unreliable(written),
    )


def _quality(
    model: Model, recordings: Recordings, cells: Iterable[Cell], tell: Progress
) -> Quality:
    """Of the model on these recordings: what a cell knows already, or else measured."""
    card, fingerprint = model.card.fingerprint(), recordings.fingerprint()
    for cell in cells:
        found = Quality.of(cell.provenance)
        if found.recordings == fingerprint and cell.provenance["model_card"] == card:
            return found
    return measure_quality(
        model,
        recordings,
        progress=lambda k, total: tell(f"{model.name}: measuring its AUROC", k, total),
    )


def _unreliable(cells: list[Cell]) -> tuple[str, ...]:
    qualities = {(cell.model, Quality.of(cell.provenance)): None for cell in cells}
    return tuple(
        f"{model}: {found.text} on {found.n} recordings: unreliable; its rows are kept and never "
        "lead a ranking"
        for model, found in qualities
        if found.verdict == "unreliable"
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    """The cells of one model to be: what they depend on, and how they are filled."""

    model: Model
    recordings: Recordings
    metrics: list[Metric]
    target: str
    seed: int
    engine: Engine
    precision: Precision

    def cell(self, method: Method) -> Cell:
        """The cell of a method without its scores; skipped if the pair cannot work."""
        recordings = self.recordings.fingerprint()
        protocol = [PROTOCOL, recordings, self.target, self.seed]
        depends_on = [
            *protocol,
            self.model.card.fingerprint(),
            method.name,
            {
                metric.name: [metric.card.fingerprint(), engine_of(metric, self.engine)]
                for metric in self.metrics
            },
            self.precision,
        ]
        reason = method.unsupported(self.model, evidence=self.recordings.evidence is not None)
        return Cell(
            dataset=self.recordings.name,
            model=self.model.name,
            method=method.name,
            key=digest(depends_on),
            protocol=f"v{PROTOCOL}-{digest(protocol)}",
            status="skipped" if reason else "ok",
            reason=reason or "",
            scores=None,
            provenance=provenance(self.model.device)
            | {
                "started": now(),
                "seed": self.seed,
                "target": self.target,
                "n": len(self.recordings),
                "left_out": list(self.recordings.left_out),
                "recordings": recordings,
                "model_card": self.model.card.fingerprint(),
                "weights": self.model.card.weights and self.model.card.weights.sha256,
                "metrics": {metric.name: metric.card.model_dump() for metric in self.metrics},
                "families": {metric.name: metric.family for metric in self.metrics},
                "engine": {metric.name: engine_of(metric, self.engine) for metric in self.metrics},
                "precision": self.precision,
                "remark": method.remark(self.model),
            },
        )

    def scored(self, cells: dict[str, Cell], tell: Progress) -> list[Cell]:
        """The cells with their scores; all methods of a model are scored together."""
        methods = find_methods(name for name, cell in cells.items() if cell.status == "ok")
        tables = score_methods(
            self.model,
            self.recordings,
            methods,
            metrics=self.metrics,
            target=self.target,
            seed=self.seed,
            engine=self.engine,
            forward=Forward(self.model, precision=self.precision),
            progress=lambda k, total: tell(f"{self.model.name}: scoring", k, total),
        )
        return [
            replace(cell, scores=tables.get(name), provenance=cell.provenance | {"ended": now()})
            for name, cell in cells.items()
        ]
