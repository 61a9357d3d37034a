"""The stability section repeats what a comparison's folder holds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from xai_bench.errors import InputError
from xai_bench.report.html import write_report
from xai_bench.report.html.material import gather
from xai_bench.report.stability.findings import findings
from xai_bench.report.stability.section import show_stability
from xai_bench.report.stability.write import read_comparison
from xai_bench.studies.stability.schema import QUESTIONS
from xai_bench.zoo import Zoo


def test_findings_figures_and_estimates_are_those_of_the_folder(
    stability_folder: Path, zoo: Zoo
) -> None:
    section = show_stability(gather([stability_folder], zoo))
    assert section is not None
    (block,) = section.context["comparisons"]
    scores, table, _ = read_comparison(stability_folder)
    said = findings(scores, table)
    assert said
    assert [text for question in block["questions"] for text in question["found"]] == [
        one.text for one in said
    ]
    assert [question["asked"] for question in block["questions"]] == list(QUESTIONS.values())
    for question in block["questions"]:
        assert question["picture"].uri.startswith("data:image/png;base64,")
    keys = ["model", "method", "condition", "measure", "against"]
    known = table[(table["given"] == "all") & (table["measure"] == "spearman")]
    known = pd.concat([known[known["question"] == question] for question in QUESTIONS])
    shown = pd.DataFrame([row for q in block["questions"] for row in q["rows"]])
    shown = shown[shown["measure"] == "spearman"]
    assert list(shown["value"]) == list(known["mean"])
    named = known.assign(method=known["method"].replace("", "the prediction"))
    assert shown[keys].values.tolist() == named[keys].values.tolist()
    assert block["download"].text.count("\n") == len(table) + 1
    assert block["left_out"] == ["resnet1d, native: it writes no | weights"]


def test_a_comparison_alone_is_a_page(stability_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    written = write_report(stability_folder, out=tmp_path / "page.html", zoo=zoo)
    assert "Stability of explanations" in written.sections
    assert "Leaderboard" not in written.sections


def test_a_broken_comparison_is_named(stability_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "stability.parquet").write_text("no table")
    with pytest.raises(InputError, match="holds no comparison that can be read"):
        write_report(tmp_path, out=tmp_path / "page.html", zoo=zoo)
