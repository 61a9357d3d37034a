from __future__ import annotations

import logging
import math
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xai_bench.data import make_dataset
from xai_bench.data.cache import Cached
from xai_bench.data.check_folder import check_data
from xai_bench.data.load import load_data, load_record, open_source
from xai_bench.data.source import PLANTED, Record, Source
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import DatasetError, RecordingError, UnknownNameError
from xai_bench.stored_rows import StoredRows
from xai_bench.tasks import task_of_classes
from xai_bench.types import LEADS, Recordings

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    """Six WFDB records; `bad` has no signal."""
    for name in ("a", "b", "c", "d", "e", "bad"):
        write_record(tmp_path / "mine" / f"{name}.hea", microvolt)
    (tmp_path / "mine" / "bad.dat").unlink()
    return tmp_path / "mine"


def test_synthetic_recordings_are_those_of_the_generator() -> None:
    recordings = load_data("synthetic", n=6, task="norm_vs_mi")
    source = SyntheticSource()
    index = source.index
    assert recordings.name == "synthetic"
    assert recordings.signal.shape == (6, 12, 1000)
    assert recordings.evidence is not None
    assert recordings.waves is not None
    assert recordings.labels is not None
    assert recordings.fold is not None
    assert recordings.fold.tolist() == [10] * 6
    assert ["MI" in labels for labels in recordings.labels] == [False, True] * 3
    for i, record_id in enumerate(recordings.record_id):
        row = index.record_id.index(record_id)
        made = source.read(row)
        assert made.evidence is not None
        assert made.waves is not None
        assert np.array_equal(recordings.microvolt[i], made.microvolt)
        assert np.array_equal(recordings.evidence[i], made.evidence)
        assert np.array_equal(recordings.waves[i], made.waves)
        assert recordings.patient_id[i] == index.patient_id[row]
        assert index.labels is not None
        assert recordings.labels[i] == index.labels[row]


def test_superclasses_of_synthetic_recordings_come_in_turn() -> None:
    found = load_data("synthetic", n=10, task="superclass")
    names = ("NORM", "MI", "STTC", "CD", "HYP")
    assert found.labels is not None
    first = [min(names.index(name) for name in labels) for labels in found.labels]
    assert first == [0, 1, 2, 3, 4] * 2
    assert found.evidence is not None
    assert all(mask.any() for mask in found.evidence[1:5])


def test_a_larger_n_extends_the_choice() -> None:
    few = load_data(n=4, task="norm_vs_mi")
    more = load_data(n=8, task="norm_vs_mi")
    assert more.record_id[:4] == few.record_id
    assert more[:4].fingerprint() == few.fingerprint()


def test_a_fold_overrides_the_split() -> None:
    for fold, expected in ((3, {3}), ((2, 5), {2, 5})):
        recordings = load_data(n=12, split="test", fold=fold)
        assert recordings.fold is not None
        assert set(recordings.fold.tolist()) == expected


def test_no_bad_header_ends_a_run(folder: Path, microvolt: np.ndarray) -> None:
    """Junk, huge numbers, pipes, loops and folders: each costs itself alone."""
    good = (folder / "a.hea").read_bytes()
    bad = {
        "empty": b"",
        "junk": bytes(range(256)) * 50,
        "huge": good.replace(b"100 1000\n", b"100 " + b"9" * 5000 + b"\n"),
        "long": good.replace(b"100 1000\n", b"100 999999999999\n"),
        "fast": good.replace(b"12 100 ", b"12 1e999 "),
        "gain": good.replace(b"1000(0)", b"0(0)"),
        "mean": good.replace(b"1000(0)", b"1e-300(0)"),
        "away": good.replace(b"a.dat", b"../a.dat"),
        "many": good.replace(b"a 12 ", b"a 99999999 "),
        "utf8": good.replace(b"V6", "V6\u2028\u202e".encode()),
    }
    for name, content in bad.items():
        (folder / f"{name}.hea").write_bytes(content)
    (folder / "folder.hea").mkdir()
    (folder / "loop.hea").symlink_to("loop.hea")
    (folder / "zero.hea").symlink_to("/dev/zero")
    (folder / "out.hea").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.hea")
    found = load_data(folder)
    assert sorted(found.record_id) == ["a", "b", "c", "d", "e"]
    reasons = dict(line.split(": ", 1) for line in found.left_out)
    assert reasons.keys() == {*bad, "bad", "loop", "zero", "out", "pipe"}
    assert all(map(str.isprintable, found.left_out))
    checked = check_data(folder).recordings
    assert {one.record_id for one in checked if one.problem} == reasons.keys()
    assert len(load_data(folder, gain=1000.0)) == 6
    assert len(check_data(folder, gain=1000.0).problems) == len(reasons) - 1
    with pytest.raises(RecordingError, match="gain: lead I is not calibrated"):
        load_record(folder / "gain")
    calibrated = load_record(folder / "gain", gain=1000.0)
    assert np.array_equal(calibrated.microvolt[0], microvolt)


