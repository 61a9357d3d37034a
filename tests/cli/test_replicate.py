"""`replicate`: from run folders to a page, and one line where there is one side alone."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Call
from tests.studies.replication.scored_folds import fold_cells
from xai_bench.results import write_cell


def test_replicate_of_two_runs_ends_with_sentences_and_a_folder(
    xai_bench: Call, tmp_path: Path
) -> None:
    for name, fold in (("a", 10), ("b", 9)):
        for one in fold_cells("abc", fold):
            write_cell(tmp_path / name, one)
    out = tmp_path / "out"
    done = xai_bench("replicate", tmp_path / "a", tmp_path / "b", "--out", out)
    assert done.status == 0, done.err
    assert "imn: 3 of 3 orders hold on all 2 sides" in " ".join(done.out.split())
    rows = list(csv.DictReader((out / "replicated.csv").read_text().splitlines()))
    assert {row["verdict"] for row in rows} == {"holds"}
    assert "xai-bench replicate" in (out / "README.md").read_text()


def test_one_side_is_no_replication(xai_bench: Call, tmp_path: Path) -> None:
    for one in fold_cells("abc", 10):
        write_cell(tmp_path / "a", one)
    done = xai_bench("replicate", tmp_path / "a", "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err.startswith("error: a net on two folds, or of two seeds, is wanted; there is ")
    assert "make replication" in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_not_committed_is_an_error_that_says_what_makes_it(
    xai_bench: Call, tmp_path: Path
) -> None:
    done = xai_bench("replicate", tmp_path / "replication-run", "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err.startswith(f"error: no run folder '{tmp_path}/replication-run' to compare; ")
    assert done.err.endswith("; in a checkout of xai-bench: make replication\n")
    assert done.err.count("\n") == 1
