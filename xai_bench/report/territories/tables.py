"""The tables of a study of territories: a method and reading a row."""

from __future__ import annotations

import pandas as pd

from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell, text_row
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.territories.study import SIZE, TWIN, USUAL
from xai_bench.types import is_control

__all__ = ["model_table", "same_ecg_summary", "summary_tables", "wall_table"]

_DIGITS = 2
_HEADINGS = ("AUROC of silent segments", "positive scores on them", f"AUROC less that of {USUAL}")


def summary_tables(result: StudyResult) -> list[Table]:
    """One a net, its readings of methods and then the controls."""
    return [model_table(result, model) for model in result.facts["models"]]


def model_table(result: StudyResult, model: str) -> Table:
    table = select(result.table, model=model)
    rows = []
    for (reading, method), of_map in table.groupby(["reading", "method"], sort=False):
        known = of_map.set_index("measure")
        cells = [Cell(text=str(method)), Cell(text="–" if reading == "none" else str(reading))]
        for measure in ("auroc", "mass", "above_usual"):
            if measure not in known.index:
                cells.append(Cell(text="–"))
                continue
            row = known.loc[[measure]].iloc[0]
            reason = str(row["reason"]) if row["n_failed"] else ""
            cells.append(
                estimate_cell(
                    *(row["value"], row["ci_low"], row["ci_high"]), digits=_DIGITS, reason=reason
                )
            )
        rows.append(Row(cells=cells, control=_is_control(str(method))))
    order = sorted(range(len(rows)), key=lambda k: (rows[k].control, rows[k].cells[1].text, k))
    return Table(
        title=model,
        columns=[
            *columns("method", kind="code"),
            *columns("read as", kind="name"),
            *(Column(heading=heading, better="higher") for heading in _HEADINGS),
        ],
        rows=[rows[k] for k in order],
    )


def _is_control(method: str) -> bool:
    return is_control(method) or method in (SIZE, TWIN, USUAL)


def same_ecg_summary(table: pd.DataFrame) -> Table:
    """By territory, over patients."""
    rows = []
    for territory, of_one in table.groupby("territory", sort=False):
        rows.append(
            text_row(
                *(str(territory), f"{len(of_one)}", f"{of_one['silent'].iloc[0]}"),
                f"{of_one['largest_uv'].max():.1e}",
                f"{of_one['rounded_uv'].max()}",
                f"{of_one['growth'].median():.2f} ({of_one['growth'].max():.2f})",
                f"{of_one['outward_uv'].median():.0f} of {of_one['ecg_uv'].median():.0f}",
            )
        )
    headings = (
        *("hearts", "segments silenced", "largest difference, µV", "rounded to µV"),
        *("strongest source, times before: median (most)", "outward only: µV left, median"),
    )
    return Table(
        title="", columns=[*columns("territory", kind="name"), *columns(*headings)], rows=rows
    )


def wall_table(table: pd.DataFrame) -> Table:
    """By spread: how much later the wall is reached than by straight lines."""
    rows = []
    for name, of_one in table[table["used"]].groupby("spread", sort=False):
        later = of_one["wall_ms"] - of_one["straight_ms"]
        most = int(later.to_numpy().argmax())
        rows.append(
            text_row(
                *(str(name), f"{len(of_one)}"),
                *(f"{of_one[column].max():.0f}" for column in ("straight_ms", "wall_ms")),
                *(
                    f"{later.median():+.1f}",
                    f"{later.iloc[most]:+.1f} ({of_one['segment'].iloc[most]})",
                ),
            )
        )
    headings = (
        "sources",
        *("last reached by straight lines, ms", "along the wall, ms"),
        *("later, median of sources, ms", "most, ms"),
    )
    return Table(
        title="", columns=[*columns("excitation", kind="name"), *columns(*headings)], rows=rows
    )
