"""The studies of dose response: what was found, the curves, and the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xai_bench.report.dose_response.findings import DoseFindings
from xai_bench.report.dose_response.page import CAPTION, PICTURE, READ
from xai_bench.report.dose_response.tables import controls_table, curves_table, follow_table
from xai_bench.report.html.embed import embed_picture
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.results import to_csv
from xai_bench.results.study_tables import read_study
from xai_bench.studies.dose_response.dose_measures import SCHEMA

__all__ = ["dose_response_section"]


def dose_response_section(material: Material) -> Section | None:
    """One block for each folder that a study of dose response wrote."""
    blocks = [_block(folder) for folder in material.dose_responses]
    if not blocks:
        return None
    return Section(anchor="dose", title="Dose response", context={"studies": blocks})


def _block(folder: Path) -> dict[str, Any]:
    found = DoseFindings(read_study(folder, SCHEMA))
    result = found.result
    tables = [follow_table(result), controls_table(result), curves_table(result)]
    return {
        "data": result.facts["data"],
        "n": result.facts["n"],
        "findings": [one.text for one in found.sentences],
        "picture": embed_picture(folder / PICTURE),
        "caption": CAPTION,
        "read": READ,
        "tables": [table for table in tables if table.rows],
        "left_out": found.left_out,
        "download": Download(name=f"{SCHEMA.stem}.csv", text=to_csv(result.table)),
    }
