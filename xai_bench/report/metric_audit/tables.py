"""What each metric tells apart, which ask the same and which are the core, for every back-end."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from xai_bench.report.formats import decimals
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell
from xai_bench.studies.metric_audit.core_choice import PLACES
from xai_bench.studies.metric_audit.redundancy import ALIKE, clusters
from xai_bench.zoo import FAMILIES, QUESTIONS

__all__ = ["CLUSTER_RULE", "CORE_RULE", "MARKS", "alike_table", "core_table", "share_of_heat"]
__all__ += ["trust_table"]

MARKS = {
    "does not tell": "†",
    "reversed": "‡",
    "too few recordings": "?",
    "by construction": "=",
}
"""Behind a number: what is concluded where a metric does not simply tell."""

_LONE = ", ".join(name for name in FAMILIES if name not in (*PLACES, "runtime"))
CLUSTER_RULE = (
    f"Clusters: average linkage of 1 − |correlation|, cut at {1 - ALIKE:.2g}. Two clusters become "
    f"one where the mean |correlation| of a metric of the one with a metric of the other is "
    f"{ALIKE:g} or more, so that two metrics that correlate that much may be in two clusters, and "
    "two of one cluster may correlate less."
)
"""What `redundancy.clusters` does, in words."""

CORE_RULE = (
    "Areas of probabilities are out: the core has one scale, log-odds. Of metrics that ask the "
    "same (one cluster) one stands for all: that which fails fewest questions, tells most, notices "
    "the smallest share of moved mass, repeats best, costs least and is in the core already, in "
    "this order. To fail is to be shown to fail, by the interval; what is undecided is neither "
    "failed nor told, and is named beside what is in. Moved mass and how well a metric repeats "
    "count by their estimates, and apart from what it tells. By the same order there are at most "
    f"{', '.join(f'{count} of {family}' for family, count in PLACES.items())}, and one each of "
    f"{_LONE}. A metric that fails a question is in only where nothing of its family passes."
)
"""What `choose_core` does, in words."""

_FINEST = 0.5
"""Moved mass at which a resolution is as good as none."""


def trust_table(table: pd.DataFrame) -> Table:
    """A row for each metric, a column for each question; verdicts are marked."""
    rows = []
    for (family, metric), of_metric in table.groupby(["family", "metric"], sort=False):
        found = {row["question"]: row for row in of_metric.to_dict("records")}
        cells = [_cell(found[name]) if name in found else Cell() for name in QUESTIONS]
        rows.append(Row(cells=[Cell(text=str(metric)), *cells], group=str(family)))
    headings = [Column(heading=name, about=words) for name, words in QUESTIONS.items()]
    return Table(
        title="what metrics tell apart",
        columns=[Column(heading="metric", kind="name"), *headings],
        rows=rows,
        caption=[
            "share of recordings in which the better map scores better, ties half, with 95 % "
            "intervals; resolution: the smallest share of moved mass that 90 % of recordings "
            "notice; reliability: intraclass correlation over seeds",
            "verdicts by intervals, one by one, without correction over questions",
            *(f"{mark} {verdict}" for verdict, mark in MARKS.items()),
            "–: not asked, or nothing to tell",
        ],
        group_heading="family",
    )


def core_table(table: pd.DataFrame) -> Table:
    """A row for each metric: its place in the core, and why."""
    rows = [
        Row(
            cells=[
                Cell(text=str(row["metric"]), strong=bool(row["core"])),
                Cell(text="in" if row["core"] else "out", strong=bool(row["core"])),
                estimate_cell(row["value"], digits=2, note=f"of {row['n']}" if row["n"] else ""),
                Cell(text=_resolution(row)),
                Cell(text=decimals(row["reliability"])),
                Cell(text=str(row["cluster"])),
                Cell(text=f"{row['seconds']:.1g}" if math.isfinite(row["seconds"]) else "–"),
                Cell(text=str(row["why"])),
            ],
            group=str(row["family"]),
        )
        for row in table.to_dict("records")
    ]
    return Table(
        title="the core",
        columns=[
            *columns("metric", "core", kind="name"),
            *columns("told", "resolution", "reliability", "cluster", "s"),
            Column(heading="why", kind="words"),
        ],
        rows=rows,
        caption=[
            "told: share of the questions that it answered; resolution: "
            f"{MARKS['too few recordings']} where the interval is not closed; cluster: metrics "
            "with the same number ask the same; s: seconds to explain and score a recording by "
            "this metric alone"
        ],
        group_heading="family",
    )


def alike_table(table: pd.DataFrame) -> Table:
    """A row for each two metrics that ask the same, or the reverse, the closest first."""
    alike = table[table["value"].abs() >= ALIKE].sort_values("value", key=abs, ascending=False)
    numbers = clusters(table)
    rows = [
        Row(
            cells=[
                Cell(text=str(row["first"])),
                Cell(text=str(row["second"])),
                Cell(text=f"{row['value']:.3f}"),
                Cell(text=f"{row['low']:.3f} – {row['high']:.3f}"),
                Cell(text=f"{row['n']}"),
                Cell(text=f"{row['maps']}"),
                Cell(text="yes" if numbers[row["first"]] == numbers[row["second"]] else "no"),
            ]
        )
        for row in alike.to_dict("records")
    ]
    return Table(
        title="metrics that ask the same",
        columns=[
            *columns("first", "second", kind="name"),
            *columns("correlation", "of models", "n", "maps", "one cluster"),
        ],
        rows=rows,
        caption=[f"Spearman's correlation of scores of the same maps, at least {ALIKE}"],
    )


def _resolution(row: Mapping[Hashable, Any]) -> str:
    """The estimate, marked where it is undecided."""
    open_ = "resolution" in str(row["undecided"]).split(", ")
    known = math.isfinite(row["resolution"])
    return _percent(row["resolution"]) + (MARKS["too few recordings"] if open_ and known else "")


def share_of_heat(question: str, value: float) -> float:
    """From -1 (the wrong way) through 0 (chance) to 1 (always, or the finest)."""
    if question == "resolution":
        return max(0.0, 1 - value / _FINEST)
    return 2 * min(max(value, 0.0), 1.0) - 1


def _cell(row: Mapping[Hashable, Any]) -> Cell:
    value, verdict, question = row["value"], str(row["verdict"]), str(row["question"])
    mark = MARKS.get(verdict, "")
    if not math.isfinite(value):
        return Cell(text=mark or "–", reason=str(row["reason"]))
    reason = "; ".join(filter(None, (verdict, str(row["reason"]))))
    heat = None if verdict == "by construction" else share_of_heat(question, value)
    if question == "resolution":
        ends = [_percent(row[end]) for end in ("ci_low", "ci_high")]
        interval = " – ".join(ends)
        return Cell(
            text=_percent(value) + mark, interval=interval, reason=reason, value=value, heat=heat
        )
    cell = estimate_cell(value, row["ci_low"], row["ci_high"], digits=2, reason=reason, heat=heat)
    return Cell(
        text=cell.text + mark,
        interval=cell.interval,
        reason=cell.reason,
        value=cell.value,
        heat=cell.heat,
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if math.isfinite(share) else "–"
