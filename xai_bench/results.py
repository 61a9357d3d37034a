"""The run folder: cells that are written whole or not at all, and the leaderboard made of them.

    runs/leaderboard.csv
    runs/<dataset>/<model>/<method>/<key>/run.json         what was run, on what, with what
    runs/<dataset>/<model>/<method>/<key>/scores.parquet   one row a recording and metric

The key is a hash of everything a score depends on. A cell whose key exists is reused; another key
is another folder, so nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.errors import InputError, OutputError
from xai_bench.stats import skill, statistic, statistic_interval

__all__ = [
    "COLUMNS",
    "Cell",
    "digest",
    "leaderboard",
    "open_run",
    "read_cells",
    "to_csv",
    "write_cell",
    "write_leaderboard",
]

COLUMNS = (
    "dataset",
    "model",
    "method",
    "family",
    "metric",
    "direction",
    "mean",
    "ci_low",
    "ci_high",
    "n",
    "n_failed",
    "random",
    "oracle",
    "skill",
    "skill_low",
    "skill_high",
    "flags",
    "status",
    "reason",
    "remark",
    "protocol",
    "auroc",
    "auroc_low",
    "auroc_high",
    "quality",
)


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
    with _writing(run):
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
    with _writing(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=final.parent))
        try:
            if cell.scores is not None:
                cell.scores.to_parquet(temporary / "scores.parquet", index=False)
            text = json.dumps(facts | cell.provenance, indent=1) + "\n"
            (temporary / "run.json").write_text(text, encoding="utf-8")
            for file in temporary.iterdir():
                _flush(file)
            temporary.chmod(0o755)
            temporary.rename(final)
            _flush(final.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
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


def leaderboard(cells: list[Cell], flags: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row for each dataset, model, method, metric and protocol, with the columns COLUMNS.

    `mean` (or the card's statistic) and its 95 % bootstrap interval over patients; `random` and
    `oracle` are those controls' statistic on the same recordings, and `skill` is what is left of a
    mean score when chance is taken away, see `stats.skill`. When cells repeat a metric of
    one protocol, the latest counts. `auroc` is the model's, and `quality` the verdict of the gate;
    a cell from before there was a gate is of unknown quality. flags: what the metric audit found
    that a metric does not tell apart.
    """
    flags = flags or {}
    latest = {
        (c.dataset, c.model, c.method, c.protocol, metric): (c, rows)
        for c in cells
        for metric, rows in _by_metric(c)
    }
    rows = []
    for (dataset, model, method, protocol, metric), (cell, scores) in latest.items():
        row = {
            "dataset": dataset,
            "model": model,
            "method": method,
            "family": cell.provenance.get("families", {}).get(metric, ""),
            "metric": metric,
            "flags": flags.get(metric, ""),
            "status": cell.status,
            "reason": cell.reason,
            "remark": cell.provenance.get("remark", ""),
            "protocol": protocol,
        } | _quality(cell)
        if scores is not None:
            card = cell.provenance["metrics"][metric]
            controls = {
                name: latest.get((dataset, model, name, protocol, metric), (cell, None))[1]
                for name in ("random", "oracle")
            }
            row |= _summary(scores, card, controls, is_cost=row["family"] == "runtime")
        rows.append(row)
    kinds = {"n": "Int64", "n_failed": "Int64"}
    numbers = ("auroc", "auroc_low", "auroc_high", "skill", "skill_low", "skill_high")
    kinds |= dict.fromkeys(numbers, "float64")
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
    order = ["dataset", "protocol", "model", "method", "metric"]
    return table.sort_values(order, ignore_index=True)


def _by_metric(cell: Cell) -> Iterator[tuple[str, pd.DataFrame | None]]:
    if cell.scores is None:
        yield "", None
        return
    for metric, rows in cell.scores.groupby("metric", sort=False):
        yield str(metric), rows


def _quality(cell: Cell) -> dict[str, Any]:
    facts = cell.provenance.get("quality", {})
    return {
        "auroc": facts.get("auroc"),
        "auroc_low": facts.get("ci_low"),
        "auroc_high": facts.get("ci_high"),
        "quality": facts.get("verdict", "unknown"),
    }


def _summary(
    scores: pd.DataFrame,
    card: dict[str, Any],
    controls: dict[str, pd.DataFrame | None],
    *,
    is_cost: bool,
) -> dict[str, Any]:
    ok = scores[scores["status"] == "ok"]
    failed = scores[scores["status"] != "ok"]
    summary: dict[str, Any] = {
        "direction": card["better"],
        "n": len(ok),
        "n_failed": len(failed),
        "reason": "; ".join(f"{k} x {why}" for why, k in failed["reason"].value_counts().items()),
    }
    if ok.empty:
        return summary | {"status": "failed"}
    kind = card["statistic"]
    low, high = statistic_interval(ok["score"].to_numpy(), list(ok["patient_id"]), kind)
    summary |= {
        "mean": statistic(ok["score"].to_numpy(), kind),
        "ci_low": low,
        "ci_high": high,
    }
    compared = {}
    for name, control in controls.items():
        if control is not None:
            same = control[control["record_id"].isin(ok["record_id"]) & (control["status"] == "ok")]
            if not same.empty:
                summary[name] = statistic(same["score"].to_numpy(), kind)
                compared[name] = same.set_index("record_id")["score"]
    # Seconds and bytes, and percentiles, have no share to be had between floor and ceiling.
    if len(compared) == 2 and kind == "mean" and not is_cost:
        sign = 1 if card["better"] == "higher" else -1
        summary |= _skill(ok, compared["random"], compared["oracle"], sign)
    return summary


def _skill(ok: pd.DataFrame, floor: pd.Series, ceiling: pd.Series, sign: int) -> dict[str, float]:
    table = pd.DataFrame(
        {"value": ok.set_index("record_id")["score"], "floor": floor, "ceiling": ceiling}
    ).dropna()
    patients = list(ok.set_index("record_id")["patient_id"].loc[table.index])
    value, low, high = (sign * table[name].to_numpy() for name in ("value", "floor", "ceiling"))
    found = skill(value, low, high, patients)
    return dict(zip(("skill", "skill_low", "skill_high"), found, strict=True))


def to_csv(table: pd.DataFrame) -> str:
    """Plain numbers, six significant digits."""
    return str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_leaderboard(run: Path, table: pd.DataFrame) -> Path:
    """Render leaderboard.csv. Raises OutputError."""
    path = run / "leaderboard.csv"
    temporary = run / ".leaderboard.csv"
    with _writing(path):
        try:
            temporary.write_text(to_csv(table), encoding="utf-8")
            _flush(temporary)
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
    return path


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # pyarrow puts a text of its own where the system's belongs.
        why = os.strerror(error.errno) if error.errno else error
        raise OutputError(f"cannot write {path}: {why}") from error
