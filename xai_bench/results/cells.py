"""The run folder: cells that are written whole or not at all.

    runs/<dataset>/<model>/<method>/<key>/run.json         what was run, on what, with what
    runs/<dataset>/<model>/<method>/<key>/scores.parquet   one row a recording and metric

The key is a hash of everything a score depends on. A cell whose key exists is reused; another key
is another folder, so nothing is ever overwritten. Costs depend on the machine too, and have cells
of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd

from xai_bench import storage
from xai_bench.errors import InputError, OutputError
from xai_bench.results.cell_facts import wrong_fact
from xai_bench.tasks import UNKNOWN_OUTCOME

__all__ = ["Cell", "Place", "digest", "half_written_cells", "latest_scores", "make_room"]
__all__ += ["open_run", "read_cell", "read_cells", "sound_cells", "write_cell"]

_FACTS = ("dataset", "model", "method", "key", "protocol", "status", "reason")
_STATUSES = ("ok", "failed", "invalid")
_SCORES = {
    "record_id": "str",
    "patient_id": "str",
    "metric": "str",
    "score": "float64",
    "status": "str",
    "reason": "str",
    "residual": "float64",
    "explained": "str",
    "label": "str",
    "log_odds": "float64",
    "outcome": "str",
}
_BEFORE_OUTCOMES: dict[str, str | float] = {"explained": "", "label": "", "log_odds": np.nan}
_BEFORE_OUTCOMES |= {"outcome": UNKNOWN_OUTCOME}
"""What is known of the recordings of a cell from before outcomes were stored."""


def digest(content: Any) -> str:
    """A short stable hash of anything JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One dataset x model x method: its scores, or the reason why there are none."""

    dataset: str
    model: str
    method: str
    key: str
    protocol: str
    """Same protocol: same recordings, targets and seed, so that rows can be compared."""
    status: str
    """ok or skipped."""
    reason: str
    provenance: dict[str, Any]
    """Versions, cards, device, command ...; `provenance["metrics"]` holds the metric cards."""
    load: Callable[[], pd.DataFrame] | None = None
    """Gives the scores, which are read when they are first wanted; None of a skipped cell."""

    @property
    def scores(self) -> pd.DataFrame | None:
        """One row a recording and metric, with the columns record_id, patient_id, metric, score,
        status, reason, residual, explained, label, log_odds, outcome: see `scoring.score.score`;
        of a cell from before outcomes were stored the outcome is unknown. Raises InputError for a
        file that cannot be read."""
        return None if self.load is None else self.load()

    def with_scores(self, scores: pd.DataFrame) -> Cell:
        return replace(self, load=lambda: scores)

    def only(self, metrics: Collection[str]) -> Cell:
        """The cell with its scores of these metrics alone."""
        load = self.load
        if load is None:
            return self
        return replace(self, load=cache(lambda: (t := load())[t["metric"].isin(list(metrics))]))

    def folder(self, run: Path) -> Path:
        return run / self.dataset / self.model / self.method / self.key


def open_run(path: str | Path) -> Path:
    """The run folder, created if needed. Raises OutputError when nothing can be written there."""
    run = Path(path)
    with storage.writing(run):
        run.mkdir(parents=True, exist_ok=True)
    storage.check_writable(run)
    return run


def make_room(run: Path, cell: Cell) -> Path | None:
    """Have a place where `write_cell` can put a cell that is not there yet.

    What stands in its place and is no cell is set aside, and where it went is returned. Raises
    OutputError where nothing can be written.
    """
    folder = cell.folder(run)
    with storage.writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        stands = folder.is_symlink() or folder.exists()
    return storage.set_aside(folder) if stands else None


def write_cell(run: Path, cell: Cell) -> Path:
    """Write a cell and return its folder.

    Where another process wrote the same cell meanwhile, that one stays; what is no cell is set
    aside. Raises OutputError and leaves nothing half-written.
    """
    folder = cell.folder(run)
    try:
        _write(folder, cell)
    except OutputError:
        if (folder / "run.json").is_file():
            return folder
        if make_room(run, cell) is None:
            raise
        _write(folder, cell)
    return folder


def _write(folder: Path, cell: Cell) -> None:
    facts = {name: getattr(cell, name) for name in _FACTS}
    with storage.new_folder(folder) as temporary:
        scores = cell.scores
        if scores is not None:
            scores.to_parquet(temporary / "scores.parquet", index=False)
        text = json.dumps(facts | cell.provenance, indent=1) + "\n"
        (temporary / "run.json").write_text(text, encoding="utf-8")


def half_written_cells(run: Path) -> dict[Path, str]:
    """Folders that will be cells of a run when they are whole, or would have been had their process
    not been killed, with the keys of the cells."""
    found = run.glob(f"*/*/*/.*{storage.HALF_WRITTEN}")
    return {folder: folder.name.split(".")[1] for folder in found}


def read_cells(run: Path) -> list[Cell]:
    """All cells of a run, oldest first; a cell reads its scores when they are first wanted.

    Raises InputError for a folder that is none, and for a cell that is broken.
    """
    return _oldest_first(map(read_cell, _cell_folders(run)))


def sound_cells(
    run: Path, known: Mapping[Path, Cell], needed: Collection[Path] | None = None
) -> tuple[list[Cell], dict[Path, InputError]]:
    """The cells of a run whose scores can be read, oldest first, and why others cannot be, by
    their folder.

    known: cells that were read before, by their folder; they are not read again. needed: folders
    whose scores are read; all if not given. Raises InputError for a folder that is no run.
    """
    sound, broken = list(known.values()), {}
    for folder in _cell_folders(run):
        if folder in known:
            continue
        try:
            cell = read_cell(folder)
            if needed is None or folder in needed:
                _ = cell.scores
            sound.append(cell)
        except InputError as error:
            if folder.is_dir():  # else it was removed meanwhile
                broken[folder] = error
    return _oldest_first(sound), broken


def _cell_folders(run: Path) -> list[Path]:
    if not run.is_dir():
        raise InputError(f"no run folder '{run}'; make one: xai-bench run --out {run}")
    return sorted(f for f in run.glob("*/*/*/*") if f.is_dir() and not f.name.startswith("."))


def _oldest_first(cells: Iterable[Cell]) -> list[Cell]:
    return sorted(cells, key=lambda cell: str(cell.provenance.get("started", "")))


def read_cell(folder: Path) -> Cell:
    """A cell by its folder. Raises InputError for one that is broken."""
    path = folder / "run.json"
    mend = f"delete {folder} to run it again"
    facts = storage.read_json(path, mend)
    if wrong := wrong_fact(facts):
        raise InputError(f"{path} is not of a cell: {wrong}; {mend}")
    known = {name: facts.pop(name) for name in _FACTS}
    place = Path(*(known[name] for name in ("dataset", "model", "method", "key")))
    if folder.absolute().parts[-4:] != place.parts:
        name = " ".join(str(place).split())[:100]
        raise InputError(f"{path} is of the cell {name}, and not of this folder; {mend}")
    metrics = set(facts["metrics"])
    load = cache(partial(_read_scores, path.with_name("scores.parquet"), metrics, mend))
    return Cell(**known, provenance=facts, load=load if known["status"] == "ok" else None)


def _read_scores(path: Path, metrics: Collection[str], mend: str) -> pd.DataFrame:
    scores = storage.read_table(path, _SCORES, mend, absent=_BEFORE_OUTCOMES)
    unknown = set(scores["metric"]) - set(metrics)
    if unknown:
        raise InputError(f"{path} has scores of {', '.join(unknown)}, run.json no card; {mend}")
    if wrong := _wrong_score(scores):
        raise InputError(f"{path} cannot be read: {wrong}; {mend}")
    return scores


def _wrong_score(scores: pd.DataFrame) -> str:
    """The first row that no scorer writes, or ""."""
    twice = scores.duplicated(["record_id", "metric"])
    unknown = ~scores["status"].isin(_STATUSES)
    no_number = (scores["status"] == "ok") & ~np.isfinite(scores["score"])
    for rows, why in (
        (twice, "has two scores"),
        (unknown, f"is none of {', '.join(_STATUSES)}"),
        (no_number, "is ok and has no score"),
    ):
        if rows.any():
            row = scores[rows].iloc[0]
            return f"recording '{row['record_id']}', metric {row['metric']}, {why}"
    return ""


class Place(NamedTuple):
    """Where scores belong. Only places of one protocol can be compared."""

    dataset: str
    model: str
    method: str
    protocol: str
    metric: str
    """Empty for a pair that was skipped."""


def latest_scores(cells: Iterable[Cell]) -> dict[Place, tuple[Cell, pd.DataFrame | None]]:
    """Each place with the latest cell that scored it, and its rows; cells come oldest first."""
    found: dict[Place, tuple[Cell, pd.DataFrame | None]] = {}
    for cell in cells:
        pair = (cell.dataset, cell.model, cell.method, cell.protocol)
        scores = cell.scores
        if scores is None:
            found[Place(*pair, "")] = (cell, None)
            continue
        for metric, rows in scores.groupby("metric", sort=False):
            found[Place(*pair, str(metric))] = (cell, rows)
    return found
