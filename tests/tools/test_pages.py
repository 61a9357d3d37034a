"""Rendered pages say what cards and runs say."""

import sys
from pathlib import Path

import pytest

from tests.studies.replication.scored_folds import fold_cells
from tools import pages as module
from tools.pages import main, pages, replicated_block, with_block
from xai_bench.report.replication.page import write_replication
from xai_bench.studies.replication import replication
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rendered() -> dict[Path, str]:
    return pages()


def test_the_committed_pages_are_up_to_date(rendered: dict[Path, str]) -> None:
    stale = [path for path, text in rendered.items() if path.read_text() != text]
    assert not stale


def test_every_model_and_metric_has_a_row(rendered: dict[Path, str]) -> None:
    for name in Zoo().model_folders():
        assert f"[`{name}`]({name})" in rendered[ROOT / "models/README.md"]
        assert f"# {name}\n" in rendered[ROOT / "models" / name / "README.md"]
    for metric in Zoo().every_metric():
        link = f"[`{metric.name}`]({metric.family}/{metric.name}.toml)"
        assert rendered[ROOT / "metrics/README.md"].count(link) == 1


def test_check_names_a_stale_page_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "pages", lambda: {page: "new"})
    monkeypatch.setattr(sys, "argv", ["pages", "--check"])
    assert main() == 1
    assert capsys.readouterr().out == "page.md is out of date; run: make report\n"
    monkeypatch.setattr(sys, "argv", ["pages"])
    assert main() == 0
    assert page.read_text() == "new"


def test_the_pages_have_the_readmes_table_and_picture_of_the_same_rows(
    rendered: dict[Path, str],
) -> None:
    assert rendered[ROOT / "docs/leaderboard.svg"].startswith("<?xml")
    readme = rendered[ROOT / "README.md"]
    assert readme.index("docs/leaderboard.svg") < readme.index("| native |")


def test_the_readme_ranks_methods_by_what_holds_on_all_sides(tmp_path: Path) -> None:
    assert not replicated_block(tmp_path / "replication")
    cells = fold_cells("abc", 10) + fold_cells("acb", 9)
    write_replication(replication(cells), tmp_path / "replication", command="made")
    block = replicated_block(tmp_path / "replication")
    assert "| stability | m | none (b\\*, c\\*) |" in block
    before = "a\n<!-- replicated -->\nold\n<!-- /replicated -->\nb\n"
    assert with_block(before, "replicated", block) == before.replace("old\n", block)
