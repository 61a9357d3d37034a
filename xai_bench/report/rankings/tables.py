"""Agreement of orders in tables: by net, by metric, and the pairs of methods that swap."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from xai_bench.report.formats import decimals, probability
from xai_bench.report.table import Cell, Row, Table, columns, estimate_cell, text_cells
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.rankings.study import EVERY
from xai_bench.zoo import FAMILIES

__all__ = ["UNRELIABLE", "data_table", "family_table", "metric_table", "missing_table"]
__all__ += ["net_table", "swap_table", "unreliable_nets"]

UNRELIABLE = "‡"
"""Behind a net that classifies too badly on one of two data sets."""
_UNRELIABLE = (
    f"{UNRELIABLE}: classifies too badly on one of the two for a ranking of its explanations"
)

_SIDES = ("first", "second")
_PLACE = (*_SIDES, "model")
_HALVES = ("halves_first", "halves_second", "halves_between")


def data_table(result: StudyResult) -> Table:
    """What was compared: of each data set and net how many recordings were scored, and how well
    the net classifies there."""
    rows = []
    for data, of_data in result.facts["quality"].items():
        for model, quality in of_data.items():
            cells = text_cells(model, str(quality["scored"]), str(quality["n"]))
            known = quality["auroc"] is not None
            auroc = (
                estimate_cell(quality["auroc"], quality["ci_low"], quality["ci_high"], digits=2)
                if known
                else Cell()
            )
            rows.append(Row(group=data, cells=[*cells, auroc, Cell(text=quality["verdict"])]))
    return Table(
        title="recordings",
        columns=[
            *columns("net", kind="name"),
            *columns("scored", "evaluated", "AUROC"),
            *columns("quality", kind="name"),
        ],
        rows=rows,
        caption=[
            "AUROC with a 95 % interval over patients, mean of several classes",
            "unreliable: the interval reaches below 0.7",
        ],
        group_heading="data set",
    )


def unreliable_nets(result: StudyResult, first: str, second: str) -> list[str]:
    """The nets that classify too badly on one of two data sets."""
    of = result.facts["quality"]
    return [
        model
        for model in result.facts["models"]
        if any(
            of.get(data, {}).get(model, {}).get("verdict") == "unreliable"
            for data in (first, second)
        )
    ]


def family_table(result: StudyResult) -> Table:
    """The mean tau over metrics: a row for each net and two data sets, a column for each family."""
    families = [name for name in FAMILIES if (_means(result.table)["family"] == name).any()]
    return _mean_table(result, families)


def net_table(result: StudyResult) -> Table:
    """The same over all metrics alone, for a terminal."""
    return _mean_table(result, [])


def _means(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["metric"] == EVERY]


def _marked(result: StudyResult, first: str, second: str, model: str) -> str:
    return model + UNRELIABLE * (model in unreliable_nets(result, first, second))


def _mean_table(result: StudyResult, families: Sequence[str]) -> Table:
    rows = []
    for (first, second, model), of_net in _means(result.table).groupby(
        ["first", "second", "model"], sort=False
    ):
        found = {row["family"]: row for row in of_net.to_dict("records")}
        every = found[EVERY]
        rows.append(
            Row(
                group=f"{first} and {second}",
                cells=[
                    Cell(text=_marked(result, str(first), str(second), str(model))),
                    _tau(every),
                    *(_tau(found.get(name)) for name in families),
                    *(Cell(text=decimals(float(every[name]))) for name in _HALVES),
                    Cell(text=_pairs(every)),
                ],
            )
        )
    return Table(
        title="Kendall's τ of the orders of methods, mean over metrics",
        columns=[
            *columns("net", kind="name"),
            *columns("all metrics", *families),
            *columns("halves of the first", "of the second", "of both"),
            *columns("pairs: hold / swap / all"),
        ],
        rows=rows,
        caption=[
            "with 95 % intervals over the patients of both data sets",
            "1: the same order; -1: the reverse",
            "halves: mean τ of random halves of patients, within a data set and between the two",
            _UNRELIABLE,
        ],
        group_heading="data sets",
        stacked=True,
    )


def metric_table(result: StudyResult) -> Table:
    """A row for each metric and net, with the verdict."""
    rows = []
    table = result.table
    for row in table[(table["metric"] != EVERY) & table["value"].notna()].to_dict("records"):
        rows.append(
            Row(
                group=f"{row['first']} and {row['second']}",
                cells=[
                    Cell(text=str(row["metric"])),
                    Cell(text=_marked(result, *(str(row[n]) for n in _PLACE))),
                    _tau(row),
                    *(Cell(text=decimals(float(row[name]))) for name in _HALVES),
                    Cell(text=_pairs(row)),
                    *text_cells(*(str(row[name]) for name in ("methods", "first_n", "second_n"))),
                    Cell(text=str(row["verdict"])),
                ],
            )
        )
    return Table(
        title="by metric",
        columns=[
            *columns("metric", "net", kind="name"),
            *columns("τ", "halves of the first", "of the second", "of both"),
            *columns("pairs: hold / swap / all", "methods", "n, first", "n, second"),
            *columns("verdict", kind="name"),
        ],
        rows=rows,
        caption=[_UNRELIABLE],
        group_heading="data sets",
    )


def swap_table(pairs: pd.DataFrame, sides: str = "data sets") -> Table:
    """Every two methods that swap with certainty. sides: what the first and the second are."""
    rows = [
        Row(
            group=f"{row['first']} and {row['second']}",
            cells=[
                *text_cells(*(str(row[name]) for name in ("model", "metric", "method", "other"))),
                *(
                    estimate_cell(
                        *(float(row[f"{side}_{n}"]) for n in ("difference", "ci_low", "ci_high"))
                    )
                    for side in _SIDES
                ),
                Cell(text=probability(float(row["p_holm"]))),
            ],
        )
        for row in pairs[pairs["verdict"] == "swaps"].to_dict("records")
    ]
    return Table(
        title="methods that swap",
        columns=[
            *columns("net", "metric", "method", "other", kind="name"),
            *columns("method − other, first", "second", "p"),
        ],
        rows=rows,
        caption=[
            "differences turned so that more is better",
            "p: larger of the two signed-rank tests, after Holm over all pairs of the metric",
        ],
        group_heading=sides,
    )


def missing_table(table: pd.DataFrame) -> Table:
    """Why a metric has no tau, and of which nets that is said."""
    missing = table[table["reason"] != ""]
    rows = [
        Row(
            group=f"{first} and {second}",
            cells=text_cells(str(reason), ", ".join(dict.fromkeys(of["metric"])), _nets(of)),
        )
        for (first, second, reason), of in missing.groupby(
            ["first", "second", "reason"], sort=False
        )
    ]
    return Table(
        title="not compared",
        columns=columns("why", "metrics", "nets", kind="words"),
        rows=rows,
        group_heading="data sets",
    )


def _nets(rows: pd.DataFrame) -> str:
    return ", ".join(dict.fromkeys(map(str, rows["model"])))


def _tau(row: Mapping[Hashable, Any] | None) -> Cell:
    if row is None:
        return Cell()
    tau, low, high = (float(row[name]) for name in ("value", "ci_low", "ci_high"))
    return estimate_cell(tau, low, high, digits=2, heat=tau)


def _pairs(row: Mapping[Hashable, Any]) -> str:
    return f"{row['pairs_hold']} / {row['pairs_swap']} / {row['pairs']}"
