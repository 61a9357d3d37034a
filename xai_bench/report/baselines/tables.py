"""The tables of a study of baselines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import pandas as pd

from xai_bench.report.formats import ARROWS
from xai_bench.report.table import Cell, Row, Table, columns, estimate_cell
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.stats import can_tell_apart
from xai_bench.studies.baselines.study import RECORDING
from xai_bench.types import ZERO

__all__ = ["baseline_tables", "log_odds_table", "order_table"]


def baseline_tables(result: StudyResult) -> Iterator[Table]:
    """All of them, what models say of baselines first."""
    yield log_odds_table(result)
    yield order_table(result)
    others = [name for name in result.facts["baselines"] if name != ZERO]
    if len(others) > 1:
        yield _orders(result, list(combinations(others, 2)), "with two other baselines")
    if (result.table["measure"] == "map").any():
        yield _maps(result)
        yield _gains(result)
    yield from _scores(result)


def log_odds_table(result: StudyResult) -> Table:
    """The log-odds of the explained class that are left at each baseline."""
    rows = select(result.table, measure="log_odds")
    shown = [RECORDING, *result.facts["baselines"]]
    return Table(
        title="Log-odds of the explained class, of recordings and of their baselines",
        columns=[*columns("model", "explained class", kind="name"), *columns(*shown)],
        rows=[
            Row(
                cells=[
                    Cell(text=str(model)),
                    Cell(text=str(of_class)),
                    *(_cell(select(group, first=name), _largest(rows)) for name in shown),
                ]
            )
            for (model, of_class), group in rows.groupby(["model", "second"], sort=False)
        ],
        caption=["means with 95 % intervals"],
        stacked=True,
    )


def order_table(result: StudyResult) -> Table:
    """Kendall's tau of the orders with zero and with each other baseline."""
    others = [name for name in result.facts["baselines"] if name != ZERO]
    return _orders(result, [(ZERO, name) for name in others], "with zero and with another baseline")


def _orders(result: StudyResult, pairs: Sequence[tuple[str, str]], which: str) -> Table:
    rows = select(result.table, measure="order")
    return Table(
        title=f"Kendall's τ of the orders of methods {which}",
        columns=[
            *columns("metric", kind="name"),
            *columns(*(b if a == ZERO else f"{a}, {b}" for a, b in pairs)),
        ],
        rows=[
            Row(
                group=str(model),
                cells=[
                    Cell(text=str(metric)),
                    *(_tau(select(group, first=a, second=b)) for a, b in pairs),
                ],
            )
            for (model, metric), group in rows.groupby(["model", "metric"], sort=False)
        ],
        caption=[
            "with 95 % intervals over patients; 1: the same order; -1: the reverse",
            "below: methods, recordings, and how many pairs of methods hold and swap",
        ],
        group_heading="model",
        stacked=True,
    )


def _tau(found: pd.DataFrame) -> Cell:
    if found.empty:
        return Cell()
    row = found.iloc[0]
    note = f"{row['methods']} methods, n = {row['n']}; "
    if can_tell_apart(int(row["n"]), int(row["pairs"])):
        note += f"{row['pairs_hold']} hold, {row['pairs_swap']} swap, of {row['pairs']}"
    else:
        note += "too few to tell any two apart"
    value, low, high = (float(row[name]) for name in ("value", "ci_low", "ci_high"))
    known = not math.isnan(value)
    return estimate_cell(
        value,
        low,
        high,
        digits=2,
        heat=value,
        reason=str(row["reason"]),
        note=note if known else "",
    )


def _maps(result: StudyResult) -> Table:
    rows = select(result.table, measure="map")
    others = [name for name in result.facts["baselines"] if name != ZERO]
    return Table(
        title="Spearman's correlation of maps from zero and from another baseline",
        columns=[*columns("model", "method", kind="name"), *columns(*others)],
        rows=[
            Row(
                cells=[
                    Cell(text=str(model)),
                    Cell(text=str(method)),
                    *(_cell(select(group, second=name), result.facts["n"]) for name in others),
                ]
            )
            for (model, method), group in rows.groupby(["model", "method"], sort=False)
        ],
        caption=["all samples of a recording, with signs; means with 95 % intervals"],
        stacked=True,
    )


def _gains(result: StudyResult) -> Table:
    rows = select(result.table, measure="gain")
    shown = result.facts["baselines"]
    return Table(
        title="Share of recordings in which a method from another baseline scores better than from "
        "zero, by the baseline of the metric",
        columns=[*columns("metric", "method", kind="name"), *columns(*shown)],
        rows=[
            Row(
                group=str(model),
                cells=[
                    Cell(text=str(metric)),
                    Cell(text=f"{method}@{first}"),
                    *(
                        _cell(select(group, second=name), result.facts["n"], strong=name == first)
                        for name in shown
                    ),
                ],
            )
            for (model, metric, method, first), group in rows.groupby(
                ["model", "metric", "method", "first"], sort=False
            )
        ],
        caption=[
            "a half: no better; ties are halves; with 95 % intervals",
            "bold: the metric has the baseline of the method",
        ],
        group_heading="model",
        stacked=True,
    )


def _scores(result: StudyResult) -> Iterator[Table]:
    every = select(result.table, measure="score")
    shown = result.facts["baselines"]
    for metric, rows in every.groupby("metric", sort=False):
        about = result.facts["metrics"][metric]
        yield Table(
            title=f"{about['label']} {ARROWS[about['better']]}, by the baseline of the metric",
            columns=[*columns("method", kind="name"), *columns(*shown)],
            rows=[
                Row(
                    group=str(model),
                    cells=[
                        Cell(text=str(method)),
                        *(_cell(select(group, first=name), result.facts["n"]) for name in shown),
                    ],
                )
                for (model, method), group in rows.groupby(["model", "method"], sort=False)
            ],
            caption=["means with 95 % intervals, of the recordings that the method has scores of"],
            group_heading="model",
            stacked=True,
        )


def _largest(rows: pd.DataFrame) -> int:
    return int(rows["n"].max())


def _cell(found: pd.DataFrame, usual: int, *, strong: bool = False) -> Cell:
    """usual: a number of recordings that is not said."""
    if found.empty:
        return Cell()
    row = found.iloc[0]
    note = f"n = {row['n']}" if 0 < row["n"] != usual else ""
    return estimate_cell(
        *(float(row[name]) for name in ("value", "ci_low", "ci_high")),
        digits=2,
        reason=str(row["reason"]),
        note=note,
        strong=strong,
    )
