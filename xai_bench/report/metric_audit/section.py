"""What each metric tells apart, on the page."""

from __future__ import annotations

from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.metric_audit.tables import CORE_RULE, MARKS, core_table, trust_table
from xai_bench.results import to_csv
from xai_bench.zoo import QUESTIONS

__all__ = ["metric_audit_section"]


def metric_audit_section(material: Material) -> Section | None:
    """A row for each metric, a coloured cell for each question; and which are the core."""
    if material.trust is None or material.trust.empty:
        return None
    return Section(
        anchor="trust",
        title="Can the metrics be trusted?",
        context={
            "table": trust_table(material.trust),
            "core": None if material.core is None else core_table(material.core),
            "rule": CORE_RULE,
            "about": QUESTIONS,
            "marks": MARKS,
            "download_table": Download(name="trust.csv", text=to_csv(material.trust)),
        },
    )
