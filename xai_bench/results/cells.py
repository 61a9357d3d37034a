"""The run folder: cells that are written whole or not at all.

    runs/<dataset>/<model>/<method>/<key>/run.json         what was run, on what, with what
    runs/<dataset>/<model>/<method>/<key>/scores.parquet   one row a recording and metric

The key is a hash of everything a score depends on. A cell whose key exists is reused; another key
is another folder, so nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench import storage
from xai_bench.errors import InputError

__all__ = [
    "Cell",
    "digest",
    "open_run",
    "read_cells",
    "write_cell",
]


def digest(content: Any) -> str:
    """A short stable hash of anything JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
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
    scores: pd.DataFrame | None
    provenance: dict[str, Any]
    """Versions, cards, device, command ...; `provenance["metrics"]` holds the metric cards."""

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
    """Write a cell and return its folder. Raises OutputError and leaves nothing half-written."""
    final = cell.folder(run)
    facts = {
        name: getattr(cell, name)
        for name in ("dataset", "model", "method", "key", "protocol", "status", "reason")
    }
    with storage.new_folder(final) as temporary:
        if cell.scores is not None:
            cell.scores.to_parquet(temporary / "scores.parquet", index=False)
        text = json.dumps(facts | cell.provenance, indent=1) + "\n"
        (temporary / "run.json").write_text(text, encoding="utf-8")
    return final


def read_cells(run: Path) -> list[Cell]:
    """All cells of a run, oldest first. Raises InputError for a folder that is none."""
    if not run.is_dir():
        raise InputError(f"no run folder '{run}'; make one: xai-bench run --out {run}")
    cells = [_read_cell(path.parent) for path in sorted(run.glob("*/*/*/*/run.json"))]
    return sorted(cells, key=lambda cell: str(cell.provenance.get("started", "")))


def _read_cell(folder: Path) -> Cell:
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        scores = folder / "scores.parquet"
        table = pd.read_parquet(scores) if facts["status"] == "ok" else None
        names = ("dataset", "model", "method", "key", "protocol", "status", "reason")
        known = {name: str(facts.pop(name)) for name in names}
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cell {folder} cannot be read: {error}; delete it to run it again") from (
            error
        )
    return Cell(**known, scores=table, provenance=facts)
