"""The comparison of real and made recordings in tables."""

from __future__ import annotations

import pandas as pd

from xai_bench.report.formats import decimals
from xai_bench.report.realism.findings import DISCOVERY_RATE, number, worst
from xai_bench.report.table import (
    Cell,
    Row,
    Table,
    columns,
    estimate_cell,
    text_cells,
    text_table,
)
from xai_bench.studies.realism.model_percentiles import summarise
from xai_bench.types import LEADS

__all__ = ["difference_table", "lead_table", "model_table", "two_sample_table", "whole_table"]

_MOST = 12


def difference_table(table: pd.DataFrame) -> Table:
    """The features that differ most, each in its worst lead; medians."""
    rows = (
        (
            f"{row['feature']} {row['lead']}".rstrip(),
            *(number(row[f"{side}_q50"], row["unit"]) for side in ("real", "made")),
            *_percentile_and_ks(row),
        )
        for _, row in worst(table).head(_MOST).iterrows()
    )
    numbers = columns("real", "made", "percentile", "KS")
    return text_table(
        "what gives made recordings away", [*columns("feature", kind="name"), *numbers], rows
    )


def two_sample_table(test: pd.DataFrame) -> Table:
    """AUROC of telling real from made by what a classifier is shown."""
    rows = [
        Row(
            cells=[
                *text_cells(*(str(row[name]) for name in ("group", "classifier", "features"))),
                estimate_cell(row["auroc"], row["ci_low"], row["ci_high"], digits=2),
            ]
        )
        for _, row in test.iterrows()
    ]
    headings = [*columns("shown", "classifier", kind="name"), *columns("features", "AUROC")]
    return Table(title="telling real from made", columns=headings, rows=rows)


def model_table(scores: pd.DataFrame) -> Table:
    """Percentiles of real recordings within normal synthetic ones, by model and folder."""
    rows = (
        (
            *(str(row[name]) for name in ("model", "folder", "n")),
            decimals(row["median"], 0),
            f"{row['share_high']:.0%}",
        )
        for _, row in summarise(scores).iterrows()
    )
    numbers = columns("n", "median percentile", "above the 90th")
    headings = [*columns("model", "recordings", kind="name"), *numbers]
    return text_table("percentile within synthetic NORM", headings, rows)


def whole_table(table: pd.DataFrame) -> Table:
    """Features of the whole recording."""
    rows = (
        (
            *(row["feature"], row["unit"]),
            *(_quantiles(row, side) for side in ("real", "made")),
            *_percentile_and_ks(row),
        )
        for _, row in table[table["lead"] == ""].iterrows()
    )
    numbers = columns("real, median [10 %, 90 %]", "made", "percentile", "KS")
    headings = [*columns("feature", "unit", kind="name"), *numbers]
    return text_table("Intervals and rhythm", headings, rows)


def lead_table(table: pd.DataFrame) -> Table:
    """Medians by lead, real / made; strong where the distributions differ."""
    rows = []
    for (feature, unit), part in table[table["lead"] != ""].groupby(
        ["feature", "unit"], sort=False
    ):
        by_lead = {row["lead"]: row for _, row in part.iterrows()}
        cells = [_pair(by_lead[lead]) if lead in by_lead else Cell() for lead in LEADS]
        rows.append(Row(cells=[Cell(text=f"{feature}, {unit}".rstrip(", ")), *cells]))
    headings = [*columns("", kind="name"), *columns(*LEADS)]
    return Table(title="By lead", columns=headings, rows=rows)


def _percentile_and_ks(row: pd.Series) -> tuple[str, str]:
    return decimals(row["percentile"], 0), decimals(row["ks"])


def _quantiles(row: pd.Series, side: str) -> str:
    unit = f" {row['unit']}".rstrip()
    low, middle, high = (
        number(row[f"{side}_{q}"], row["unit"]).removesuffix(unit) for q in ("q10", "q50", "q90")
    )
    return f"{middle} [{low}, {high}]"


def _pair(row: pd.Series) -> Cell:
    text = f"{number(row['real_q50'])} / {number(row['made_q50'])}"
    return Cell(text=text, strong=row["p"] < DISCOVERY_RATE)
