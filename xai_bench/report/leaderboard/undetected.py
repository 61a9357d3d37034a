"""Localisation of recordings that a model does not detect, beside that of those that it does."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from xai_bench.report.formats import span, with_unit
from xai_bench.report.leaderboard.order import MetricFacts, Order
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell

__all__ = ["pooled_captions", "undetected_table"]


def pooled_captions(rows: pd.DataFrame) -> list[str]:
    """Which recordings these rows of a leaderboard are of, where that is not all."""
    found = set(rows["recordings"])
    parts = []
    if "detected" in found:
        parts.append("of recordings that the model detects alone")
    if "all, outcome unknown" in found:
        parts.append("of all recordings: it is not known which of them the model detects")
    return parts


def undetected_table(
    title: str, metrics: Mapping[str, MetricFacts], order: Order, rows: pd.DataFrame
) -> Table | None:
    """A column for each of `metrics`, a row for each pair in `order`; None where all recordings are
    pooled. rows: of a leaderboard of one dataset and protocol."""
    apart = rows[rows["metric"].isin(list(metrics)) & (rows["n_undetected"] > 0)]
    if apart.empty:
        return None
    found = {
        (str(row["model"]), str(row["method"]), str(row["metric"])): row
        for row in apart.to_dict("records")
    }
    lines = []
    for model, rivals, controls in order:
        for method in [*rivals, *controls]:
            line = [found.get((model, method, name)) for name in metrics]
            if any(line):
                cells = [
                    Cell()
                    if row is None
                    else estimate_cell(
                        *(float(row[f"undetected{end}"]) for end in ("", "_low", "_high")),
                        unit=metric.unit,
                    )
                    for row, metric in zip(line, metrics.values(), strict=True)
                ]
                lines.append(
                    Row(
                        cells=[Cell(text=method), *cells],
                        group=model,
                        control=method in controls,
                    )
                )
    count = span(apart["n_undetected"].min(), apart["n_undetected"].max())
    return Table(
        title=title,
        columns=[
            *columns("method", kind="name"),
            *(
                Column(heading=with_unit(metric.label, metric.unit), better=metric.better)
                for metric in metrics.values()
            ),
        ],
        rows=lines,
        caption=[
            f"mean and 95 % interval of n = {count} recordings that are no part of the table above",
            "there is a finding in them that the model does not see, or takes for another one",
            "no interval of fewer than five patients",
        ],
        group_heading="model",
        stacked=True,
    )
