"""Cells of a CSV are text to a spreadsheet, and to us what they were."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from xai_bench.results import to_csv
from xai_bench.storage import read_table

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "@SUM(A1)",
    "-1+cmd|' /C calc'!A0",
    "+1+A1",
    "\t=1",
]
TEXTS = ["", "imn", "+0+", "+++", "-", "-1e-5", "-inf", "0.3 – 0.5", "'", "'quoted'", "a=b", "–"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_as_text(text: str) -> None:
    first = to_csv(pd.DataFrame({"model": [text], "n": [-1.5]})).splitlines()[1]
    assert first.lstrip('"').startswith("'")
    assert first.endswith(",-1.5"), "numbers stay numbers"


def test_what_is_no_formula_stands_as_it_is() -> None:
    table = pd.DataFrame({"text": TEXTS})
    assert to_csv(table) == table.to_csv(index=False, lineterminator="\n")


def test_headings_are_cells_too() -> None:
    assert to_csv(pd.DataFrame({"=1+1": [0.5]})).startswith("'=1+1\n")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    texts = [*FORMULAS[:-1], *TEXTS, "'=1", "''=1", "'-1+A1"]
    path = tmp_path / "table.csv"
    path.write_text(to_csv(pd.DataFrame({"text": texts, "n": range(len(texts))})))
    assert list(read_table(path, {"text": "str", "n": "int64"}, "mend")["text"]) == texts
