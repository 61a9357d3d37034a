"""The audit of explanations that nets write themselves: a picture and a table a question."""

from __future__ import annotations

from xai_bench.report.html.embed import embed_picture
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.native_audit.figures import PICTURES
from xai_bench.report.native_audit.findings import finding
from xai_bench.report.native_audit.tables import question_table
from xai_bench.results import to_csv
from xai_bench.studies.native_audit.quantities import QUESTIONS

__all__ = ["native_audit_section"]


def native_audit_section(material: Material) -> Section | None:
    """One block for each folder that an audit wrote."""
    if not material.audits:
        return None
    blocks = [
        {
            "questions": [
                {
                    "finding": finding(table, number),
                    "picture": embed_picture(folder / PICTURES[number]),
                    "table": question_table(table, number),
                }
                for number in QUESTIONS
            ],
            "download": Download(name="audit.csv", text=to_csv(table)),
        }
        for folder, table in material.audits
    ]
    return Section(
        anchor="audit", title="Audit of self-written explanations", context={"audits": blocks}
    )
