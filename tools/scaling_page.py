"""Blocks of docs/scaling.md, rendered from what benchmarks wrote into benchmarks/results."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.leaderboard_blocks import with_block
from tools.table_values import markdown_tables

__all__ = ["scaling_page"]

_LEAST = "64"
"""Workers of the first row of a cohort, where it is worth so many."""


def scaling_page(root: Path) -> str:
    """docs/scaling.md with its blocks written anew."""
    results = root / "benchmarks" / "results"
    text = (root / "docs" / "scaling.md").read_text(encoding="utf-8")
    for name, file, block in (
        ("cost", "scaling.md", _costs),
        ("cohorts", "scaling.md", _cohorts),
        ("cores", "scaling_cores.md", _cores),
        ("memory", "memory_curve.md", _memory),
    ):
        path = results / file
        made = "Not measured yet.\n"
        if path.is_file():
            made = block(path.read_text(encoding="utf-8"))
        text = with_block(text, name, made)
    return text


def _costs(text: str) -> str:
    return _conditions(text) + "".join(f"\n{_printed(one)}" for one in _with(text, "packing"))


def _cohorts(text: str) -> str:
    (table,) = _with(text, "cohort")
    rows = []
    for _, own in table.groupby(["recordings", "model", "device"], sort=False):
        counts = own["workers"].astype(int)
        # Few workers and as many as are worth it.
        some = own[(own["workers"] == _LEAST) | (counts == counts.max())]
        rows.append(some)
    said = "Hours are until the last cell is written.\n"
    if not (table["device"] == "GPU").any():
        said += "GPU hours are not predicted: no cost was measured on a GPU.\n"
    return f"{said}\n{_printed(pd.concat(rows))}"


def _cores(text: str) -> str:
    (table,) = _with(text, "weak, s")
    return f"{_conditions(text)}\n{_printed(table)}"


def _memory(text: str) -> str:
    (table,) = _with(text, "resident, MB")
    lines = []
    for data, own in table.groupby("data", sort=False):
        first, last = own.iloc[0], own.iloc[-1]
        lines.append(
            f"- {data}: {first['resident, MB']} MB of {first['n']} recordings, "
            f"{last['resident, MB']} MB of {last['n']}"
        )
    said = "\n".join(lines)
    return f"{_conditions(text)}\nMost resident memory of a run:\n\n{said}\n\n{_printed(table)}"


def _conditions(text: str) -> str:
    """The paragraph under the title, which says how it was measured."""
    return f"{text.split(chr(10) * 2)[1]}\n"


def _with(text: str, column: str) -> list[pd.DataFrame]:
    return [table for table in markdown_tables(text) if column in table.columns]


def _printed(table: pd.DataFrame) -> str:
    head = [*table.columns]
    lines = [head, ["---"] * len(head), *table.to_numpy().tolist()]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
