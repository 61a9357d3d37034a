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
import tempfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd

from xai_bench import storage
from xai_bench.errors import InputError, OutputError
from xai_bench.tasks import UNKNOWN_OUTCOME

__all__ = ["Cell", "Place", "digest", "latest_scores", "open_run", "read_cell"]
__all__ += ["read_cells", "write_cell"]

_FACTS = ("dataset", "model", "method", "key", "protocol", "status", "reason")
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
        with tempfile.TemporaryFile(dir=run):
            pass
    return run


def write_cell(run: Path, cell: Cell) -> Path:
    """Write a cell and return its folder.

    Where another process wrote the same cell meanwhile, that one stays. Raises OutputError and
    leaves nothing half-written.
    """
    facts = {name: getattr(cell, name) for name in _FACTS}
    path = cell.folder(run) / "run.json"
    try:
        with storage.new_folder(path.parent) as temporary:
            scores = cell.scores
            if scores is not None:
                scores.to_parquet(temporary / "scores.parquet", index=False)
            text = json.dumps(facts | cell.provenance, indent=1) + "\n"
            (temporary / path.name).write_text(text, encoding="utf-8")
    except OutputError:
        if not path.is_file():
            raise
    return path.parent


def read_cells(run: Path) -> list[Cell]:
    """All cells of a run, oldest first; a cell reads its scores when they are first wanted.

    Raises InputError for a folder that is none, and for a cell that is broken.
    """
    if not run.is_dir():
        raise InputError(f"no run folder '{run}'; make one: xai-bench run --out {run}")
    folders = sorted(f for f in run.glob("*/*/*/*") if f.is_dir() and not f.name.startswith("."))
    cells = [read_cell(folder) for folder in folders]
    return sorted(cells, key=lambda cell: str(cell.provenance.get("started", "")))


def read_cell(folder: Path) -> Cell:
    """A cell by its folder. Raises InputError for one that is broken."""
    path = folder / "run.json"
    mend = f"delete {folder} to run it again"
    facts = storage.read_json(path, mend)
    try:
        known = {name: facts.pop(name) for name in _FACTS}
        if not all(isinstance(value, str) for value in known.values()):
            raise TypeError(f"of {', '.join(_FACTS)} one is no text")
        if known["status"] not in ("ok", "skipped"):
            raise TypeError(f"its status is '{known['status']}'")
        numbers = [facts.get("quality", {}).get(n) for n in ("auroc", "ci_low", "ci_high")]
        if not all(number is None or isinstance(number, int | float) for number in numbers):
            raise TypeError("of its quality one is no number")
        ok = known["status"] == "ok"
        cards = {
            name: (card["better"], card["statistic"]) for name, card in facts["metrics"].items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not of a cell: {type(error).__name__} {error}; {mend}") from (
            error
        )
    load = cache(partial(_read_scores, path.with_name("scores.parquet"), set(cards), mend))
    return Cell(**known, provenance=facts, load=load if ok else None)


def _read_scores(path: Path, metrics: Collection[str], mend: str) -> pd.DataFrame:
    scores = storage.read_table(path, _SCORES, mend, absent=_BEFORE_OUTCOMES)
    unknown = set(scores["metric"]) - set(metrics)
    if unknown:
        raise InputError(f"{path} has scores of {', '.join(unknown)}, run.json no card; {mend}")
    return scores


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
