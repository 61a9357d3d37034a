"""leaderboard.csv and leaderboard_wide.csv, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from xai_bench import storage
from xai_bench.results.wide_leaderboard import widen

__all__ = ["to_csv", "write_leaderboard"]


def to_csv(table: pd.DataFrame) -> str:
    """Plain numbers, six significant digits."""
    return str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_leaderboard(run: Path, table: pd.DataFrame) -> Path:
    """Render leaderboard.csv, and its wide form beside it. Raises OutputError."""
    path = run / "leaderboard.csv"
    storage.write_file(path, to_csv(table))
    storage.write_file(run / "leaderboard_wide.csv", to_csv(widen(table)))
    return path