def test_an_unreadable_recording_is_replaced_and_reported(folder: Path) -> None:
    everything = load_data(folder)
    assert everything.name.startswith("mine-")
    assert sorted(everything.record_id) == ["a", "b", "c", "d", "e"]
    assert everything.left_out == (f"bad: no signal file {folder / 'bad.dat'}",)
    for field in ("labels", "fold", "evidence", "waves"):
        assert getattr(everything, field) is None
    assert len(load_data(folder, n=5)) == 5


def test_progress_counts_what_was_read(folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    load_data(folder, n=3, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_nothing_readable_quotes_the_first_reason(folder: Path) -> None:
    for signal in folder.glob("*.dat"):
        signal.unlink()
    with pytest.raises(
        DatasetError, match=r"none of 6 recordings of mine-\w+ .*; \w+: no signal file"
    ):
        load_data(folder, n=2)


def test_nothing_chosen_says_what_was_asked() -> None:
    with pytest.raises(
        DatasetError,
        match=r"of synthetic is in norm_vs_mi and in fold 11; --split all takes every fold$",
    ):
        load_data(fold=11, task="norm_vs_mi")


@pytest.mark.parametrize("n", [0, -1])
def test_no_recordings_asked_for(n: int) -> None:
    with pytest.raises(DatasetError, match=f"{n} recordings of synthetic were asked for"):
        load_data(n=n)


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match=r"no split 'tests'\. Did you mean 'test'"):
        load_data(split="tests")
    with pytest.raises(UnknownNameError, match="no task 'norm_vs_m'"):
        load_data(task="norm_vs_m")


def test_what_is_neither_a_folder_nor_synthetic(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no data 'synthetc': it does not exist.*'synthetic'"):
        open_source("synthetc")
    (tmp_path / "x.csv").touch()
    with pytest.raises(DatasetError, match="is a file, not a folder"):
        open_source(tmp_path / "x.csv")
    with pytest.raises(DatasetError, match="no recordings in"):
        open_source(tmp_path)
    with pytest.raises(DatasetError, match=r"cannot look into aaaa.*: File name too long"):
        open_source("a" * 5000)


def test_a_cache_that_cannot_be_used_does_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = load_data(folder)
    monkeypatch.setenv("XAI_BENCH_CACHE", str(folder / "a.hea" / "cache"))
    with caplog.at_level(logging.ERROR):
        assert load_data(folder).fingerprint() == expected.fingerprint()


@pytest.mark.parametrize("kind", ["synthetic", "folder", "ptbxl"])
def test_nothing_that_is_loaded_is_in_memory(
    folder: Path, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when it is read first, nor again, nor when it is chosen from."""
    places: dict[str, str | Path] = {"folder": folder, "ptbxl": tmp_path / "ptbxl"}
    made = places.get(kind, kind)
    if kind == "ptbxl":
        make_dataset(tmp_path / "ptbxl", n=20)
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    first = load_data(made, n=4, split="all")
    source = open_source(made)
    expected = [source.read(source.index.record_id.index(one)) for one in first.record_id]
    monkeypatch.setattr(Source, "room_for", None)
    monkeypatch.setattr(type(source), "read", None)
    again = load_data(made, n=4, split="all")
    chosen = load_data(again, n=4, split="all")
    for found in (
        first,
        again,
        chosen,
        again[[0, 1, 2, 3]],
        again[:],
        pickle.loads(pickle.dumps(again)),  # noqa: S301
    ):
        assert found.record_id == first.record_id
        assert found.fingerprint() == first.fingerprint()
        for field in ("microvolt", *(PLANTED if kind == "synthetic" else ())):
            rows = getattr(found, field)
            assert isinstance(rows, StoredRows)
            for row, record in zip(rows, expected, strict=True):
                np.testing.assert_array_equal(row, getattr(record, field))


def test_fingerprints_are_those_of_arrays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xai_bench.stored_rows._WORTH_REMEMBERING", 1)
    found = load_data("synthetic", n=6, task="norm_vs_mi")
    arrays: dict[str, Any] = {
        name: np.array(getattr(found, name)) for name in ("microvolt", *PLANTED)
    }
    in_memory = replace(found, **arrays)
    assert found.fingerprint() == in_memory.fingerprint()
    assert found[[3, 1]].fingerprint() == in_memory[[3, 1]].fingerprint()
    np.testing.assert_array_equal(
        found.signal, arrays["microvolt"].astype(np.float32) / np.float32(1000)
    )
    assert found.difference is not None
    difference = arrays["microvolt"].astype(np.float32) - arrays["healthy"]
    np.testing.assert_array_equal(found.difference, difference / np.float32(1000))

    def anew(self: Recordings) -> str:
        raise InterruptedError("hashed anew")

    monkeypatch.setattr(Recordings, "_digest", anew)
    again = load_data("synthetic", n=6, task="norm_vs_mi")
    assert again.fingerprint() == in_memory.fingerprint(), "it was remembered"
    for other in (
        again[::-1],
        replace(again, labels=None),
        replace(again, healthy=arrays["healthy"]),
    ):
        with pytest.raises(InterruptedError, match="hashed anew"):
            other.fingerprint()


def test_a_cache_that_fills_up_costs_memory_and_nothing_else(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = load_data(folder)
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "small"))
    keep, kept = Cached._keep, []

    def until_two(self: Cached, row: int, record: Record) -> None:
        kept.append(row)
        keep(self, row, record)
        self._writable = len(kept) < 2

    monkeypatch.setattr(Cached, "_keep", until_two)
    found = load_data(folder)
    assert len(kept) == 2
    assert isinstance(found.microvolt, np.ndarray)
    assert found.fingerprint() == expected.fingerprint()
    assert found.left_out == expected.left_out


def test_what_was_done_to_lengths_is_said(
    folder: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    assert load_data(folder, length="crop").remarks == ()
    write_record(folder / "long.hea", np.tile(microvolt, 2))
    write_record(folder / "short.hea", microvolt[:, :300])
    said = "recordings were cut to their first 10 s"
    assert load_data(folder, length="crop").remarks == (f"--length crop: 1 of 6 {said}",)
    said = "recordings were filled up to 10 s"
    assert load_data(folder, length="pad").remarks == (f"--length pad: 1 of 6 {said}",)
    assert load_data(folder).remarks == ()


def test_one_wfdb_record(folder: Path, microvolt: np.ndarray) -> None:
    for path in (folder / "a", folder / "a.hea", str(folder / "a.dat")):
        recording = load_record(path)
        assert recording.name == "mine"
        assert recording.record_id == ("a",)
        assert np.array_equal(recording.microvolt, microvolt[np.newaxis])
    with pytest.raises(RecordingError, match="bad: no signal file"):
        load_record(folder / "bad")
    with pytest.raises(RecordingError, match=r"10 s long .* 4 s are wanted"):
        load_record(folder / "a", seconds=4.0)
    assert load_record(folder / "a", seconds=4.0, length="crop").seconds == 4.0


def test_one_synthetic_record() -> None:
    recording = load_record("synthetic:00012")
    row = SyntheticSource().index.record_id.index("00012")
    assert recording.record_id == ("00012",)
    assert recording.evidence is not None
    assert np.array_equal(recording.microvolt[0], SyntheticSource().read(row).microvolt)
    with pytest.raises(RecordingError, match=r"synthetic:12: no such .* 00001 to 10000"):
        load_record("synthetic:12")


@pytest.mark.parametrize(("rate_hz", "left_out"), [(100.0, 0), (500.0, 1)])
def test_real_ptbxl(shared_data: Path, rate_hz: float, left_out: int) -> None:
    folder = shared_data / "ptbxl_mini"
    recordings = load_data(folder, split="all", rate_hz=rate_hz)
    again = load_data(folder, split="all", rate_hz=rate_hz)  # from the cache
    assert len(recordings) == 11 - left_out
    assert len(recordings.left_out) == left_out
    assert all(line.startswith("1: no file for a model of 500 Hz") for line in recordings.left_out)
    assert again.fingerprint() == recordings.fingerprint()
    assert sorted(load_data(folder, rate_hz=rate_hz).record_id) == ["6000", "6004"]  # fold 10
    source = open_source(folder, rate_hz=rate_hz)
    for i, record_id in enumerate(recordings.record_id):
        direct = source.read(source.index.record_id.index(record_id))
        assert np.array_equal(recordings.microvolt[i], direct.microvolt)


def test_real_recordings_of_several_kinds(shared_data: Path) -> None:
    exact = load_data(shared_data / "wfdb_mixed")
    left_out = sorted(line.partition(":")[0] for line in exact.left_out)
    assert len(exact) == 22
    assert left_out == ["JS20004", "JS20008", "s0010_re"]
    crop = load_data(shared_data / "wfdb_mixed", length="crop")
    assert "s0010_re" in crop.record_id
    assert len(crop) == 23
    assert crop.signal.shape == (23, len(LEADS), 1000)
    with pytest.raises(
        DatasetError, match=r"none of 1 recordings of mitbih_mini-\w+ can be used; 100:"
    ):
        load_data(shared_data / "mitbih_mini")


def test_signals_are_plausible_millivolt(shared_data: Path) -> None:
    recordings = load_data(shared_data / "ptbxl_mini", split="all")
    spread = recordings.signal.std(axis=2).mean()
    assert math.isclose(spread, 0.19, abs_tol=0.08)


def test_any_synthetic_recordings_serve_a_task_whose_classes_are_not_planted() -> None:
    found = load_data("synthetic", n=4, task=task_of_classes(["AF", "flutter"]))
    assert found.record_id == load_data("synthetic", n=4).record_id
    own = load_data("synthetic", n=4, task=task_of_classes(["NORM", "flutter"]))
    assert own.record_id != found.record_id


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "'' is the name of no recording"),
        (".", "'.' is the name of no recording"),
        ("/", "'/' is the name of no recording"),
        ("a\0b", "is the name of no recording"),
        ("a.npz", "is several arrays in one file; write the one of the leads as NPY"),
        ("a.txt", "is of an unknown format; readable are WFDB"),
        ("a.dat", "no header file"),
    ],
)
def test_names_of_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for there in ("a.npz", "a.txt", "a.dat"):
        (tmp_path / there).write_bytes(b"PK")
    for recorded_hz in (None, 100.0):
        with pytest.raises(RecordingError, match=reason if recorded_hz is None else None):
            load_record(name, recorded_hz=recorded_hz)
    with pytest.raises(DatasetError, match="no data|cannot look into"):
        load_data(f"{tmp_path}/\0")


def test_a_name_of_a_file_that_is_no_text_is_an_id_all_the_same(
    tmp_path: Path, microvolt: np.ndarray, write_record: Write
) -> None:
    whole = write_record(tmp_path / "a.hea", microvolt)
    name = os.fsdecode(b"r\xff")
    whole.rename(tmp_path / f"{name}.hea")
    found = load_data(tmp_path)
    assert found.record_id == (r"r\xff",)
    assert found.fingerprint()
