"""The stability section repeats what a study's folder holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from xai_bench.errors import InputError
from xai_bench.report.html import write_report
from xai_bench.report.html.material import gather
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.section import stability_section
from xai_bench.results.study_tables import read_study
from xai_bench.studies.stability.schema import QUESTIONS, SCHEMA
from xai_bench.zoo import Zoo


def test_findings_figures_and_estimates_are_those_of_the_folder(
    stability_folder: Path, zoo: Zoo
) -> None:
    section = stability_section(gather([stability_folder], zoo))
    assert section is not None
    (block,) = section.context["studies"]
    found = StabilityFindings(read_study(stability_folder, SCHEMA))
    assert found.sentences
    for fold, name in ((False, "findings"), (True, "details")):
        assert [text for question in block["questions"] for text in question[name]] == [
            one.text for one in found.sentences if one.folded == fold
        ]
    assert block["rules"] == found.rules
    assert [question["question"] for question in block["questions"]] == list(QUESTIONS.values())
    for question in block["questions"]:
        assert question["picture"].uri.startswith("data:image/png;base64,")
    table = found.result.table
    known = table[(table["given"] == "all") & (table["measure"] == "spearman")]
    known = pd.concat([known[known["question"] == question] for question in QUESTIONS])
    rows = [row.cells for one in block["questions"] for row in one["table"].rows]
    similar = [cells for cells in rows if cells[5].text == "spearman"]
    assert [cells[6].value for cells in similar] == list(known["value"])
    assert [tuple(cells[k].text for k in (0, 1, 2, 4)) for cells in similar] == list(
        zip(known["model"], known["method"], known["condition"], known["against"], strict=True)
    )
    assert block["download"].text.count("\n") == len(table) + 1
    assert block["left_out"] == ["resnet1d, native: it writes no | weights"]


def test_a_study_alone_is_a_page(stability_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    written = write_report(stability_folder, out=tmp_path / "page.html", zoo=zoo)
    assert "Stability of explanations" in written.sections
    assert "Leaderboard" not in written.sections


def test_a_broken_study_is_named(stability_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    shutil.copytree(stability_folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "stability.parquet").write_text("no table")
    with pytest.raises(
        InputError, match=r"stability.parquet cannot be read: .+; make one: xai-bench compare"
    ):
        write_report(tmp_path, out=tmp_path / "page.html", zoo=zoo)
