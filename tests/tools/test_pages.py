"""Rendered pages say what cards and runs say."""

import sys
from pathlib import Path

import pytest

from tools import pages as module
from tools import quoted_numbers
from tools.pages import main, pages
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rendered() -> dict[Path, str]:
    return pages()


@pytest.mark.slow
def test_the_committed_pages_are_up_to_date(rendered: dict[Path, str]) -> None:
    stale = [path for path, text in rendered.items() if path.read_text() != text]
    assert not stale


@pytest.mark.slow
def test_every_page_of_the_studies_is_rendered(rendered: dict[Path, str]) -> None:
    """But for one that people wrote, whose numbers `tools.quoted_numbers` checks."""
    written = set((ROOT / "docs").rglob("README.md"))
    assert written - set(rendered) == {ROOT / "docs" / "real" / "ecgresnet" / "README.md"}


@pytest.mark.slow
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


def test_check_names_a_number_that_its_table_has_not_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("value\n0.944\n")
    page = tmp_path / "page.md"
    page.write_text("It is 0.93 <!-- = t.csv value -->.")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "pages", dict)
    monkeypatch.setattr(quoted_numbers, "HAND_WRITTEN", ("page.md",))
    monkeypatch.setattr(sys, "argv", ["pages", "--check"])
    assert main() == 1
    assert capsys.readouterr().out == "page.md:1: said 0.93, found 0.9440: t.csv value\n"
    monkeypatch.setattr(sys, "argv", ["pages"])
    assert main() == 0
    assert "read the sentence again" in capsys.readouterr().out
    assert page.read_text() == "It is 0.94 <!-- = t.csv value -->."


@pytest.mark.slow
def test_the_pages_have_the_leaderboards_table_and_picture_of_the_same_rows(
    rendered: dict[Path, str],
) -> None:
    assert rendered[ROOT / "docs/leaderboard.svg"].startswith("<?xml")
    board = rendered[ROOT / "docs/leaderboard.md"]
    assert board.index("(leaderboard.svg)") < board.index("| native |")
