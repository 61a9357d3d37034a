"""A small run as somebody might send it: a few cells of the reference run with few metrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.results import Cell, read_cells, write_cell, write_leaderboard
from xai_bench.studies.benchmark.cell_keys import cell_key

__all__ = ["METHODS", "change", "honest_run", "leaderboard_anew", "reworked"]

RUNS = Path(__file__).parents[3] / "runs"
METHODS = ("saliency", "random", "amplitude", "oracle")
_METRICS = ("pixel_flipping", "relevance_mass")
_BY_METRIC = ("metrics", "families", "engine", "measured")
_PLACE = ("dataset", "model", "method", "protocol", "status", "reason")


def honest_run(run: Path) -> Path:
    """Real scores of the model imn, of two metrics that cost little to compute again."""
    for path in (RUNS / "synthetic/imn").glob("*/*"):
        facts = json.loads((path / "run.json").read_text())
        if facts["method"] in METHODS and not facts["depends_on_machine"]:
            rows = pd.read_parquet(path / "scores.parquet")
            _write(run, facts, rows[rows["metric"].isin(_METRICS)])
    return leaderboard_anew(run)


def _write(run: Path, facts: dict[str, Any], rows: pd.DataFrame) -> None:
    for name in _BY_METRIC:
        facts[name] = {metric: facts[name][metric] for metric in _METRICS}
    known = {
        n: facts.pop(n) for n in ("dataset", "model", "method", "protocol", "status", "reason")
    }
    key = cell_key(facts | {"method": known["method"]})
    facts.pop("key")
    write_cell(run, Cell(**known, key=key, provenance=facts, load=lambda: rows))


def leaderboard_anew(run: Path) -> Path:
    write_leaderboard(run, read_cells(run))
    return run


def change(run: Path, method: str, **facts: Any) -> None:
    """What run.json of a method says, where it stands."""
    (path,) = run.glob(f"*/*/{method}/*/run.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


def reworked(run: Path, method: str, make: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Other scores of a method under the same key."""
    (path,) = run.glob(f"*/*/{method}/*/scores.parquet")
    make(pd.read_parquet(path)).to_parquet(path, index=False)
