"""A comparison as a folder, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.studies.stability.made_up import made_up
from xai_bench.errors import InputError, OutputError
from xai_bench.report.stability.page import picture
from xai_bench.report.stability.write import (
    FACTS_FILE,
    SCORES_FILE,
    TABLE_FILE,
    read_comparison,
    write_comparison,
)
from xai_bench.studies.stability.result import Comparison

TABLES = {"README.md", SCORES_FILE, TABLE_FILE, FACTS_FILE}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return made_up(n=6, questions="initialisations,beats", quality={"native": 0.8, "ig": 0.7})


@pytest.fixture(scope="module")
def folder(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("written") / "stability"
    write_comparison(comparison, out, "made up")
    return out


def test_what_is_read_is_what_was_written(comparison: Comparison, folder: Path) -> None:
    scores, table, facts = read_comparison(folder)
    pd.testing.assert_frame_equal(scores, comparison.scores)
    pd.testing.assert_frame_equal(table, comparison.table, rtol=1e-5)
    assert facts == json.loads(json.dumps(comparison.facts))


def test_there_is_a_figure_for_each_question_asked(folder: Path) -> None:
    asked = {picture("initialisations"), picture("beats")}
    assert {path.name for path in folder.iterdir()} == TABLES | asked
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in asked)


def test_figures_of_questions_that_are_not_asked_any_more_go(
    comparison: Comparison, tmp_path: Path
) -> None:
    write_comparison(comparison, tmp_path, "made up")
    (tmp_path / "mine.png").write_bytes(b"")
    beats, table = (
        part[part["question"] == "beats"] for part in (comparison.scores, comparison.table)
    )
    write_comparison(Comparison(scores=beats, table=table, facts=comparison.facts), tmp_path, "")
    assert {path.name for path in tmp_path.iterdir()} == TABLES | {"beats.png", "mine.png"}


def test_pictures_in_a_folder_without_a_comparison_stay(
    comparison: Comparison, tmp_path: Path
) -> None:
    (tmp_path / "methods.png").write_bytes(b"mine")
    write_comparison(comparison, tmp_path, "made up")
    assert (tmp_path / "methods.png").read_bytes() == b"mine"


@pytest.mark.parametrize("spoilt", [SCORES_FILE, TABLE_FILE, FACTS_FILE])
@pytest.mark.parametrize("content", [None, b"nothing\n1\n"])
def test_a_folder_that_holds_no_whole_comparison_is_refused(
    folder: Path, tmp_path: Path, spoilt: str, content: bytes | None
) -> None:
    for name in TABLES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / spoilt).unlink()
    if content is not None:
        (tmp_path / spoilt).write_bytes(content)
    with pytest.raises(InputError, match=r"holds no comparison that can be read \(.+\); make one:"):
        read_comparison(tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error(
    comparison: Comparison, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write the comparison to"):
        write_comparison(comparison, tmp_path / "file", "made up")
