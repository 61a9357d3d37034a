"""The table of a study of concepts: a concept a row."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xai_bench.report.formats import p_value
from xai_bench.report.probe.findings import ProbeFindings
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell
from xai_bench.stats import ALPHA
from xai_bench.studies.probe.concepts import CONCEPTS

__all__ = ["probe_tables", "summary_table"]

_SHARES = {"r2": "R²", "r2_untrained": "untrained", "gain": "gain"}


def summary_table(found: ProbeFindings) -> Table:
    """R² of the nets, and what their log-odds follow; what a terminal has room for."""
    headings = [f"{model}: {what}" for model in found.models for what in ("R²", "per sd", "p")]
    rows = []
    for concept in CONCEPTS:
        cells = [Cell(text=concept)]
        for model in found.models:
            reason = found.why_not(model, concept)
            cells += [_cell(found, model, concept, name, reason) for name in ("r2", "sensitivity")]
            cells.append(Cell(text=_p(found, model, concept)))
        rows.append(Row(cells=cells))
    return Table(
        title="",
        columns=[Column(heading="concept", kind="name"), *columns(*headings)],
        rows=rows,
        caption=["per sd: change of the log-odds per standard deviation of the concept; p: Holm"],
        stacked=True,
    )


def probe_tables(found: ProbeFindings) -> Iterator[Table]:
    """One a net, with every measure."""
    for model in found.models:
        about = found.result.facts["models"][model]
        rows = []
        for concept, one in CONCEPTS.items():
            reason = found.why_not(model, concept)
            row = found.row(model, concept, "r2")
            known = "–" if row is None else str(int(row["n"]))
            unit = f"{concept}, {one.unit}" if one.unit else concept
            cells = [Cell(text=unit), Cell(text=known, reason=reason)]
            for name in (*_SHARES, "sensitivity", "tcav"):
                cells.append(_cell(found, model, concept, name, reason))
            rows.append(Row(cells=[*cells, Cell(text=_p(found, model, concept))]))
        aurocs = [
            f"{concept}: AUROC of the probe {row['value']:.2f} [{row['ci_low']:.2f}, "
            f"{row['ci_high']:.2f}]"
            for concept in CONCEPTS
            if (row := found.row(model, concept, "auroc")) is not None
        ]
        yield Table(
            title=f"{model}, layer {about['layer']}; explained class {about['explained']}",
            columns=[
                Column(heading="concept", kind="name"),
                *columns("n", *_SHARES.values(), "log-odds per sd", "TCAV", "p"),
            ],
            rows=rows,
            caption=[
                "with 95 % intervals, patients resampled",
                f"p: against random concepts, after Holm; below {ALPHA} the log-odds follow the "
                "concept",
                *aurocs,
            ],
            stacked=True,
        )


def _cell(found: ProbeFindings, model: str, concept: str, measure: str, reason: str) -> Cell:
    row = found.row(model, concept, measure)
    if row is None:
        return Cell(reason=reason)
    return estimate_cell(row["value"], row["ci_low"], row["ci_high"], digits=2)


def _p(found: ProbeFindings, model: str, concept: str) -> str:
    row = found.row(model, concept, "sensitivity")
    return "–" if row is None else p_value(float(row["p_holm"]) if row is not None else math.nan)
