"""The tables of a study of stability: a summary for a terminal, and all estimates of a question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.report.scale import Scale, scale_of
from xai_bench.report.table import Cell, Column, Row, Table, estimate_cell
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.stability.headline_scores import (
    HEADLINE_MEASURE,
    HEADLINE_SNR_DB,
    headline_scores,
)
from xai_bench.studies.stability.schema import EVIDENCE, PREDICTION, QUESTIONS
from xai_bench.types import is_control

__all__ = ["estimates_table", "summary_table"]

_SHOWN = (HEADLINE_MEASURE, *EVIDENCE, *PREDICTION)
"""Measures of `estimates_table`."""
_ESTIMATE = ["value", "ci_low", "ci_high"]

_Estimates = dict[tuple[str, str], tuple[float, float, float]]
"""By model and method: a value and its interval."""


def summary_table(result: StudyResult) -> Table:
    """A row for each method of each model, a column for each question that was asked."""
    columns = _summary_columns(result)
    table = result.table[result.table["method"] != ""]
    rows = []
    for model, of_model in table.groupby("model", sort=False):
        for method in sorted(dict.fromkeys(of_model["method"]), key=is_control):
            each = (estimates.get((str(model), method)) for estimates in columns.values())
            cells = [Cell(text=method), *(Cell() if one is None else _cell(*one) for one in each)]
            rows.append(Row(cells=cells, group=str(model), control=is_control(method)))
    return Table(
        title="stability of explanations (Spearman)",
        columns=[
            Column(heading="method", kind="name"),
            *(Column(heading=name) for name in columns),
        ],
        rows=rows,
        caption=["with 95 % intervals; controls are dim"],
    )


def _summary_columns(result: StudyResult) -> dict[str, _Estimates]:
    """By heading."""
    scores, table = result.scores, result.table
    similar = select(table, measure=HEADLINE_MEASURE, given="all")

    def headline(question: str) -> _Estimates:
        of_models = {
            str(model): headline_scores(question, scores, str(model))
            for model in dict.fromkeys(table["model"])
        }
        return {
            (model, method): of_model.mean(method)
            for model, of_model in of_models.items()
            for method in of_model.names
        }

    def estimates(**wanted: str) -> _Estimates:
        # The last stage of a cascade counts.
        rows = select(similar, **wanted).sort_values("level", kind="stable")
        return dict(
            zip(
                zip(rows["model"], rows["method"], strict=True),
                rows[_ESTIMATE].itertuples(index=False, name=None),
                strict=True,
            )
        )

    rivals = dict.fromkeys(select(similar, condition="another net")["against"])
    columns: dict[str, dict[str, _Estimates]] = {
        "input": {
            f"noise, {HEADLINE_SNR_DB:g} dB": headline("input"),
            "lead swap": estimates(condition="lead swap"),
        },
        "initialisations": {
            "other seeds": estimates(condition="same net"),
            **{
                f"seeds of {name}": estimates(condition="another net", against=name)
                for name in rivals
            },
        },
        "methods": {"in evidence": headline("methods")},
        "weights": {"all layers random": estimates(condition="cascade")},
        "beats": {"next beat": headline("beats")},
    }
    answered = set(table["question"])
    return {
        heading: of_heading
        for question, of_question in columns.items()
        if question in answered
        for heading, of_heading in of_question.items()
    }


def _cell(value: float, low: float, high: float) -> Cell:
    """Two decimals and no spaces: seven columns of them fit a terminal."""
    known = not (math.isnan(value) or math.isnan(low))
    text = "–" if math.isnan(value) else f"{value:.2f}"
    return Cell(text=text, interval=f"{low:.2f}–{high:.2f}" if known else "")


def estimates_table(question: str, table: pd.DataFrame) -> Table:
    """The estimates of a question over all recordings, on one scale for each measure."""
    rows = select(table, question=question, measure=_SHOWN, given="all")
    scales = {
        measure: scale_of(map(float, of_measure[_ESTIMATE].to_numpy().ravel()))
        for measure, of_measure in rows.groupby("measure", sort=False)
    }
    return Table(
        title=f"{QUESTIONS[question]} Mean over recordings and 95 % interval",
        columns=[
            Column(heading="model", kind="name"),
            Column(heading="method", kind="name"),
            Column(heading="condition", kind="words"),
            Column(heading="level"),
            Column(heading="against", kind="words"),
            Column(heading="measure", kind="words"),
            Column(heading="mean"),
            Column(heading="n"),
        ],
        rows=[_estimate_row(row, scales[row["measure"]]) for row in rows.to_dict("records")],
    )


def _estimate_row(row: Mapping[Any, Any], scale: Scale) -> Row:
    level, *estimate = (float(row[name]) for name in ("level", *_ESTIMATE))
    return Row(
        cells=[
            Cell(text=row["model"]),
            Cell(text=row["method"] or "the prediction"),
            Cell(text=row["condition"]),
            Cell(text="") if math.isnan(level) else Cell(text=f"{level:.3g}", value=level),
            Cell(text=row["against"]),
            Cell(text=row["measure"]),
            estimate_cell(*estimate, reason=row["reason"], scale=scale),
            Cell(text=str(row["n"]), value=float(row["n"])),
        ]
    )
