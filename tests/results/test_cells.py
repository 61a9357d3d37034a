"""Cells are whole or absent."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.results.disk import files_of_100_bytes
from tests.results.made_cells import cell, skipped
from xai_bench import storage
from xai_bench.errors import InputError, OutputError
from xai_bench.results import digest, open_run, read_cells, write_cell


def test_a_cell_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    for one in (cell("ig", [0.5, np.nan, 1.0]), skipped()):
        folder = write_cell(tmp_path, one)
        assert folder == tmp_path / "synthetic" / one.model / one.method / "k"
    back = {one.model: one for one in read_cells(tmp_path)}
    assert back["imn"].scores is not None
    written = cell("ig", [0.5, np.nan, 1.0]).scores
    assert written is not None
    pd.testing.assert_frame_equal(back["imn"].scores, written)
    assert back["imn"].provenance == cell("ig", []).provenance
    assert back["conv2d"].scores is None
    assert back["conv2d"].reason == "needs W"


def test_another_key_never_overwrites(tmp_path: Path) -> None:
    write_cell(tmp_path, cell("ig", [0.0], key="one"))
    write_cell(tmp_path, cell("ig", [1.0], key="two"))
    assert len(read_cells(tmp_path)) == 2


def test_an_interruption_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(temporary: Path, path: Path) -> None:
        raise KeyboardInterrupt

    write_cell(tmp_path, cell("ig", [1.0]))
    monkeypatch.setattr(storage, "put_in_place", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_cell(tmp_path, cell("random", [1.0]))
    assert [one.method for one in read_cells(tmp_path)] == ["ig"]
    left = [p.name for p in tmp_path.rglob("*") if p.is_file()]
    assert sorted(left) == ["run.json", "scores.parquet"]


def test_a_full_disk_is_one_line_and_leaves_no_halfcell(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="cannot write .*imn/ig/k: File too large"),
        files_of_100_bytes(),
    ):
        write_cell(tmp_path, cell("ig", [1.0]))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write .*file/runs: Not a directory"):
        open_run(tmp_path / "file" / "runs")
    assert open_run(tmp_path / "new" / "runs").is_dir()


def test_a_run_that_is_not_there_and_a_cell_that_is_broken_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run folder .*; make one: xai-bench run --out"):
        read_cells(tmp_path / "none")
    folder = write_cell(tmp_path, cell("ig", [1.0]))
    (folder / "scores.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="imn/ig/k cannot be read: .*delete it to run it again"):
        read_cells(tmp_path)
    (folder / "run.json").write_text(json.dumps({"status": "ok"}))
    with pytest.raises(InputError, match="cannot be read"):
        read_cells(tmp_path)


def test_digest_ignores_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 2, "b": 1})
