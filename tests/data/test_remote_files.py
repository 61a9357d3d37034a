"""Recordings in an object store: the same as in a folder, a few files at a time."""

from __future__ import annotations

import gc
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest

from tests.s3_server import s3_bucket
from tests.tiny_zoo import tiny_zoo
from xai_bench import run
from xai_bench.data import check_data, load_data, make_dataset, open_source
from xai_bench.data import remote_files as module
from xai_bench.data.normalise import Form
from xai_bench.data.ptbxl import DATABASE
from xai_bench.data.record_folder import RecordFolder
from xai_bench.data.remote_files import RemoteFiles
from xai_bench.errors import DatasetError, InputError, RecordingError
from xai_bench.results import read_cells
from xai_bench.stored_rows import StoredRows
from xai_bench.types import Recordings

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files that are brought are put."""
    (tmp_path / "brought").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "brought"))
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "brought"


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    """Seven recordings in three folders, `bad` without a signal."""
    for k, name in enumerate(("a", "b", "x/c", "x/d", "x/y/e", "x/y/f", "bad")):
        write_record(tmp_path / "mine" / f"{name}.hea", microvolt + 2 * k)
    (tmp_path / "mine/bad.dat").unlink()
    return tmp_path / "mine"


def _put(folder: Path, *, called: str | None = None) -> str:
    """The folder in a store of this process, by its URL."""
    root = f"{secrets.token_hex(6)}/{called or folder.name}"
    files = fsspec.filesystem("memory")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files.pipe_file(f"/{root}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return f"memory://{root}"


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that the store was asked for, without their folders."""
    kind, names = type(fsspec.filesystem("memory")), list[str]()
    get = kind.get_file

    def counting(self: Any, path: str, *given: Any, **more: Any) -> Any:
        names.append(path.rpartition("/")[2])
        return get(self, path, *given, **more)

    monkeypatch.setattr(kind, "get_file", counting)
    return names


def _assert_same(found: Recordings, wanted: Recordings) -> None:
    assert found.record_id == wanted.record_id
    assert found.name == wanted.name
    assert found.patient_id == wanted.patient_id
    assert found.labels == wanted.labels
    assert found.left_out
    assert len(found.left_out) == len(wanted.left_out)
    assert np.array_equal(np.asarray(found.microvolt), np.asarray(wanted.microvolt))
    assert found.fingerprint() == wanted.fingerprint()


def test_recordings_names_and_hashes_are_those_of_the_folder(folder: Path) -> None:
    with (folder / "a.hea").open("a") as header:
        header.write("# Dx: 164889003\n")
    url = _put(folder)
    wanted = load_data(folder, split="all")
    found = load_data(url, split="all")
    assert isinstance(found.microvolt, StoredRows), "and no signals in memory"
    _assert_same(found, wanted)
    _assert_same(load_data(f"{url}/", split="all"), wanted)
    assert open_source(url).fingerprint() != open_source(folder).fingerprint()
    assert len({*load_data(url, n=3, split="all").record_id}) == 3


def test_each_file_is_fetched_once_and_then_stays_in_the_cache(
    folder: Path, fetched: list[str]
) -> None:
    url = _put(folder)
    load_data(url, split="all")
    assert sorted(fetched) == sorted(path.name for path in folder.rglob("*.*"))
    fetched.clear()
    again = load_data(url, split="all")
    assert [name for name in fetched if name.endswith(".dat")] == ["a.dat"], "of the name alone"
    assert len(again) == 6


def test_only_recordings_that_are_wanted_are_fetched(folder: Path, fetched: list[str]) -> None:
    found = load_data(_put(folder), n=2, split="all")
    signals = {name for name in fetched if name.endswith(".dat")} - {"a.dat"}
    assert signals <= {f"{one.rpartition('/')[2]}.dat" for one in found.record_id}


