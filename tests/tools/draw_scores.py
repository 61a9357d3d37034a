"""Scores under draws, made by hand, as benchmarks/draws.py writes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["draw_rows", "write_draws"]

FACTS = {"torch": "2", "python": "3", "draws": 15, "draws_of_many": 3, "many_passes": 8}
FACTS |= {"masks_model": "cnn"}


def draw_rows(
    source: str, metric: str, method: str, scores: np.ndarray, *, model: str = "imn", used: int = 1
) -> pd.DataFrame:
    """scores: recording x draw."""
    table = pd.DataFrame(scores, columns=[f"draw_{k}" for k in range(scores.shape[1])])
    table.insert(0, "used", used)
    table.insert(0, "record_id", [f"r{i}" for i in range(len(scores))])
    for name, value in zip(
        ("method", "model", "metric", "source"), (method, model, metric, source), strict=True
    ):
        table.insert(0, name, value)
    return table


def write_draws(root: Path, *tables: pd.DataFrame) -> None:
    results = root / "benchmarks" / "results"
    results.mkdir(parents=True)
    pd.concat(tables).to_csv(results / "draws.csv", index=False)
    (results / "draws.json").write_text(json.dumps(FACTS))
