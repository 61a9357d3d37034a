"""The folder of a comparison: README.md, stability.csv, .parquet and .json, and figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.errors import InputError, OutputError
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.stability.figures import DPI, FIGURES
from xai_bench.report.stability.page import picture, render
from xai_bench.studies.stability.result import Comparison
from xai_bench.studies.stability.schema import SCORES, TABLE

__all__ = ["FACTS_FILE", "SCORES_FILE", "TABLE_FILE", "read_comparison", "write_comparison"]

SCORES_FILE, TABLE_FILE, FACTS_FILE = "stability.parquet", "stability.csv", "stability.json"


def write_comparison(comparison: Comparison, folder: str | Path, command: str) -> None:
    """Write the page, the tables and a figure for each question asked. Raises OutputError.

    Figures of an earlier comparison in the folder, of questions that are not asked now, go.
    """
    out = Path(folder)
    scores, table = comparison.scores, comparison.table
    texts = {
        "README.md": render(comparison, command),
        TABLE_FILE: table.to_csv(index=False, float_format="%.6g"),
        FACTS_FILE: json.dumps(comparison.facts, indent=2, ensure_ascii=False) + "\n",
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        if (out / SCORES_FILE).is_file():
            for question in FIGURES:
                (out / picture(question)).unlink(missing_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
        scores.to_parquet(out / SCORES_FILE, index=False)
    except OSError as error:
        raise OutputError(f"cannot write the comparison to {out}: {error.strerror}") from error
    for question, draw in FIGURES.items():
        rows, estimates = (part[part["question"] == question] for part in (scores, table))
        if len(estimates):
            save_figure(draw(rows, estimates), out / picture(question), dpi=DPI)


def read_comparison(folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Scores, table and facts of a folder that `write_comparison` wrote. Raises InputError."""
    home = Path(folder)
    try:
        scores = pd.read_parquet(home / SCORES_FILE)
        numbers = {name for name, kind in TABLE.items() if kind == "float64"}
        # Without a value a text is "", not NaN.
        table = pd.read_csv(
            home / TABLE_FILE, keep_default_na=False, na_values={name: [""] for name in numbers}
        )
        facts: dict[str, Any] = json.loads((home / FACTS_FILE).read_text(encoding="utf-8"))
        return scores[list(SCORES)].astype(SCORES), table[list(TABLE)].astype(TABLE), facts
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"'{home}' holds no comparison that can be read ({error}); make one: "
            f"xai-bench compare --out {home}"
        ) from error