def test_no_more_is_kept_than_there_is_room_for_and_nothing_in_the_end(
    folder: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (folder / "a.dat").stat().st_size
    monkeypatch.setattr(module, "_HELD", 3 * size)
    source = open_source(_put(folder))
    most = 0
    for row in range(len(source.index)):
        if source.index.record_id[row] != "bad":
            source.read_soon(range(row, len(source.index)))
            source.read(row)
        held = [path.stat().st_size for path in temporary.rglob("*") if path.is_file()]
        most = max(most, sum(held))
    assert size < most <= 3 * size
    del source
    gc.collect()
    assert not list(temporary.iterdir())


def test_a_ptb_xl_folder(tmp_path: Path, fetched: list[str]) -> None:
    make_dataset(tmp_path / "ptb-xl", n=12)
    url = _put(tmp_path / "ptb-xl")
    wanted = load_data(tmp_path / "ptb-xl", split="all", task="norm_vs_mi")
    found = load_data(url, split="all", task="norm_vs_mi")
    assert found.record_id == wanted.record_id
    assert found.name == wanted.name
    assert found.fingerprint() == wanted.fingerprint()
    assert fetched.count(DATABASE) == 1


def test_windows_fetch_their_recording_once(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray, fetched: list[str]
) -> None:
    for name in ("a", "b"):
        write_record(tmp_path / "long" / f"{name}.hea", np.tile(microvolt, 4))
    found = load_data(_put(tmp_path / "long"), split="all", length="windows")
    assert len(found) == 8
    assert sorted(fetched) == ["a.dat", "a.hea", "b.dat", "b.hea"]


def test_a_folder_is_checked_by_its_url(folder: Path) -> None:
    checked = check_data(_put(folder))
    assert [one.record_id for one in checked.recordings if one.problem] == ["bad"]


@pytest.mark.slow
def test_findings_are_planted_into_recordings_of_a_store(tmp_path: Path) -> None:
    make_dataset(tmp_path / "made", n=30)
    url = _put(tmp_path / "made")
    wanted = load_data(f"planted:{tmp_path / 'made'}", n=4, split="all")
    found = load_data(f"planted:{url}", n=4, split="all")
    assert found.record_id == wanted.record_id
    assert found.fingerprint() == wanted.fingerprint()


def test_errors_name_the_url_and_no_folder_of_this_machine(folder: Path, temporary: Path) -> None:
    url = _put(folder)
    source = open_source(url)
    with pytest.raises(RecordingError) as raised:
        source.read(source.index.record_id.index("bad"))
    assert str(raised.value) == f"bad: no signal file {url}/bad.dat"
    (folder / "only.txt").write_text("nothing")
    for path in [*folder.rglob("*.hea"), *folder.rglob("*.dat")]:
        path.unlink()
    with pytest.raises(DatasetError, match="^no recordings in memory://.*/mine: neither"):
        open_source(_put(folder))
    (folder / DATABASE).write_text("ecg_id\n1\n")
    with pytest.raises(DatasetError, match=rf"^memory://.*/mine/{DATABASE} has no column patient"):
        open_source(_put(folder))


@pytest.mark.parametrize(
    ("url", "kind", "said"),
    [
        ("memory://nothing/here", DatasetError, "no data 'memory://nothing/here': nothing is ther"),
        ("nowhere://b/x", InputError, "nowhere://b/x cannot be used: Protocol not known: nowhere"),
        (
            "file:///a/folder",
            DatasetError,
            "file:///a/folder is a folder of this machine: give /a/",
        ),
    ],
)
def test_a_url_that_cannot_be_used_is_one_line(url: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said) as raised:
        load_data(url)
    assert "\n" not in str(raised.value)


def test_a_url_of_one_file_is_no_folder(folder: Path) -> None:
    url = f"{_put(folder)}/a.hea"
    with pytest.raises(DatasetError, match="it is one file. Give a folder that has recordings"):
        load_data(url)


def test_a_store_that_fails_ends_the_reading_and_leaves_nothing_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = _put(folder)
    source = open_source(url)

    def fail(self: Any, *given: Any, **more: Any) -> None:
        raise ConnectionError("the line is dead")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "get_file", fail)
    with pytest.raises(DatasetError, match=f"^{url} cannot be used: the line is dead$"):
        source.read(1)
    with pytest.raises(DatasetError, match="the line is dead"):
        load_data(url, split="all")


