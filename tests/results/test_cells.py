"""Cells are whole or absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.results.disk import files_of_100_bytes
from tests.results.made_cells import cell, skipped
from xai_bench import storage
from xai_bench.errors import InputError, OutputError
from xai_bench.results import digest, make_room, open_run, read_cells, sound_cells, write_cell


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


def test_of_a_cell_from_before_outcomes_were_stored_they_are_unknown(tmp_path: Path) -> None:
    path = write_cell(tmp_path, cell("ig", [0.5, 1.0], outcomes=["missed", "detected"]))
    whole = pd.read_parquet(path / "scores.parquet")
    assert list(whole["outcome"]) == ["missed", "detected"]
    before = whole.drop(columns=["explained", "label", "log_odds", "outcome"])
    before.to_parquet(path / "scores.parquet", index=False)
    (back,) = read_cells(tmp_path)
    assert back.scores is not None
    assert list(back.scores["outcome"]) == ["unknown"] * 2
    assert list(back.scores.columns) == list(whole.columns)


def test_another_key_never_overwrites(tmp_path: Path) -> None:
    write_cell(tmp_path, cell("ig", [0.0], key="one"))
    write_cell(tmp_path, cell("ig", [1.0], key="two"))
    assert len(read_cells(tmp_path)) == 2


@pytest.mark.parametrize("what", ["a folder", "a file", "a link"])
def test_what_is_no_cell_is_set_aside_for_the_cell(tmp_path: Path, what: str) -> None:
    folder = cell("ig", []).folder(tmp_path)
    folder.parent.mkdir(parents=True)
    if what == "a file":
        folder.write_text("mine")
    elif what == "a link":
        folder.symlink_to(tmp_path / "gone")
    else:
        folder.mkdir()
        (folder / "scores.parquet").write_text("mine")
    assert write_cell(tmp_path, cell("ig", [1.0])) == folder
    (read,) = read_cells(tmp_path)
    assert read.scores is not None
    (aside,) = folder.parent.glob(".*")
    if what != "a link":
        kept = aside if what == "a file" else aside / "scores.parquet"
        assert kept.read_text() == "mine", "nothing is deleted"
    assert make_room(tmp_path, cell("random", [1.0])) is None


def test_cells_that_cannot_be_read_are_told_from_those_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in ("ig", "random", "saliency", "oracle"):
        write_cell(tmp_path, cell(method, [1.0]))
    whole = cell("ig", []).folder(tmp_path)
    (cell("random", []).folder(tmp_path) / "run.json").unlink()
    (cell("saliency", []).folder(tmp_path) / "run.json").write_text("null")
    (cell("oracle", []).folder(tmp_path) / "scores.parquet").write_bytes(b"PAR1")
    sound, broken = sound_cells(tmp_path, {})
    assert [one.method for one in sound] == ["ig"]
    assert {path.parent.name: str(why).split("/k/")[1][:22] for path, why in broken.items()} == {
        "random": "run.json is not there;",
        "saliency": "run.json cannot be rea",
        "oracle": "scores.parquet cannot ",
    }
    monkeypatch.delattr("xai_bench.results.cells.read_cell")  # nothing is read twice
    for path in broken:
        path.rename(path.with_name(".aside"))
    assert sound_cells(tmp_path, {whole: sound[0]}) == (sound, {})


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


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run folder .*; make one: xai-bench run --out"):
        read_cells(tmp_path / "none")


WITHOUT = {"status": "ok", "key": "k"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "cannot be read: Expecting value"),
        ('{"dataset": "syn', "cannot be read: Unterminated string"),
        ("[]", "cannot be read: it holds a list where an object belongs"),
        ("[" * 100_000, "cannot be read: .*recursion"),
        (json.dumps(WITHOUT), "is not of a cell: dataset is missing"),
        ('{"key": 3}', "is not of a cell: key: should be a valid string, not 3"),
        ('{"reason": null}', "is not of a cell: reason: should be a valid string, not None"),
        ('{"metrics": ["m"]}', "is not of a cell: metrics: should be a valid dictionary, not"),
        ('{"status": "weird"}', "is not of a cell: status: should be 'ok' or 'skipped', not 'we"),
        ('{"quality": {"verdict": "ok", "auroc": "x"}}', "is not of a cell: quality.auroc: should"),
        ('{"quality": {"verdict": "ok", "auroc": NaN}}', "is not of a cell: quality.auroc: should"),
        ('{"quality": {"auroc": 0.5}}', "is not of a cell: quality.verdict is missing"),
        ('{"quality": {"verdict": "ok", "of": 1}}', "is not of a cell: quality.of: "),
        ('{"quality": []}', "is not of a cell: quality: should be"),
        ('{"metrics": {"m": {"better": "higher"}}}', "is not of a cell: metrics.m.statistic is mi"),
        ('{"metrics": {"m": {"better": "up", "statistic": "mean"}}}', "is not of a cell: metrics"),
        ('{"metrics": {"m": 3}}', "is not of a cell: metrics.m: should be a valid dictionary"),
        ('{"families": {"m": 3}}', "is not of a cell: families.m: should be a valid string, not 3"),
        ('{"n": "four"}', "is not of a cell: n: should be a valid integer, not 'four'"),
        ('{"left_out": [{}]}', "is not of a cell: left_out.0: should be a valid string, not {}"),
        ('{"method": "shap"}', "is of the cell synthetic/imn/shap/k, and not of this folder"),
        ('{"dataset": "../.."}', "is of the cell ../../imn/ig/k, and not of this folder"),
    ],
)
def test_facts_that_are_not_of_a_cell_are_named(tmp_path: Path, content: str, why: str) -> None:
    path = write_cell(tmp_path, cell("ig", [1.0])) / "run.json"
    if content.startswith('{"') and content.endswith("}") and content != json.dumps(WITHOUT):
        content = json.dumps(json.loads(path.read_text()) | json.loads(content))
    path.write_text(content)
    with pytest.raises(InputError, match=rf"ig/k/run\.json {why}") as error:
        read_cells(tmp_path)
    assert str(error.value).endswith(f"; delete {path.parent} to run it again")
    assert "\n" not in str(error.value)


def test_a_cell_without_its_facts_is_named_before_anything_is_scored(tmp_path: Path) -> None:
    folder = write_cell(tmp_path, cell("ig", [1.0]))
    (folder / "run.json").unlink()
    with pytest.raises(InputError, match=r"ig/k/run\.json is not there; delete .*/ig/k to run it"):
        read_cells(tmp_path)
    folder.rename(folder.with_name(".k.half-written"))
    assert read_cells(tmp_path) == []


SCORES = pd.DataFrame(cell("ig", [1.0]).scores)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PAR1", "cannot be read: Could not open Parquet input source"),
        (SCORES.drop(columns=["reason"]), "cannot be read: no column reason"),
        (SCORES.assign(score="much"), "cannot be read: could not convert string to float"),
        (SCORES.assign(patient_id=None), "cannot be read: column patient_id lacks text in 1 rows"),
        (SCORES.assign(metric="n"), "has scores of n, run.json no card"),
        (SCORES.assign(status="fine"), "cannot be read: recording 'r0', metric m, is none of ok, "),
        (SCORES.assign(score=np.nan), "cannot be read: recording 'r0', metric m, is ok and has no"),
        (SCORES.assign(score=np.inf), "cannot be read: recording 'r0', metric m, is ok and has no"),
        (pd.concat([SCORES] * 2), "cannot be read: recording 'r0', metric m, has two scores"),
        (SCORES.assign(score=pd.Series([[1.0]])), "cannot be read: "),
        (pd.DataFrame(), "cannot be read: no column record_id, patient_id"),
        (None, "is not there"),
    ],
)
def test_scores_that_cannot_be_read_are_named(
    tmp_path: Path, content: bytes | pd.DataFrame | None, why: str
) -> None:
    path = write_cell(tmp_path, cell("ig", [1.0])) / "scores.parquet"
    if isinstance(content, pd.DataFrame):
        content.to_parquet(path, index=False)
    elif content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    (read,) = read_cells(tmp_path)
    with pytest.raises(InputError, match=rf"ig/k/scores\.parquet {why}.*") as error:
        _ = read.scores
    assert str(error.value).endswith(f"; delete {path.parent} to run it again")


def test_scores_are_read_when_they_are_wanted_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in ("ig", "random"):
        write_cell(tmp_path, cell(method, [1.0]))
    reads: list[Path] = []
    real = storage.read_table

    def counted(path: Path, *rest: Any, **more: Any) -> pd.DataFrame:
        reads.append(path)
        return real(path, *rest, **more)

    monkeypatch.setattr(storage, "read_table", counted)
    cells = read_cells(tmp_path)
    assert not reads
    of_ig = next(one for one in cells if one.method == "ig")
    for wanted in (of_ig, of_ig.only(["m"]), of_ig):
        assert wanted.scores is not None
    assert [path.parent.parent.name for path in reads] == ["ig"]


def test_a_cell_with_some_of_its_scores() -> None:
    both = pd.concat([SCORES, SCORES.assign(metric="n")])
    found = cell("ig", []).with_scores(both).only(["n"]).scores
    assert found is not None
    assert found["metric"].tolist() == ["n"]
    assert skipped().only(["n"]).scores is None


def test_digest_ignores_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 2, "b": 1})
