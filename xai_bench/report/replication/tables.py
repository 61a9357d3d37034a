"""Statements that hold on all sides, in tables: which method leads, and how many pairs hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from xai_bench.report.formats import ARROWS
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell, text_cells
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.replication.replicated_order import VERDICTS
from xai_bench.types import is_control
from xai_bench.zoo import Zoo

__all__ = [
    "Standing",
    "count_table",
    "leader_table",
    "n_of_methods",
    "n_of_sides",
    "reversed_table",
    "sides_table",
    "standing",
]

_MODEL_FREE = "amplitude"


class Standing(NamedTuple):
    """What the statements about the methods of one net and metric come to."""

    leader: str
    """The method that is ahead of every other on all sides, or ""."""
    unbeaten: list[str]
    """The methods that none is ahead of on all sides; all where nothing is known."""
    ahead_of_amplitude: list[str]
    """Of these, those that are ahead of the control amplitude on all sides."""


def standing(rows: pd.DataFrame) -> Standing:
    """rows: of one net and metric. Controls neither lead nor beat."""
    holds = rows[rows["verdict"] == "holds"]
    ahead: dict[str, set[str]] = {}
    for first, second in zip(holds["first"], holds["second"], strict=True):
        ahead.setdefault(str(first), set()).add(str(second))
    methods = sorted({*rows["first"], *rows["second"]})
    methods = [name for name in methods if not is_control(name)]
    beaten = {name for one in methods for name in ahead.get(one, ())}
    leaders = [one for one in methods if ahead.get(one, set()) >= set(methods) - {one}]
    unbeaten = [name for name in methods if name not in beaten]
    return Standing(
        leader=leaders[0] if leaders and len(methods) > 1 else "",
        unbeaten=unbeaten,
        ahead_of_amplitude=[one for one in unbeaten if _MODEL_FREE in ahead.get(one, ())],
    )


def n_of_sides(rows: pd.DataFrame) -> str:
    """Recordings that two methods both have scores of, on each side: "13, 14, 13", or one text
    where all sides are alike. A range is over the pairs in `rows`: with an oracle they are fewer.
    """
    each = [list(map(int, said.split())) for said in rows["recordings"]]
    sides = [sorted({*of_side}) for of_side in zip(*each, strict=True)]
    texts = [f"{of[0]}" + (f"–{of[-1]}" if len(of) > 1 else "") for of in sides]
    return ", ".join(texts if len(set(texts)) > 1 else texts[:1])


def n_of_methods(rows: pd.DataFrame) -> str:
    """`n_of_sides` of the pairs without a control, of which a leader is the leader."""
    controls = rows["first"].map(is_control) | rows["second"].map(is_control)
    return n_of_sides(rows[~controls])


def leader_table(result: StudyResult) -> Table:
    """A row for each metric, two columns for each net: who leads on all sides, and n there."""
    table = result.table
    nets = list(result.facts["sides"])
    better = {metric.name: ARROWS[metric.better] for metric in Zoo().every_metric()}
    rows = []
    for (family, metric), of_metric in table.groupby(["family", "metric"], sort=False):
        cells = [Cell(text=f"{metric} {better.get(str(metric), '')}".rstrip())]
        for net in nets:
            of_net = of_metric[of_metric["model"] == net]
            cells += [_leader_cell(of_net), Cell(text=n_of_methods(of_net))]
        rows.append(Row(cells=cells, group=str(family)))
    sides = "; ".join(f"{net}: {_sides_of(of)}" for net, of in result.facts["sides"].items())
    return Table(
        title="which method leads",
        columns=[*columns("metric", kind="name"), *(one for net in nets for one in _columns(net))],
        rows=rows,
        caption=[
            "bold: the method that is ahead of every other on all sides, by its interval and by "
            "Holm's p on each; else, in brackets, those that none is ahead of on all sides, if "
            "these are not all",
            f"*: not ahead of the control {_MODEL_FREE} on all sides",
            f"sides: {sides}",
            "n: recordings of each of these sides that two methods both have scores of, once where "
            "all sides have as many",
        ],
        group_heading="family",
    )


def _columns(net: str) -> list[Column]:
    return [*columns(net, kind="words"), *columns(f"n, {net}")]


def _leader_cell(rows: pd.DataFrame) -> Cell:
    if rows.empty:
        return Cell()
    found = standing(rows)
    marked = [
        name + ("" if name in found.ahead_of_amplitude else "*")
        for name in ([found.leader] if found.leader else found.unbeaten)
    ]
    if found.leader:
        return Cell(text=marked[0], strong=True)
    beaten = {*rows["first"], *rows["second"]} - {*found.unbeaten}
    if all(map(is_control, map(str, beaten))):
        return Cell(text="none")
    return Cell(text=f"none ({', '.join(marked)})")


def _sides_of(sides: list[dict[str, Any]]) -> str:
    return ", ".join(one["name"] for one in sides)


def count_table(result: StudyResult) -> Table:
    """A row for each metric and net: how many pairs have which verdict."""
    rows = []
    for (net, metric), of_pair in result.table.groupby(["model", "metric"], sort=False):
        counts = of_pair["verdict"].value_counts()
        texts = [str(counts.get(verdict, 0)) for verdict in VERDICTS]
        texts = [str(metric), n_of_sides(of_pair), str(len(of_pair)), *texts]
        rows.append(Row(group=str(net), cells=text_cells(*texts)))
    return Table(
        title="pairs by verdict",
        columns=[*columns("metric", kind="name"), *columns("n", "pairs", *VERDICTS)],
        rows=rows,
        caption=[
            "n: recordings of each side that both of a pair have scores of, once where all sides "
            "have as many; a range where pairs differ: the oracle is of recordings with evidence"
        ],
        group_heading="net",
    )


def reversed_table(result: StudyResult) -> Table:
    """A row for every two methods that are apart in both orders."""
    chosen = result.table[result.table["verdict"] == "reversed"]
    rows = [
        Row(
            group=str(row["model"]),
            cells=[
                *text_cells(*(str(row[name]) for name in ("metric", "first", "second"))),
                *text_cells(str(row["orders"]), ", ".join(str(row["recordings"]).split())),
                estimate_cell(*(float(row[name]) for name in ("value", "ci_low", "ci_high"))),
            ],
        )
        for row in chosen.to_dict("records")
    ]
    return Table(
        title="pairs that change places",
        columns=[
            *columns("metric", "first", "second", kind="name"),
            *columns("sides", "n", "first − second, all sides"),
        ],
        rows=rows,
        caption=[
            "sides: + where the first is ahead, - where it is behind, 0 where the two are not "
            "apart, in the order of the table above; n: recordings of each of them"
        ],
        group_heading="net",
    )


def sides_table(result: StudyResult) -> Table:
    """What was compared, and how well each training classifies there."""
    rows = []
    for net, sides in result.facts["sides"].items():
        for side in sides:
            rows.append(Row(group=net, cells=_side_cells(side)))
    return Table(
        title="sides",
        columns=[
            *columns("side", kind="name"),
            *columns("scored, at most", "evaluated", "AUROC"),
            *columns("quality", kind="name"),
        ],
        rows=rows,
        caption=["AUROC with a 95 % interval over patients"],
        group_heading="net",
    )


def _side_cells(side: Mapping[str, Any]) -> list[Cell]:
    quality = side["quality"]
    auroc = Cell()
    if quality["auroc"] is not None:
        ends = (quality["ci_low"], quality["ci_high"])
        auroc = estimate_cell(quality["auroc"], *ends, digits=2)
    numbers = text_cells(side["name"], str(side["n"]), str(quality["n"]))
    return [*numbers, auroc, Cell(text=quality["verdict"])]
