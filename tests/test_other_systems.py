"""What Windows and some file systems lack: folders that can be opened, locks, reads at a place."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recordings import recordings
from tests.tiny_zoo import tiny_zoo
from xai_bench import load_data, run, storage
from xai_bench.errors import OutputError
from xai_bench.results import read_cells

_open, _fsync = os.open, os.fsync


@pytest.fixture
def _as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_folders(path: Any, flags: int, *more: Any, **names: Any) -> int:
        if os.path.isdir(path):  # noqa: PTH112 - may be bytes
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return _open(path, flags, *more, **names)

    def not_if_only_read(descriptor: int) -> None:
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        _fsync(descriptor)

    monkeypatch.setattr(os, "open", no_folders)
    monkeypatch.setattr(os, "fsync", not_if_only_read)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.delattr(os, "preadv")
    monkeypatch.setattr(shutil, "_use_fd_functions", False)  # nor does it open folders there


@pytest.mark.usefixtures("_as_on_windows")
def test_cells_are_written_and_recordings_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    kept = [load_data("synthetic", n=3, task="norm_vs_mi") for _ in range(2)]
    assert list((tmp_path / "cache").glob("*.rows"))
    assert np.array_equal(kept[0].signal, kept[1].signal)
    monkeypatch.undo()
    assert np.array_equal(kept[0].signal, load_data("synthetic", n=3, task="norm_vs_mi").signal)


@pytest.mark.usefixtures("_as_on_windows")
def test_a_run_writes_its_cells(tmp_path: Path) -> None:
    done = run(
        "linear", "saliency", metrics="sparseness", data=recordings(4), n=4, workers=1,
        out=tmp_path / "out", zoo=tiny_zoo(tmp_path / "zoo"),
    )  # fmt: skip
    assert len(read_cells(done.folder)) == len(done.cells)
    assert sorted(one.name for one in done.folder.iterdir()) == [
        "leaderboard.csv", "leaderboard.json", "leaderboard_wide.csv", "made-up",
    ]  # fmt: skip


@pytest.mark.parametrize(("number", "lost"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_folder_that_is_not_flushed_costs_nothing_unless_the_disk_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, lost: bool
) -> None:
    def flush(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", flush)
    if lost:
        with pytest.raises(OutputError, match="Input/output error"):
            storage.write_file(tmp_path / "file", "x")
    else:
        storage.write_file(tmp_path / "file", "x")
        assert (tmp_path / "file").read_text() == "x"
