"""The tables of a study of method accuracy: a method a row, a known net a column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xai_bench.report.formats import ARROWS, p_value
from xai_bench.report.method_accuracy.accuracy_rows import AccuracyRows
from xai_bench.report.table import (
    Cell,
    Column,
    Row,
    Table,
    columns,
    estimate_cell,
    text_cells,
    text_table,
)
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.method_accuracy.accuracy_measures import MEASURES, PARTS
from xai_bench.types import is_control

__all__ = ["accuracy_tables", "nets_table", "summary_table"]

_OF_REGIONS = ("size_rank", "mass", "above_amplitude", "sign", "rank", "outside", "size")
_DIGITS = 2


def summary_table(result: StudyResult) -> Table:
    """Cosines of regions; what a terminal has room for."""
    return _table(AccuracyRows(result), "cosine", "region")


def accuracy_tables(result: StudyResult) -> Iterator[Table]:
    """Cosines of all kinds of parts, and every other measure of regions."""
    rows = AccuracyRows(result)
    for parts in PARTS:
        yield _table(rows, "cosine", parts)
    for measure in _OF_REGIONS:
        yield _table(rows, measure, "region")
    suspected = [name for name in rows.models if result.facts["models"][name]["suspect_lead"]]
    if suspected:
        for measure in ("shortcut", "shortcut_excess"):
            yield _table(rows, measure, "lead", suspected)
    if result.facts.get("by_class"):
        yield _class_table(result.facts["by_class"])


def _class_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Methods that are nearer to the truth for one class; rows of `class_differences`."""
    tested = [row for row in rows if row["p"] is not None]
    counts = [row[f"{side}_patients"] for row in rows for side in ("first", "second")]
    return Table(
        title="Where the cosine in regions depends on the class that is explained",
        columns=[*columns("method", "classes", kind="name"), *columns("difference", "p")],
        rows=[
            Row(
                group=row["model"],
                control=is_control(row["method"]),
                cells=[
                    *text_cells(row["method"], f"{row['first']} − {row['second']}"),
                    estimate_cell(row["difference"], row["ci_low"], row["ci_high"], digits=_DIGITS),
                    Cell(text=p_value(row["p_holm"])),
                ],
            )
            for row in tested
            if row["apart"]
        ],
        caption=[
            f"{sum(row['apart'] for row in tested)} of {len(tested)} comparisons are told apart; "
            "the others are not listed",
            f"patients in a group: {min(counts)} to {max(counts)}; fewer than five are not tested "
            f"({len(rows) - len(tested)} comparisons)",
            "p: rank-sum test between patients, after Holm over all methods of a net",
        ],
        group_heading="net",
    )


def nets_table(result: StudyResult) -> Table:
    """What the truth of each net is, and where it is a convention."""
    return text_table(
        "",
        [
            Column(heading="net", kind="code"),
            Column(heading="truth is unique for each", kind="name"),
            Column(heading="convention", kind="words"),
            Column(heading="what it is", kind="words"),
        ],
        [
            (name, net["unique_for"], net["convention"] or "none", net["summary"])
            for name, net in result.facts["models"].items()
        ],
    )


def _table(
    rows: AccuracyRows, measure: str, parts: str, models: Sequence[str] | None = None
) -> Table:
    """models: columns; all where none are given."""
    models = rows.models if models is None else models
    about = MEASURES[measure]
    arrow = ARROWS[about.better]
    conventions = [name for name in models if not rows.is_unique(name, parts)]
    intervals = any(
        not math.isnan(row["ci_low"])
        for model in models
        for method in rows.methods
        if (row := rows.row(model, method, parts, measure)) is not None
    )
    return Table(
        title=f"{about.label.capitalize()} {arrow}, {PARTS[parts]}".replace(" ,", ","),
        columns=[
            Column(heading="method", kind="name"),
            *(
                Column(heading=f"{name}*" if name in conventions else name, better=about.better)
                for name in models
            ),
        ],
        rows=[
            Row(
                cells=[
                    Cell(text=method),
                    *(_cell(rows, model, method, parts, measure) for model in models),
                ],
                control=is_control(method),
            )
            for method in rows.methods
        ],
        caption=[
            f"{about.read}, "
            + ("with 95 % intervals" if intervals else "too few patients for intervals"),
            *(["* truth rests on a convention at this resolution"] if conventions else []),
        ],
        stacked=True,
    )


def _cell(rows: AccuracyRows, model: str, method: str, parts: str, measure: str) -> Cell:
    row = rows.row(model, method, parts, measure)
    if row is None:
        return Cell(reason=rows.why_skipped(model, method))
    reason = str(row["reason"]) if row["n_failed"] else ""
    note = f"n = {int(row['n'])}" if 0 < row["n"] < rows.result.facts["n"] else ""
    return estimate_cell(
        *(row["value"], row["ci_low"], row["ci_high"]), digits=_DIGITS, reason=reason, note=note
    )
