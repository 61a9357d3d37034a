"""Run folders in object stores: whole objects, cells that come last, and one clear error."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from tests.recordings import recordings
from tests.results.made_cells import cell
from tests.s3_server import s3_bucket
from tests.tiny_zoo import tiny_zoo
from xai_bench import run
from xai_bench.errors import InputError, OutputError
from xai_bench.results import make_room, read_cells, write_cell
from xai_bench.results import shards as shards_module
from xai_bench.results.remote_folder import RemoteFolder, RunCopy
from xai_bench.results.shards import clear_shards, open_shards
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
    folder.remove(["gone", "a/one", "gone too"])
    assert folder.names() == ["two"]
    folder.get(["gone", "two", "gone too"], tmp_path / "what was left")
    assert [path.name for path in (tmp_path / "what was left").iterdir()] == ["two"]


def test_how_long_ago_objects_were_put_is_known(url: str) -> None:
    folder = RemoteFolder(url)
    folder.put("one", b"1")
    time.sleep(0.02)
    assert folder.are_older(["one"], 0.01)
    folder.put("two", b"2")
    assert not folder.are_older(["one", "two"], 10.0)
    assert not folder.are_older(["gone"], 0.0)


@pytest.mark.parametrize("name", ["../escaped", "a/../../escaped", "/escaped", ".."])
def test_an_object_that_leads_out_of_the_folder_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Stores take any name: whoever may write to one could write anywhere on this machine."""
    monkeypatch.setattr(RemoteFolder, "names", lambda _: [f"{name}/file", f"{name}/run.json"])
    monkeypatch.setattr(
        MemoryFileSystem,
        "get",
        lambda _, wanted, places: [Path(place).write_bytes(b"") for place in places],
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OutputError, match="leads out of the folder"):
        RunCopy(url)
    assert not list(tmp_path.rglob("file"))


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


def test_what_stood_where_a_cell_belongs_is_replaced_and_kept_by_another_name(url: str) -> None:
    first = RunCopy(url)
    first.put_cell(write_cell(first.folder, cell("ig", [1.0, 2.0])))
    (place,) = {name.removesuffix("/run.json") for name in first.remote.names() if "run" in name}
    first.remote.put(f"{place}/run.json", b"[]")
    copy = RunCopy(url)
    made = cell("ig", [1.0, 2.0])
    aside = make_room(copy.folder, made)
    assert aside is not None
    copy.put_cell(write_cell(copy.folder, made), aside)
    assert [one.method for one in read_cells(RunCopy(url).folder)] == ["ig"]
    hidden = aside.relative_to(copy.folder).as_posix()
    assert copy.place(aside) == f"{url}/{hidden}"
    assert sorted(name for name in copy.remote.names() if name.startswith(hidden)) == [
        f"{hidden}/run.json",
        f"{hidden}/scores.parquet",
    ]
    assert not (RunCopy(url).folder / hidden).exists()
    copy.remote.get([f"{hidden}/run.json"], copy.folder / "old")
    assert (copy.folder / "old" / hidden / "run.json").read_bytes() == b"[]"


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
        content = shards.place.put(range(2, 4), {"ig": _table(range(2, 4))})
        assert not list(first.folder.rglob("*.arrow")), "whoever put them has no copy"
        shards.add(range(2, 4), content)
    other = RunCopy(url)
    with open_shards(other.folder, [other.folder / "cell"], "key", other.remote) as shards:
        assert shards.missing(4, 2) == [range(0, 2)]
        shards.add(range(0, 2), shards.place.put(range(0, 2), {"ig": _table(range(0, 2))}))
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(4)))
        shards.remove()
    assert other.remote.names() == []


def test_shards_of_two_processes_at_the_same_cells_do_not_break_each_other(url: str) -> None:
    copies = [RunCopy(url), RunCopy(url)]
    with ExitStack() as stack:
        ours, theirs = (
            stack.enter_context(open_shards(copy.folder, [copy.folder / "cell"], "", copy.remote))
            for copy in copies
        )
        for rows in (range(0, 2), range(2, 4)):
            theirs.add(rows, theirs.place.put(rows, {"ig": _table(rows)}))
        ours.add(range(0, 4), ours.place.put(range(0, 4), {"ig": _table(range(4))}))
        theirs.remove()
        pd.testing.assert_frame_equal(ours.table("ig"), _table(range(4)))
        ours.remove()
    assert copies[0].remote.names() == []


def _kept(copy: RunCopy, *methods: str) -> list[range]:
    """What has no scores yet of cells that are scored together."""
    cells = [cell(method, [1.0, 2.0]).folder(copy.folder) for method in methods]
    with open_shards(copy.folder, cells, "key", copy.remote) as shards:
        return shards.missing(4, 2)


