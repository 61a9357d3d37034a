"""How far readers of waves are from what is known, in the field's terms."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from xai_bench.report.formats import decimals
from xai_bench.report.table import Cell, Row, Table, columns, text_cells

__all__ = ["error_table"]


def error_table(table: pd.DataFrame) -> Table:
    """One line for a reader and wave of one data set: `studies.delineation`'s rows."""
    rows = []
    waves = {wave: place for place, wave in enumerate(dict.fromkeys(table["wave"]))}
    by_wave = table.sort_values("wave", key=lambda names: names.map(waves), kind="stable")
    for (wave, reader), part in by_wave.groupby(["wave", "reader"], sort=False):
        of = {str(one["measure"]): one.to_dict() for _, one in part.iterrows()}
        cells = [_share(of[name]) for name in ("sensitivity", "ppv")]
        cells += [_late(of, edge) for edge in ("onset", "offset")]
        n = str(of["sensitivity"]["n"])
        rows.append(Row(cells=[*text_cells(str(reader), n), *cells], group=str(wave)))
    first = table.iloc[0]
    return Table(
        title=f"waves of {first['data']} at {first['rate_hz']:g} Hz, by {first['reference']}",
        columns=[
            *columns("reader", kind="name"),
            *columns("waves", "sensitivity %", "PPV %", "onset ms", "offset ms"),
        ],
        rows=rows,
        group_heading="wave",
        caption=(
            f"{first['recordings']} recordings of {first['patients']} patients. A wave is found "
            "where a middle lies within 150 ms. Errors: mean ± SD, later is positive.",
        ),
    )


def _share(row: dict[Hashable, Any]) -> Cell:
    interval = "" if pd.isna(row["low"]) else f"{100 * row['low']:.1f} – {100 * row['high']:.1f}"
    return Cell(text=decimals(100 * row["value"], 1), interval=interval, reason=row["reason"])


def _late(of: dict[str, dict[Hashable, Any]], edge: str) -> Cell:
    if f"{edge}_mean" not in of:
        return Cell(reason="the reference has no edges")
    mean, sd = of[f"{edge}_mean"], of[f"{edge}_sd"]
    if pd.isna(mean["value"]):
        return Cell(reason=mean["reason"])
    interval = "" if pd.isna(mean["low"]) else f"{mean['low']:.1f} – {mean['high']:.1f}"
    return Cell(text=f"{mean['value']:.1f} ± {sd['value']:.1f}", interval=interval)
