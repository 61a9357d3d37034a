"""Made recordings beside real ones: the section of a page."""

from __future__ import annotations

from xai_bench.report.html.embed import embed_picture
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.realism.comparisons_page import comparisons_table, sentences
from xai_bench.results import to_csv
from xai_bench.results.study_tables import read_study
from xai_bench.studies.realism.comparison_table import SCHEMA

__all__ = ["realism_section"]


def realism_section(material: Material) -> Section | None:
    """One block for each folder that a comparison with real recordings wrote."""
    if not material.realisms:
        return None
    blocks = []
    for folder in material.realisms:
        found = read_study(folder, SCHEMA)
        picture = folder / "realism.png"
        blocks.append(
            {
                "table": comparisons_table(found.table),
                "sentences": [one.replace("**", "").replace("`", "") for one in sentences(found)],
                "picture": embed_picture(picture) if picture.is_file() else None,
                "download": Download(name="realism.csv", text=to_csv(found.table)),
            }
        )
    return Section(anchor="realism", title="How real made recordings are", context={"of": blocks})
