"""Fill cells with scores: shards of recordings by an executor, then costs by this process alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, final

import pandas as pd
import torch

from xai_bench.durations import duration_text
from xai_bench.executors import Executor, share_out
from xai_bench.provenance import now
from xai_bench.results import Cell
from xai_bench.results.remote_folder import RemoteFolder
from xai_bench.results.shards import ShardPlace, open_shards
from xai_bench.studies.benchmark.cell_job import Job, ScoredTogether, Scorer
from xai_bench.studies.benchmark.shard_order import Shard, ShardOrder
from xai_bench.types import Progress, Recordings
from xai_bench.workers import OutOfTime, Report, do_in_workers

__all__ = ["Missing", "Pace", "fill_cells"]

_LONG_S = 60.0
"""What takes longer is announced."""

_FIRST = 4
"""Metrics of the first scores."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Missing:
    """The cells of one model that have no scores."""

    job: Job
    cells: Sequence[Cell]

    @property
    def skipped(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.status == "skipped"]

    def together(self, *, depends_on_machine: bool) -> ScoredTogether:
        cells = [
            cell
            for cell in self.cells
            if cell.status == "ok" and cell.provenance["depends_on_machine"] == depends_on_machine
        ]
        return ScoredTogether(job=self.job, cells=cells)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pace:
    """By whom cells are filled, until when, and who is told."""

    executor: Executor
    workers: int
    on_cpu: bool
    """Whether all nets compute there."""
    deadline: float | None
    """By `time.monotonic`; then OutOfTime is raised."""
    progress: Progress
    notice: Callable[[str], None]
    """Called with a line to be read while the work goes on."""

    @property
    def facts(self) -> dict[str, Any]:
        """What cells say of it."""
        elsewhere = {} if self.executor == "local" else {"executor": self.executor}
        return {"workers": self.workers, **elsewhere}


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A shard with its recordings, which are read where it is scored, or are sent there."""

    shard: Shard
    recordings: Recordings

    def __str__(self) -> str:
        return str(self.shard)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Measures:
    """What cells say of a model beside its scores."""

    of: int
    model: str

    def __str__(self) -> str:
        return f"the quality of {self.model}"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scoring:
    """Does a piece of the work, in whatever process."""

    scorers: Mapping[int, Scorer]
    places: Mapping[int, ShardPlace]
    """Of the scores, which are kept there by whoever made them."""

    def __call__(self, piece: _Part, report: Report) -> tuple[tuple[str, bytes | None], float]:
        """A line about the scores with what was put into an object store, and the seconds they
        took."""
        start = time.perf_counter()
        shard = piece.shard
        tables = self.scorers[shard.of].score(piece.recordings, shard.rows.start, report)
        content = self.places[shard.of].put(shard.rows, tables)
        return (_first_scores(shard, tables), content), time.perf_counter() - start


def fill_cells(
    work: Sequence[Missing],
    known: Collection[Cell],
    folder: Path,
    pace: Pace,
    remote: RemoteFolder | None = None,
) -> Iterator[list[Cell]]:
    """Yield cells with their scores as soon as they are whole: those of each model together, then
    those of costs.

    Scores of shards are kept in the run's folder until the cells that were yielded are written, so
    that an interruption loses no more than the shards in hand. Costs are measured by this process
    when the workers have ended: others that share the caches would have a part in them.

    known: cells that were scored before; a model that they know is not evaluated again. remote: the
    folder that `folder` is a copy of, if it is one. Raises OutOfTime, XaiBenchError.
    """
    measured: dict[int, dict[str, Any]] = {}
    with ExitStack() as kept:
        yield from _shared_out(work, known, folder, pace, remote, measured, kept)
    costs = [one.together(depends_on_machine=True) for one in work]
    tally = _Tally("measuring costs", sum(map(len, costs)), pace.progress)
    for k, tables in do_in_workers(
        lambda k, report: costs[k].score(report),
        [k for k, one in enumerate(costs) if one.cells],
        workers=1,
        report=tally.report,
        deadline=pace.deadline,
    ):
        tally.done(k, len(costs[k]))
        yield list(costs[k].filled(tables.__getitem__, measured[k] | {"workers": 1}))


def _shared_out(
    work: Sequence[Missing],
    known: Collection[Cell],
    folder: Path,
    pace: Pace,
    remote: RemoteFolder | None,
    measured: dict[int, dict[str, Any]],
    kept: ExitStack,
) -> Iterator[list[Cell]]:
    """The cells whose scores are the same on every machine, and those that are skipped."""
    together = [one.together(depends_on_machine=False) for one in work]
    stores = {
        of: kept.enter_context(
            open_shards(folder, [cell.folder(folder) for cell in one.cells], one.scored_by, remote)
        )
        for of, one in enumerate(together)
        if one.cells
    }
    stretches = [
        stretch for of, one in stores.items() for stretch in together[of].stretches(of, one)
    ]
    order = ShardOrder(stretches, pace.workers)
    missing = sum(
        len(rows) * len(together[stretch.of].cells)
        for stretch in stretches
        for rows in stretch.missing
    )
    total = sum(map(len, together))
    tally = _Tally("scoring", total, pace.progress)
    tally.done(None, total - missing)
    announced = _Announced(work, together, order, pace)
    scoring = _Scoring(
        scorers={of: together[of].scorer for of in stores},
        places={of: one.place for of, one in stores.items()},
    )

    def score_or_measure(piece: _Part | _Measures, report: Report) -> tuple[Any, float]:
        if isinstance(piece, _Measures):
            return work[piece.of].job.measured(known), 0.0
        return scoring(piece, report)

    def parts(shards: Iterator[Shard]) -> Iterator[_Part]:
        for shard in shards:
            rows = slice(shard.rows.start, shard.rows.stop)
            given = together[shard.of].job.recordings[rows]
            yield _Part(shard, replace(given, left_out=(), remarks=()))

    do: Callable[[Any, Report], tuple[Any, float]] = score_or_measure
    measures = [_Measures(of, one.job.model.name) for of, one in enumerate(work)]
    aside = None
    if pace.executor != "local":  # all recordings, on which models are measured, stay here
        do, aside, measures = scoring, _Aside([one.job for one in work], known, measured), []
    pieces = chain[_Part | _Measures](parts(order.first()), measures, parts(order.rest()))
    yielded: set[int] = set()

    def filled() -> Iterator[list[Cell]]:
        """Those that have become whole."""
        for of, one in enumerate(work):
            if of in yielded or of not in measured or not order.is_done(of):
                continue
            yielded.add(of)
            ended = measured[of] | {"ended": now()}
            skipped = [replace(cell, provenance=cell.provenance | ended) for cell in one.skipped]
            if of not in stores:
                yield skipped
                continue
            facts = measured[of] | pace.facts
            yield [*skipped, *together[of].filled(stores[of].table, facts)]
            stores[of].remove()

    for piece, (found, seconds) in share_out(
        pace.executor,
        do,
        pieces,
        pace.workers if missing else 1,
        on_cpu=pace.on_cpu,
        report=tally.report,
        notice=pace.notice,
        deadline=pace.deadline,
    ):
        if isinstance(piece, _Measures):
            measured[piece.of] = found
        else:
            shard, (first_scores, content) = piece.shard, found
            stores[shard.of].add(shard.rows, content)
            order.took(shard, seconds)
            tally.done(piece, len(shard.rows) * len(together[shard.of].cells))
            announced.after(first_scores)
        yield from filled()
    if aside is not None:
        aside.wait(pace.deadline)
    yield from filled()


@final
class _Aside:
    """Measures models in a thread of this process, while others score elsewhere."""

    def __init__(
        self, jobs: Sequence[Job], known: Collection[Cell], found: dict[int, dict[str, Any]]
    ) -> None:
        self._jobs, self._known, self._found = jobs, known, found
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._measure, daemon=True)
        self._thread.start()

    def _measure(self) -> None:
        torch.set_num_threads(1)  # which is of each thread, see `workers.one_thread`
        try:
            for of, job in enumerate(self._jobs):
                self._found[of] = job.measured(self._known)
        except Exception as error:
            self._error = error

    def wait(self, deadline: float | None) -> None:
        """Until all are measured. Raises OutOfTime, and what was raised meanwhile."""
        self._thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            raise OutOfTime
        if self._error is not None:
            raise self._error


@final
class _Tally:
    """Counts what is done, also of shards in hand."""

    def __init__(self, what: str, total: int, progress: Progress) -> None:
        self._what, self._total, self._progress = what, total, progress
        self._done, self._in_hand = 0, dict[object, int]()

    def report(self, piece: object, steps: int) -> None:
        self._in_hand[piece] = steps
        self._tell()

    def done(self, piece: object, steps: int) -> None:
        self._in_hand.pop(piece, None)
        self._done += steps
        self._tell()

    def _tell(self) -> None:
        if self._total:
            done = self._done + sum(self._in_hand.values())
            self._progress(self._what, done, self._total)


@final
class _Announced:
    """What is said once: the first scores, and how long the rest will take if that is long."""

    def __init__(
        self,
        work: Sequence[Missing],
        together: Sequence[ScoredTogether],
        order: ShardOrder,
        pace: Pace,
    ) -> None:
        self._together, self._order, self._pace = together, order, pace
        self._scores = self._time = False

    def after(self, first_scores: str) -> None:
        if not self._scores:
            self._scores = True
            self._pace.notice(first_scores)
        left = self._order.seconds_left
        if not self._time and left is not None:
            self._time = True
            if left > _LONG_S:
                self._pace.notice(f"about {duration_text(left)} for {self._what()}")

    def _what(self) -> str:
        scored = [one for one in self._together if one.cells]
        methods = max(len(one.cells) for one in scored)
        recordings = max(len(one.job.recordings) for one in scored)
        counts = {"model": len(scored), "method": methods, "recording": recordings}
        models, methods_, recordings_, workers = (
            f"{count} {noun}{'s' * (count != 1)}"
            for noun, count in (counts | {"worker": self._pace.workers}).items()
        )
        return f"{models} x {methods_} on {recordings_}, {workers}"


def _first_scores(shard: Shard, tables: dict[str, pd.DataFrame]) -> str:
    """Means of some metrics of the first method."""
    method, table = next(iter(tables.items()))
    means = table.groupby("metric", sort=False)["score"].mean().dropna()
    some = ", ".join(f"{metric} {mean:.3g}" for metric, mean in means[:_FIRST].items())
    return f"first scores ({shard.model}, {method}, {len(shard.rows)} recordings): {some}"
