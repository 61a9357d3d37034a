"""What each metric tells apart: a table for every back-end, and the files of the audit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.metric_audit.figures import draw_trust
from xai_bench.report.table import Cell, Column, Row, Table, estimate_cell
from xai_bench.results.study_tables import StudyResult, write_study
from xai_bench.zoo import LEAST_AUC, SEPARATIONS

__all__ = ["trust_table", "write_trust"]


def trust_table(table: pd.DataFrame) -> Table:
    """A row for each metric, a column for each separation; low numbers are marked with a †."""
    rows = []
    for (family, metric), of_metric in table.groupby(["family", "metric"], sort=False):
        found = {row["separation"]: row for row in of_metric.to_dict("records")}
        cells = [_cell(found[name]) if name in found else Cell() for name in SEPARATIONS]
        rows.append(Row(cells=[Cell(text=str(metric)), *cells], group=str(family)))
    columns = [Column(heading=name, about=words) for name, words in SEPARATIONS.items()]
    return Table(
        title="what metrics tell apart (AUROC)",
        columns=[Column(heading="metric", kind="name"), *columns],
        rows=rows,
        caption=[f"with 95 % intervals; † below {LEAST_AUC}; – see trust.csv"],
        group_heading="family",
    )


def write_trust(result: StudyResult, folder: Path) -> None:
    """trust.csv, trust.json and trust.png. Raises OutputError."""
    write_study(result, folder)
    save_figure(draw_trust(result.table), folder / "trust.png", dpi=110)


def _cell(row: Mapping[Hashable, Any]) -> Cell:
    value = row["value"]
    cell = estimate_cell(
        value, row["ci_low"], row["ci_high"], digits=2, reason=row["reason"], heat=2 * value - 1
    )
    return replace(cell, text=f"{cell.text}†") if value < LEAST_AUC else cell
