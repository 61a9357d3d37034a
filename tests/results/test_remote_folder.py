"""Run folders in object stores: whole objects, cells that come last, and one clear error."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.recordings import recordings
from tests.results.made_cells import cell
from tests.s3_server import s3_bucket
from tests.tiny_zoo import tiny_zoo
from xai_bench import run
from xai_bench.errors import InputError, OutputError
from xai_bench.results import read_cells, write_cell
from xai_bench.results.remote_folder import RemoteFolder, RunCopy
from xai_bench.results.shards import open_shards
from xai_bench.studies.benchmark import Run, cell_job


@pytest.fixture
def url() -> str:
    """A folder that no other test has."""
    return f"memory://{secrets.token_hex(6)}/run"


def test_objects_come_back_as_they_were_put(url: str, tmp_path: Path) -> None:
    folder = RemoteFolder(url)
    assert folder.names() == []
    folder.put("a/one", b"1")
    folder.put("two", b"2")
    folder.put("two", b"3")
    folder.put_new("two", b"4")
    assert folder.names() == ["a/one", "two"]
    folder.get(folder.names(), tmp_path / "here")
    assert (tmp_path / "here/a/one").read_bytes() == b"1"
    assert (tmp_path / "here/two").read_bytes() == b"3", "what was there stays"
    assert folder.below("a").names() == ["one"]
    folder.remove(["a/one"])
    assert folder.names() == ["two"]
    with pytest.raises(OutputError, match=f"{url} cannot be used: "):
        folder.get(["none"], tmp_path / "here")
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["a", "two"]


def test_a_store_that_is_not_known_is_named() -> None:
    with pytest.raises(InputError, match="nowhere://b/x cannot be used: Protocol not known: now"):
        RunCopy("nowhere://b/x")


def test_a_cell_without_its_last_object_is_none(url: str) -> None:
    first = RunCopy(url)
    for name in ("ig", "random"):
        first.put_cell(write_cell(first.folder, cell(name, [1.0, 2.0])))
    assert [one.method for one in read_cells(RunCopy(url).folder)] == ["ig", "random"]
    (last,) = (name for name in first.remote.names() if "/ig/" in name and "run.json" in name)
    first.remote.remove([last])
    assert [one.method for one in read_cells(RunCopy(url).folder)] == ["random"]


def test_a_cell_that_another_machine_wrote_meanwhile_stays(url: str) -> None:
    ours, theirs = RunCopy(url), RunCopy(url)
    for copy in (theirs, ours):
        made = cell("ig", [1.0, 2.0])
        made.provenance["command"] = "ours" if copy is ours else "theirs"
        copy.put_cell(write_cell(copy.folder, made))
    (found,) = read_cells(RunCopy(url).folder)
    assert found.provenance["command"] == "theirs"
    ours.bring()
    assert read_cells(ours.folder)[0].provenance["command"] == "ours", "nothing is overwritten"


def _table(rows: range) -> pd.DataFrame:
    ids = [f"r{row}" for row in rows]
    text = dict.fromkeys(("status", "reason", "explained", "label", "outcome"), "ok")
    numbers = dict.fromkeys(("residual", "log_odds"), 0.5)
    columns = {"record_id": ids, "patient_id": ids, "metric": "m", "score": [*map(float, rows)]}
    order = ["record_id", "patient_id", "metric", "score", "status", "reason", "residual"]
    table = pd.DataFrame(columns | text | numbers)
    return table[[*order, "explained", "label", "log_odds", "outcome"]]


def test_shards_that_are_put_anywhere_are_found_from_another_copy(url: str) -> None:
    first = RunCopy(url)
    with open_shards(first.folder, [first.folder / "cell"], "key", first.remote) as shards:
        shards.place.put(range(2, 4), {"ig": _table(range(2, 4))})
        assert not list(first.folder.rglob("*.arrow")), "they are in the store, and not here"
        shards.add(range(2, 4))
    other = RunCopy(url)
    with open_shards(other.folder, [other.folder / "cell"], "key", other.remote) as shards:
        assert shards.missing(4, 2) == [range(0, 2)]
        shards.place.put(range(0, 2), {"ig": _table(range(0, 2))})
        shards.add(range(0, 2))
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(4)))
        shards.remove()
    assert other.remote.names() == []


def _run(out: Path | str, zoo: Path, **options: Any) -> Run:
    given: dict[str, Any] = {
        "model": "linear", "method": "saliency", "metrics": "relevance_mass", "n": 6,
        "data": recordings(6, evidence=True), "workers": 1,
    }  # fmt: skip
    return run(**(given | options), out=out, zoo=tiny_zoo(zoo))


@pytest.fixture
def _judged_by_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_job, "EVALUATED", 6)


def _assert_same(some: Path, others: Path) -> None:
    tables = [_scores(folder) for folder in (some, others)]
    assert tables[0].keys() == tables[1].keys()
    assert tables[0]
    for name, table in tables[0].items():
        pd.testing.assert_frame_equal(table, tables[1][name], check_exact=True)


def _scores(run: Path) -> dict[Path, pd.DataFrame]:
    """By the place of a cell in its run."""
    found = {}
    for one in read_cells(run):
        assert one.scores is not None
        found[one.folder(run).relative_to(run)] = one.scores
    return found


@pytest.mark.usefixtures("_judged_by_few")
def test_a_run_in_a_store_is_that_of_a_folder_and_is_gone_on_with(url: str, tmp_path: Path) -> None:
    def stop(step: str, done: int, total: int) -> None:
        if step == "scoring" and done > total / 2:
            raise KeyboardInterrupt

    alone = _run(tmp_path / "alone", tmp_path / "zoo")
    with pytest.raises(KeyboardInterrupt):
        _run(url, tmp_path / "zoo-2", progress=stop)
    kept = RemoteFolder(url).names()
    assert kept
    assert all(name.startswith(".unfinished/") and name.endswith(".arrow") for name in kept)
    done = _run(url, tmp_path / "zoo-3")
    _assert_same(done.folder, alone.folder)
    names = RemoteFolder(url).names()
    assert not [name for name in names if name.startswith(".")]
    assert {"leaderboard.csv", "leaderboard_wide.csv"} <= set(names)
    assert _run(url, tmp_path / "zoo-4").reused == len(done.cells)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_bucket() as url:
        yield url


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("_judged_by_few")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_of_s3_holds_the_same_run(bucket: str, tmp_path: Path, workers: int) -> None:
    alone = _run(tmp_path / "alone", tmp_path / "zoo")
    done = _run(f"{bucket}/of-{workers}", tmp_path / "zoo-2", workers=workers)
    _assert_same(done.folder, alone.folder)
    _assert_same(RunCopy(f"{bucket}/of-{workers}").folder, alone.folder)
    with pytest.raises(OutputError, match="s3://no-such-bucket/run cannot be used: "):
        _run("s3://no-such-bucket/run", tmp_path / "zoo-3", workers=workers)
