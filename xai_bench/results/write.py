"""leaderboard.csv and leaderboard_wide.csv, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from xai_bench.results import files
from xai_bench.results.wide import widen

__all__ = ["to_csv", "write_leaderboard"]


def to_csv(table: pd.DataFrame) -> str:
    """Plain numbers, six significant digits."""
    return str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_leaderboard(run: Path, table: pd.DataFrame) -> Path:
    """Render leaderboard.csv, and its wide form beside it. Raises OutputError."""
    path = run / "leaderboard.csv"
    _write(path, to_csv(table))
    _write(run / "leaderboard_wide.csv", to_csv(widen(table)))
    return path


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}")
    with files.writing(path):
        try:
            temporary.write_text(text, encoding="utf-8")
            files.flush(temporary)
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
