"""The studies of stability: what was found, a figure for each question, and the estimates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xai_bench.report.html.embed import embed_picture
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.page import CAPTIONS, READ, picture
from xai_bench.report.stability.tables import estimates_table
from xai_bench.results import to_csv
from xai_bench.results.study_tables import read_study
from xai_bench.studies.stability.schema import QUESTIONS, SCHEMA

__all__ = ["stability_section"]


def stability_section(material: Material) -> Section | None:
    """One block for each folder that a study of stability wrote."""
    blocks = [_block(folder) for folder in material.stabilities]
    if not blocks:
        return None
    return Section(
        anchor="stability", title="Stability of explanations", context={"studies": blocks}
    )


def _block(folder: Path) -> dict[str, Any]:
    found = StabilityFindings(read_study(folder, SCHEMA))
    table = found.result.table
    return {
        "data": found.result.facts["data"],
        "n": found.result.facts["n"],
        "few_patients": found.few_patients,
        "rules": found.rules,
        "questions": [
            {
                "question": QUESTIONS[name],
                "findings": found.texts(name),
                "details": found.texts(name, folded=True),
                "picture": embed_picture(folder / picture(name)),
                "caption": CAPTIONS[name],
                "read": READ[name],
                "table": estimates_table(name, table),
            }
            for name in found.questions
        ],
        "left_out": found.left_out,
        "download": Download(name=f"{SCHEMA.stem}.csv", text=to_csv(table)),
    }