def test_a_file_that_was_changed_or_removed_meanwhile(folder: Path) -> None:
    url = _put(folder)
    files = fsspec.filesystem("memory")
    source = RecordFolder(RemoteFiles(url), Form())
    before = source.fingerprint()
    files.pipe_file(f"{url}/b.dat", b"shorter")
    files.rm(f"{url}/x/c.dat")
    with pytest.raises(DatasetError, match=r"/b.dat had \d+ bytes and now has 7; try again"):
        source.read(source.index.record_id.index("b"))
    with pytest.raises(RecordingError, match=f"x/c: no signal file {url}/x/c.dat"):
        source.read(source.index.record_id.index("x/c"))
    assert RecordFolder(RemoteFiles(url), Form()).fingerprint() != before


def test_names_that_lead_out_of_a_folder_are_no_files(folder: Path, temporary: Path) -> None:
    url = _put(folder)
    root = url.removeprefix("memory://")
    files = fsspec.filesystem("memory")
    for name in ("../../out.hea", "x/../../../out.dat", "x\\..\\out.hea", "x//out.hea"):
        files.store[f"/{root}/{name}"] = files.store[f"/{root}/a.hea"]
    try:
        found = load_data(url, split="all")
        assert "out" not in "".join(found.record_id)
        assert not list(temporary.parent.rglob("*out*"))
    finally:
        for name in [name for name in files.store if "out" in name]:
            del files.store[name]


def test_files_that_are_too_large_are_left_in_the_store(
    folder: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST", (folder / "a.dat").stat().st_size - 1)
    source = open_source(_put(folder))
    with pytest.raises(RecordingError, match=r"^b: b.dat has 0.0 GB, too much to be brought here"):
        source.read(source.index.record_id.index("b"))
    assert not [name for name in fetched if name.endswith(".dat")]


def test_a_store_that_does_not_tell_when_a_file_was_changed_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = _put(folder)
    kind = type(fsspec.filesystem("memory"))
    find = kind.find

    def find_sizes(self: Any, *given: Any, **more: Any) -> dict[str, Any]:
        found = find(self, *given, **more)
        return {name: {"size": facts["size"]} for name, facts in found.items()}

    monkeypatch.setattr(kind, "find", find_sizes)
    with pytest.raises(DatasetError, match="does not tell when a file was changed"):
        load_data(url)


@pytest.fixture
def bucket() -> Iterator[str]:
    with s3_bucket() as url:
        yield url


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_run_on_recordings_of_a_server_of_s3_is_that_of_the_folder(
    bucket: str, folder: Path, tmp_path: Path
) -> None:
    files = fsspec.filesystem("s3")
    files.put(f"{folder}/", f"{bucket}/cohort/mine", recursive=True)
    files.put(f"{folder}/", f"{bucket}/cohort/mine-too", recursive=True)
    url = f"{bucket}/cohort/mine"
    assert len(open_source(url).index) == 7, "and none of the folder that is called alike"
    tables: list[dict[str, Any]] = []
    for data in (str(folder), url):
        done = run(
            "linear", "saliency", data=data, split="all", n=6, metrics="sparseness",
            zoo=tiny_zoo(tmp_path / f"zoo-{len(tables)}"), out=tmp_path / f"run-{len(tables)}",
            workers=2,
        )  # fmt: skip
        tables.append(
            {one.key: one.scores for one in read_cells(done.folder) if one.scores is not None}
        )
    assert tables[0]
    assert tables[0].keys() == tables[1].keys(), "cells of one are cells of the other"
    for key, table in tables[0].items():
        pd.testing.assert_frame_equal(table, tables[1][key], check_exact=True)
    with pytest.raises(DatasetError, match="s3://no-such-bucket/x cannot be used: |nothing is th"):
        load_data("s3://no-such-bucket/x")
    files.rm(f"{url}/b.dat")
    with pytest.raises(DatasetError, match="b: no signal file s3://bench/cohort/mine/b.dat"):
        load_data(url, split="all", rate_hz=50, strict=True)
