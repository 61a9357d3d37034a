"""A value that no page prints cannot be changed unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.studies.replication.scored_folds import fold_cells
from tools.committed_tables import changed_tables
from xai_bench.results import read_cells, write_cell, write_leaderboard
from xai_bench.results.study_tables import Schema, StudyResult, read_study, write_study
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parents[2]
SCHEMA = Schema(
    stem="found", keys={"net": "str"}, scores={"record_id": "str"}, mend="make one: make it"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "docs" / "study"
    folder.mkdir(parents=True)
    (folder / "pairs.csv").write_text("first,second\na,b\n")
    table = pd.DataFrame(
        {"net": ["a", "b"], "value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "n": 8, "reason": ""}
    )
    result = StudyResult(
        schema=SCHEMA, table=table, facts={"n": 8}, scores=pd.DataFrame({"record_id": ["r"]})
    )
    write_study(result, folder, beside=["pairs.csv"])
    return tmp_path


def test_tables_as_written_are_no_faults_and_facts_stay_those_of_the_study(root: Path) -> None:
    assert list(changed_tables(root)) == []
    assert read_study(root / "docs" / "study", SCHEMA).facts == {"n": 8}


@pytest.mark.parametrize("name", ["found.csv", "found.parquet", "pairs.csv"])
def test_a_value_that_was_changed_is_a_fault(root: Path, name: str) -> None:
    path = root / "docs" / "study" / name
    path.write_bytes(path.read_bytes().replace(b"b", b"c"))
    (said,) = changed_tables(root)
    assert said == (
        f"docs/study/{name} is not what its study wrote, by the sha256 in found.json; make it again"
    )


def test_so_is_a_table_that_is_gone_and_one_without_a_digest(root: Path) -> None:
    folder = root / "docs" / "study"
    (folder / "pairs.csv").unlink()
    facts = json.loads((folder / "found.json").read_text())
    del facts["sha256"]["found.csv"]
    (folder / "found.json").write_text(json.dumps(facts))
    assert list(changed_tables(root)) == [
        "docs/study/found.csv: found.json has no sha256 of it; make the study again",
        "docs/study/pairs.csv: found.json has a sha256 of it, and it is not there",
    ]


def test_a_leaderboard_is_that_of_its_cells_and_flags(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for one in fold_cells("ab", 10):
        write_cell(runs, one)
    stale = ["runs/leaderboard.csv is not that of its cells and flags; run: make report"]
    assert list(changed_tables(tmp_path)) == stale
    write_leaderboard(runs, list(read_cells(runs)), {"m": "other"})
    assert list(changed_tables(tmp_path)) == stale
    write_leaderboard(runs, list(read_cells(runs)), Zoo().flags())
    assert list(changed_tables(tmp_path)) == []
    board = runs / "leaderboard.csv"
    board.write_text(board.read_text().replace("imn", "inm"))
    assert list(changed_tables(tmp_path)) == stale


def test_the_committed_tables_are_as_written() -> None:
    assert list(changed_tables(ROOT)) == []
