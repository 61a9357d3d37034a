"""The studies of method accuracy: what was found, the picture, and the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xai_bench.report.html.embed import embed_picture
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.method_accuracy.findings import AccuracyFindings
from xai_bench.report.method_accuracy.page import ABOUT, CAPTION, PICTURE, READ
from xai_bench.report.method_accuracy.tables import accuracy_tables, nets_table
from xai_bench.results import to_csv
from xai_bench.results.study_tables import read_study
from xai_bench.studies.method_accuracy.accuracy_measures import SCHEMA

__all__ = ["method_accuracy_section"]


def method_accuracy_section(material: Material) -> Section | None:
    """One block for each folder that a study of method accuracy wrote."""
    blocks = [_block(folder) for folder in material.method_accuracies]
    if not blocks:
        return None
    return Section(
        anchor="accuracy", title="Method accuracy", context={"studies": blocks, "about": ABOUT}
    )


def _block(folder: Path) -> dict[str, Any]:
    found = AccuracyFindings(read_study(folder, SCHEMA))
    result = found.result
    return {
        "data": result.facts["data"],
        "n": result.facts["n"],
        "findings": [one.text for one in found.sentences],
        "picture": embed_picture(folder / PICTURE),
        "caption": CAPTION,
        "read": READ,
        "nets": nets_table(result),
        "tables": list(accuracy_tables(result)),
        "left_out": found.left_out,
        "download": Download(name=f"{SCHEMA.stem}.csv", text=to_csv(result.table)),
    }
