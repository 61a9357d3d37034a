"""Committed tables are as their run wrote them: what no page prints is checked as well.

The table of a study has its sha256 in the facts beside it (`xai_bench.results.study_tables`), the
leaderboard of `runs/` that of the cells it was made of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from xai_bench.results import read_cells, stored_leaderboard
from xai_bench.results.study_tables import SHA256
from xai_bench.zoo import Zoo

__all__ = ["changed_tables", "leaderboard_is_stale"]

_FOLDERS = ("docs", "metrics")


def changed_tables(root: Path) -> Iterator[str]:
    """A line for each table that is not what its run wrote."""
    for folder in _FOLDERS:
        for facts in sorted((root / folder).rglob("*.json")):
            if facts.with_suffix(".csv").is_file():
                yield from _changed(root, facts)
    if leaderboard_is_stale(root):
        yield "runs/leaderboard.csv is not that of its cells and flags; run: make report"


def leaderboard_is_stale(root: Path) -> bool:
    """Of other cells or flags than are there, or changed by hand."""
    runs = root / "runs"
    return runs.is_dir() and stored_leaderboard(runs, list(read_cells(runs)), _flags()) is None


def _flags() -> dict[str, str]:
    return dict(Zoo().flags())


def _changed(root: Path, facts: Path) -> Iterator[str]:
    written = json.loads(facts.read_text(encoding="utf-8")).get(SHA256, {})
    there = [facts.with_suffix(suffix) for suffix in (".csv", ".parquet")]
    names = {one.name for one in there if one.is_file()} | set(written)
    for name in sorted(names):
        path = facts.with_name(name)
        where, of = path.relative_to(root), facts.name
        if name not in written:
            yield f"{where}: {of} has no sha256 of it; make the study again"
        elif not path.is_file():
            yield f"{where}: {of} has a sha256 of it, and it is not there"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != written[name]:
            yield f"{where} is not what its study wrote, by the sha256 in {of}; make it again"
