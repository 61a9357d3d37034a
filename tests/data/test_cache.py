from __future__ import annotations

import logging
import multiprocessing
from pathlib import Path
from typing import final

import numpy as np
import pytest

from tests.small_disk import small_disk
from xai_bench.data.cache import Cached, cache_folder
from xai_bench.data.source import Index, Record, Source
from xai_bench.errors import RecordingError

ROWS, SAMPLES = 5, 50


@final
class Counting(Source):
    """Five random recordings, a count of how often each was read, and one that is unreadable."""

    name = "counting"
    rate_hz = 100.0
    samples = SAMPLES

    def __init__(self, *, has_evidence: bool = True, version: str = "1") -> None:
        self.has_evidence = has_evidence
        self.version = version
        self.reads = [0] * ROWS

    @property
    def index(self) -> Index:
        names = tuple("abcde")
        return Index(record_id=names, patient_id=names)

    def fingerprint(self) -> str:
        return f"counting-{self.has_evidence}-{self.version}"

    def read(self, row: int) -> Record:
        self.reads[row] += 1
        if row == 4:
            raise RecordingError("e: is unreadable")
        rng = np.random.default_rng(row)
        return Record(
            microvolt=rng.integers(-32000, 32000, size=(12, SAMPLES)).astype(np.int16),
            healthy=rng.integers(-32000, 32000, size=(12, SAMPLES)).astype(np.int16)
            if self.has_evidence
            else None,
            evidence=rng.random((12, SAMPLES)) < 0.5 if self.has_evidence else None,
            waves=rng.integers(0, 7, SAMPLES).astype(np.int8) if self.has_evidence else None,
        )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def the_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def assert_same(made: Record, expected: Record) -> None:
    for field in ("microvolt", "evidence", "waves"):
        a, b = getattr(made, field), getattr(expected, field)
        if b is None:
            assert a is None
        else:
            assert a.dtype == b.dtype
            assert np.array_equal(a, b)


@pytest.mark.parametrize("has_evidence", [True, False])
def test_cached_recordings_are_those_of_the_source(has_evidence: bool) -> None:
    source = Counting(has_evidence=has_evidence)
    cached = Cached(source)
    assert (cached.name, cached.rate_hz, cached.samples) == ("counting", 100.0, SAMPLES)
    assert cached.has_evidence == has_evidence
    assert cached.index.record_id == source.index.record_id
    assert cached.fingerprint() == source.fingerprint()
    for _ in range(2):
        for row in range(4):
            assert_same(cached.read(row), Counting(has_evidence=has_evidence).read(row))


def test_a_source_is_read_once_even_by_another_process_later() -> None:
    first, second = Counting(), Counting()
    Cached(first).read(2)
    cached = Cached(second)
    cached.read(2)
    cached.read(3)
    cached.read(3)
    assert first.reads == [0, 0, 1, 0, 0]
    assert second.reads == [0, 0, 0, 1, 0]


def test_nothing_is_made_before_the_first_read(folder: Path) -> None:
    Cached(Counting())
    assert not folder.exists()


def test_rows_never_read_take_no_space(folder: Path) -> None:
    Cached(Counting()).read(0)
    stat = the_file(folder).stat()
    assert stat.st_size >= ROWS * SAMPLES * (24 + 12 + 1)
    assert stat.st_blocks * 512 <= 8192


def test_an_unreadable_recording_stays_unreadable() -> None:
    cached = Cached(Counting())
    for _ in range(2):
        with pytest.raises(RecordingError, match="e: is unreadable"):
            cached.read(4)


def test_another_fingerprint_is_another_file(folder: Path) -> None:
    Cached(Counting(version="1")).read(0)
    changed = Counting(version="2")
    Cached(changed).read(0)
    assert changed.reads[0] == 1
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("torn", [slice(0, 40), slice(600, 1300), slice(1840, 1850)])
def test_a_row_that_was_left_half_written_is_read_again(folder: Path, torn: slice) -> None:
    Cached(Counting()).read(1)
    file = the_file(folder)
    content = bytearray(file.read_bytes())
    start = len(content) // ROWS
    content[start + torn.start : start + torn.stop] = bytes(torn.stop - torn.start)
    file.write_bytes(content)

    source = Counting()
    assert_same(Cached(source).read(1), Counting().read(1))
    assert source.reads[1] == 1


def test_a_row_that_was_never_written_is_not_taken_for_zeros() -> None:
    source = Counting()
    cached = Cached(source)
    cached.read(0)
    assert cached.read(3).microvolt.any()
    assert source.reads[3] == 1


@pytest.mark.parametrize("content", [b"", b"short", bytes(100_000)])
def test_a_file_of_the_wrong_size_is_replaced(folder: Path, content: bytes) -> None:
    Cached(Counting()).read(0)
    file = the_file(folder)
    size = file.stat().st_size
    file.write_bytes(content)
    source = Counting()
    cached = Cached(source)
    for _ in range(2):
        assert_same(cached.read(0), Counting().read(0))
    assert source.reads[0] == 1
    assert the_file(folder).stat().st_size == size


def test_a_folder_that_cannot_be_made_costs_the_cache_and_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "file" / "cache"))
    source = Counting()
    cached = Cached(source)
    for _ in range(3):
        assert_same(cached.read(0), Counting().read(0))
    assert source.reads[0] == 3
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "recordings are not cached" in caplog.text


def test_a_full_disk_costs_the_cache_and_one_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = Counting()
    cached = Cached(source)
    cached.read(0)
    file, spare = the_file(folder), folder / "spare"
    file.rename(spare)
    file.symlink_to("/dev/full")
    for row in (0, 1, 1, 2):
        assert_same(cached.read(row), Counting().read(row))
    assert source.reads == [1, 2, 1, 0, 0]
    assert len(caplog.records) == 1
    assert "No space left" in caplog.text


def test_a_small_disk_that_fills_up_costs_the_cache_and_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with small_disk(tmp_path / "disk", pages=2) as disk:
        monkeypatch.setenv("XAI_BENCH_CACHE", str(disk / "cache"))
        for _ in range(2):  # the second finds what the first could keep
            cached = Cached(Counting())
            kept = [cached.store(row) for row in range(4)]
            assert 0 < kept.count(True) < 4
            for row in range(4):
                assert_same(cached.read(row), Counting().read(row))
            stored = [row for row, whole in enumerate(kept) if whole]
            rows = cached.stored(stored)["microvolt"]
            for place, row in enumerate(stored):
                assert np.array_equal(rows[place], Counting().read(row).microvolt)
        line = (
            f"no more recordings are cached in {disk / 'cache'}: No space left on device; a "
            "folder with room is named by XAI_BENCH_CACHE"
        )
        assert [record.getMessage() for record in caplog.records] == [line, line]


def _read_all(folder: Path) -> None:
    cached = Cached(Counting())
    for row in range(4):
        assert_same(cached.read(row), Counting().read(row))


@pytest.mark.slow
def test_processes_may_fill_the_same_file(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_read_all, args=(folder,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    source = Counting()
    assert_same(Cached(source).read(3), Counting().read(3))
    assert source.reads[3] == 0


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("XAI_BENCH_CACHE")
    assert cache_folder() == tmp_path / "xdg" / "xai-bench"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "xai-bench"