def test_shards_are_gone_on_with_where_some_of_their_cells_were_written(url: str) -> None:
    first = RunCopy(url)
    made = [cell(name, [1.0, 2.0]) for name in ("ig", "random")]
    folders = [one.folder(first.folder) for one in made]
    with open_shards(first.folder, folders, "key", first.remote) as shards:
        shards.place.put(range(0, 2), {one.method: _table(range(0, 2)) for one in made})
    first.put_cell(write_cell(first.folder, made[0]))
    assert _kept(RunCopy(url), "random") == [range(2, 4)]
    assert _kept(RunCopy(url), "ig", "random") == [range(0, 4)], "they are of other cells now"
    first.put_cell(write_cell(first.folder, made[1]))
    last = RunCopy(url)
    clear_shards(last.folder, last.remote)
    assert not [name for name in last.remote.names() if name.startswith(".")]


def test_shards_that_nobody_goes_on_with_are_cleared_away(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = RunCopy(url)
    with open_shards(copy.folder, [copy.folder / "a/b/c/d"], "key", copy.remote) as shards:
        shards.place.put(range(0, 2), {"ig": _table(range(0, 2))})
    names = copy.remote.names()
    assert len(names) == 2
    copy.remote.put(".unfinished/of-nothing/00000000-00000002.arrow", b"")
    clear_shards(copy.folder, copy.remote)
    assert copy.remote.names() == names, "what does not say what it is of is removed at once"
    monkeypatch.setattr(shards_module, "_KEPT_S", 0.0)
    time.sleep(0.01)
    clear_shards(copy.folder, copy.remote)
    assert copy.remote.names() == []


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


@pytest.mark.slow
@pytest.mark.usefixtures("_judged_by_few")
def test_a_run_in_a_store_is_that_of_a_folder_and_is_gone_on_with(url: str, tmp_path: Path) -> None:
    def stop(step: str, done: int, total: int) -> None:
        if step == "scoring" and done > total / 2:
            raise KeyboardInterrupt

    alone = _run(tmp_path / "alone", tmp_path / "zoo")
    with pytest.raises(KeyboardInterrupt):
        _run(url, tmp_path / "zoo-2", progress=stop)
    kept = RemoteFolder(url).names()
    assert {name.rpartition("/")[2].rpartition(".")[2] for name in kept} == {"arrow", "json"}
    assert all(name.startswith(".unfinished/") for name in kept)
    done = _run(url, tmp_path / "zoo-3")
    _assert_same(done.folder, alone.folder)
    names = RemoteFolder(url).names()
    assert not [name for name in names if name.startswith(".")]
    assert {"leaderboard.csv", "leaderboard_wide.csv"} <= set(names)
    assert _run(url, tmp_path / "zoo-4").reused == len(done.cells)


@pytest.mark.slow
@pytest.mark.usefixtures("_judged_by_few")
def test_cells_that_are_broken_in_a_store_are_mended_there(url: str, tmp_path: Path) -> None:
    first = _run(url, tmp_path / "zoo")
    store, cells = RemoteFolder(url), {path.parent.name: path for path in first.cells}
    place = {name: path.relative_to(first.folder).as_posix() for name, path in cells.items()}
    store.put(f"{place['saliency']}/run.json", b"[]")
    store.put(f"{place['random']}/scores.parquet", b"PAR1")
    said: list[str] = []
    done = _run(url, tmp_path / "zoo-2", notice=said.append)
    assert done.reused == len(done.cells) - 2
    assert len([line for line in said if f"what was there is now in {url}/" in line]) == 2
    _assert_same(RunCopy(url).folder, first.folder)
    assert _run(url, tmp_path / "zoo-3").reused == len(done.cells)
    assert len([name for name in store.names() if "/." in name]) == 4, "the old ones are kept"


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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("_judged_by_few")
def test_two_runs_into_a_server_of_s3_score_each_cell_once_and_mend_what_is_broken(
    bucket: str, tmp_path: Path
) -> None:
    url = f"{bucket}/of-two"
    alone = _run(tmp_path / "alone", tmp_path / "zoo")
    place = alone.cells[0].relative_to(alone.folder).as_posix()
    store = RemoteFolder(url)
    store.put_new(f"{place}/run.json", b"[]")
    store.put_new(f"{place}/run.json", b"another: the first one stays")
    store.get([f"{place}/run.json"], tmp_path / "stood")
    assert (tmp_path / "stood" / place / "run.json").read_bytes() == b"[]"
    process = os.fork()
    if process == 0:
        try:
            done = _run(url, tmp_path / "zoo-2")
            (tmp_path / "written").write_text(str(len(done.cells) - done.reused))
            os._exit(0)
        except BaseException as error:
            print(f"in a process: {error!r}", flush=True)
            os._exit(1)
    done = _run(url, tmp_path / "zoo-3")
    assert os.waitpid(process, 0)[1] == 0
    written = len(done.cells) - done.reused, int((tmp_path / "written").read_text())
    assert sum(written) == len(done.cells), written
    _assert_same(RunCopy(url).folder, alone.folder)
    assert {name.partition("/")[0] for name in store.names()} & {".leases", ".unfinished"} == set()
