"""The page says everything that was measured; the committed one is made of the committed table."""

from pathlib import Path

import pytest

from xai_bench.errors import OutputError
from xai_bench.report.markdown import escaped, escaped_sentence
from xai_bench.report.native_audit.figures import PICTURES, questions_drawn
from xai_bench.report.native_audit.findings import finding
from xai_bench.report.native_audit.page import render, write_audit
from xai_bench.results.study_tables import StudyResult, read_study
from xai_bench.studies.native_audit import SCHEMA
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS

AUDIT = Path(__file__).parents[3] / "docs" / "audit"


def test_the_page_says_every_quantity_and_how_to_read_it(result: StudyResult) -> None:
    page = render(result, command="xai-bench audit two")
    for quantity in QUANTITIES.values():
        assert escaped(quantity.label) in page
        assert escaped(quantity.read) in page
    for number, question in QUESTIONS.items():
        assert f"## {number}. {question.title}" in page
    assert "Made by `xai-bench audit two`." in page
    assert "6 synthetic recordings of the split test, seed 0" in page
    assert "n.a. of five: every class has a column and a logit of its own" in page
    assert "n.a. of saliency, gradcam, random: " not in page  # gradcam has a reason of its own
    assert "n.a. of gradcam: gradcam needs a cam\\_layer in the model card" in page
    (row,) = (line for line in page.splitlines() if line.startswith("| cosine of W and dm/dz"))
    assert row.split(" | ")[1].startswith("1.00")


def test_the_committed_page_is_made_of_the_committed_table() -> None:
    page = (AUDIT / "README.md").read_text(encoding="utf-8")
    (command,) = (line.split("`")[1] for line in page.splitlines() if line.startswith("- Made by"))
    assert render(read_study(AUDIT, SCHEMA), command=command) == page
    assert "These nets were not trained alike: imn, " in page


def test_the_folder_holds_page_tables_and_figures(result: StudyResult, tmp_path: Path) -> None:
    write_audit(result, tmp_path / "out", command="made")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("README.md", "audit.csv", "audit.json", "audit.parquet"),
        *(PICTURES[number] for number in questions_drawn(result.table)),
    }
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    table = read_study(tmp_path / "out", SCHEMA).table  # whose numbers are rounded
    for number in questions_drawn(result.table):
        assert (tmp_path / "out" / PICTURES[number]).read_bytes().startswith(b"\x89PNG")
        assert f"]({PICTURES[number]})" in page
        assert f"\n{escaped_sentence(finding(table, number))}.\n" in page
    assert read_study(tmp_path / "out", SCHEMA).facts["models"] == ["two", "five"]
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write .*audit.json"):
        write_audit(result, tmp_path / "file" / "out", command="made")
