"""A file system of a few kilobytes, for what must outlast one that is full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["fill_up", "small_disk"]

PAGE = 4096


@contextmanager
def small_disk(folder: Path, pages: int) -> Iterator[Path]:
    """A file system with room for so many pages; the test is skipped where none can be had."""
    folder.mkdir()
    options = f"size={pages * PAGE}"
    asked = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    try:
        done = subprocess.run(asked, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no small file system: {error}")
    if done.returncode:
        pytest.skip(f"no small file system: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(disk: Path, *, but: int) -> Path:
    """A file that leaves so many pages free; without it they all are."""
    ballast = disk / "ballast"
    found = os.statvfs(disk)
    ballast.write_bytes(bytes((found.f_bavail * found.f_bsize // PAGE - but) * PAGE))
    return ballast
