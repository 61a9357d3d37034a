"""Scores by class and by outcome on the page."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from xai_bench.errors import InputError
from xai_bench.report.groups.findings import group_findings
from xai_bench.report.groups.tables import group_tables
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.results import to_csv
from xai_bench.results.recording_groups import (
    GROUPS,
    GroupedScores,
    core_scores,
    grouped_scores,
)
from xai_bench.types import is_control

__all__ = ["groups_section"]


def groups_section(material: Material) -> Section | None:
    """For each model and way of grouping: what differs, and the means of each group in the metrics
    that are tested, of methods and the simple controls; None where no cell knows classes or
    outcomes."""
    cells = core_scores(c for c in material.cells if not (is_control(c.method) and "@" in c.method))
    found: list[GroupedScores] = []
    for by in GROUPS:
        with suppress(InputError):  # cells from before outcomes were stored
            found.append(grouped_scores(cells, by))
    blocks: list[dict[str, Any]] = []
    for one in found:
        findings = group_findings(one, material.metrics)
        for place, tables in group_tables(one, material.metrics):
            blocks.append(
                {
                    "by": one.by,
                    "dataset": place[0],
                    "model": place[2],
                    "findings": findings[place],
                    "tables": tables,
                }
            )
    if not blocks:
        return None
    return Section(
        anchor="groups",
        title="By class and outcome",
        context={
            "blocks": blocks,
            "tables": [
                Download(name=f"{name}_by_{one.by}.csv", text=to_csv(table))
                for one in found
                for name, table in (
                    ("leaderboard", one.means),
                    ("differences", one.differences),
                    ("orders", one.orders),
                )
                if len(table)
            ],
        },
    )
