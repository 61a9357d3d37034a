"""The tables of a study of dose response: what follows the dose, and controls beside lesions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from xai_bench.report.dose_response.dose_rows import Asked, asked_of
from xai_bench.report.formats import p_value
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.dose_response.dose_measures import MEASURES
from xai_bench.studies.dose_response.response_curves import THE_MODEL
from xai_bench.types import is_control

__all__ = ["controls_table", "curves_table", "follow_table", "summary_table"]

_SUMMARY = ("tau", "tracks_tau", "tracks_slope", "outside_change", "detection_limit")
_FOLLOW = (
    *("tau", "rises", "slope", "detection_limit", "share_tau"),
    *("tracks_tau", "tracks_pearson", "tracks_slope", "share", "outside_change"),
)
"""Measures of the tables; those at each dose are shown at the largest."""
_OWN_UNIT = ("response", "change", "slope", "excess", "detection_limit")
"""Measures in the unit of the method or in mV; all others are near 1, with two decimals."""
_OF_CONTROLS = ("excess", "selective", "tau_difference")


def summary_table(result: StudyResult) -> Table:
    """A row for the model and each method, by lesion; what a terminal has room for."""
    return _measures_table(result, _SUMMARY, "does it follow the dose?")


def follow_table(result: StudyResult) -> Table:
    """The same with all measures over doses."""
    return _measures_table(result, _FOLLOW, "Does it follow the dose?")


def _measures_table(result: StudyResult, measures: Sequence[str], title: str) -> Table:
    largest = result.facts["doses"][-1]
    headings = [
        Column(
            heading=f"{MEASURES[name].label}, {largest:g} mV" if MEASURES[name].at_dose
            else MEASURES[name].label,
            about=MEASURES[name].read,
        )
        for name in measures
    ]  # fmt: skip
    rows = []
    for asked in asked_of(result):
        for method in (THE_MODEL, *asked.methods):
            cells = [
                _cell(asked.row(method, name, dose=largest if MEASURES[name].at_dose else None))
                for name in measures
            ]
            rows.append(_row(asked, method, cells))
    return Table(
        title=title,
        columns=[Column(heading="response of", kind="name"), *headings],
        rows=rows,
        caption=["means with 95 % intervals, medians of ratios; controls are dim"],
        group_heading="model, lesion, class",
        stacked=True,
    )


def controls_table(result: StudyResult) -> Table:
    """Lesions against irrelevant changes of the same millivolt."""
    rows = []
    for asked in asked_of(result):
        for control in asked.against:
            for method in (THE_MODEL, *asked.methods):
                found = [asked.row(method, name, against=control) for name in _OF_CONTROLS]
                if found[0] is None:
                    continue
                p = Cell(text=p_value(found[0]["p_holm"]), value=_number(found[0]["p_holm"]))
                cells = [Cell(text=control), _cell(found[0]), p, *map(_cell, found[1:])]
                rows.append(_row(asked, method, cells))
    labels = [
        Column(heading=MEASURES[name].label, about=MEASURES[name].read) for name in _OF_CONTROLS
    ]
    return Table(
        title="Lesions against irrelevant changes of the same millivolt",
        columns=[
            *columns("response of", "against", kind="name"),
            labels[0],
            Column(heading="Holm p"),
            *labels[1:],
        ],
        rows=rows,
        group_heading="model, lesion, class",
    )


def curves_table(result: StudyResult) -> Table:
    """The response at each dose, in the unit of the method."""
    doses = result.facts["doses"]
    rows = [
        _row(asked, method, [_cell(asked.row(method, "response", dose=dose)) for dose in doses])
        for asked in asked_of(result)
        for method in (THE_MODEL, *asked.methods)
    ]
    return Table(
        title="Responses by dose",
        columns=[
            Column(heading="response of", kind="name"),
            *columns(*(f"{dose:g} mV" for dose in doses)),
        ],
        rows=rows,
        group_heading="model, lesion, class",
    )


def _row(asked: Asked, method: str, cells: Sequence[Cell]) -> Row:
    return Row(
        cells=[Cell(text=method or "log-odds", strong=method == THE_MODEL), *cells],
        group=f"{asked.model}, {asked.lesion}, {asked.target}",
        control=is_control(method),
    )


def _cell(row: pd.Series | None) -> Cell:
    """Of no estimate, or of one without a value, the reason."""
    if row is None:
        return Cell(text="")
    reason = str(row["reason"]) if pd.isna(row["value"]) else ""
    digits = None if row["measure"] in _OWN_UNIT else 2
    return estimate_cell(row["value"], row["ci_low"], row["ci_high"], digits=digits, reason=reason)


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
