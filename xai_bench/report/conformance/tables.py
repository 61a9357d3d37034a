"""The findings of checks, one a row."""

from __future__ import annotations

from xai_bench.report.table import Cell, Column, Row, Table
from xai_bench.studies.conformance import Conformance

__all__ = ["conformance_table", "verdict"]


def conformance_table(found: Conformance) -> Table:
    """Check, outcome and what was found; what is to be mended stands out."""
    rows = [
        Row(
            cells=(
                Cell(text=one.name),
                Cell(text=one.status, strong=one.status == "problem"),
                Cell(text=one.text),
            )
        )
        for one in found.findings
    ]
    columns = (
        Column(heading="check", kind="name"),
        Column(heading="outcome", kind="name"),
        Column(heading="what was found", kind="words"),
    )
    return Table(title=f"{found.kind} {found.name}", columns=columns, rows=rows)


def verdict(found: Conformance) -> str:
    """How many checks found nothing to mend, and which found something."""
    asked = [one for one in found.findings if one.status != "not asked"]
    if not found.problems:
        return f"{found.kind} {found.name}: {len(asked)} checks, nothing to mend"
    names = ", ".join(one.name for one in found.problems)
    return f"{found.kind} {found.name}: {len(found.problems)} of {len(asked)} checks: mend {names}"
