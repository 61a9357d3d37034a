"""The audit in tables: each question, native against post-hoc, and a summary."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.native_audit.shown import SHOWN
from xai_bench.report.table import Cell, Row, Table, columns, estimate_cell, text_cells
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS, Quantity

__all__ = ["estimates_of", "method_table", "models_of", "question_table", "summary_table"]

Estimates = Mapping[tuple[str, str, str], Mapping[Hashable, Any]]


def models_of(table: pd.DataFrame) -> list[str]:
    """Names, in the order of the table."""
    return list(dict.fromkeys(table["model"]))


def estimates_of(table: pd.DataFrame) -> Estimates:
    """Rows by model, method and quantity."""
    return {(row["model"], row["method"], row["quantity"]): row for row in table.to_dict("records")}


def question_table(table: pd.DataFrame, number: int) -> Table:
    """A row for each quantity of a question, a column for each net; of the native explanation."""
    models, estimates = models_of(table), estimates_of(table[table["method"] == "native"])
    rows = []
    reasons: dict[str, dict[str, None]] = {}
    for quantity in QUESTIONS[number].quantities(number):
        known = {model: estimates.get((model, "native", quantity.name)) for model in models}
        count = max((row["n"] for row in known.values() if row is not None), default=0)
        median = ", median" if quantity.taken == "median" else ""
        cells = [Cell(text=quantity.label + median), *map(_cell, known.values())]
        rows.append(Row(cells=[*cells, *text_cells(str(count), quantity.read)]))
        for model, row in known.items():
            if row is not None and row["reason"]:
                reasons.setdefault(row["reason"], {})[model] = None
    words = columns("quantity", "how to read it", kind="words")
    return Table(
        title=f"{number}. {QUESTIONS[number].title}",
        columns=[words[0], *columns(*models, "n"), words[1]],
        rows=rows,
        caption=_not_available(reasons),
    )


def method_table(table: pd.DataFrame) -> Table:
    """A row for each quantity and net, a column for each method."""
    methods, estimates = PRESETS.native_audit.methods, estimates_of(table)
    rows = []
    for name in SHOWN.by_method:
        for model in models_of(table):
            cells = [_cell(estimates.get((model, method, name))) for method in methods]
            rows.append(Row(group=QUANTITIES[name].label, cells=[Cell(text=model), *cells]))
    reasons: dict[str, dict[str, None]] = {}
    for (_, method, _), row in estimates.items():
        if row["reason"] and method != "native":
            reasons.setdefault(row["reason"], {})[method] = None
    return Table(
        title="Native against post-hoc, on the same net",
        columns=[*columns("model", kind="name"), *columns(*methods)],
        rows=rows,
        caption=_not_available(reasons),
        group_heading="quantity",
    )


def summary_table(table: pd.DataFrame) -> Table:
    """One number of each question and more where they need each other; a column for each net."""
    models, estimates = models_of(table), estimates_of(table)

    def row(quantity: Quantity) -> Row:
        cells = [_cell(estimates.get((model, "native", quantity.name))) for model in models]
        number = quantity.question
        return Row(
            group=f"{number} {QUESTIONS[number].title.partition(':')[0]}",
            cells=[Cell(text=quantity.label), *cells],
        )

    return Table(
        title="audit of explanations that nets write themselves",
        columns=[*columns("quantity", kind="words"), *columns(*models)],
        rows=[row(QUANTITIES[name]) for name in SHOWN.summary],
        caption=[f"with 95 % intervals; n = {table['n'].max()}, fewer where it costs"],
        stacked=True,
    )


def _cell(row: Mapping[Hashable, Any] | None) -> Cell:
    if row is None or row["reason"]:
        return Cell(text="n.a.", reason=row["reason"] if row else "")
    return estimate_cell(row["value"], row["ci_low"], row["ci_high"])


def _not_available(reasons: Mapping[str, Mapping[str, None]]) -> list[str]:
    return [f"n.a. of {', '.join(names)}: {reason}" for reason, names in reasons.items()]
