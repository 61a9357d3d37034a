"""A digest that changes when the files of a source, or the way they are read, may have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from xai_bench.data.normalise import Form

__all__ = ["READER_VERSION", "files_fingerprint"]

READER_VERSION = 1
"""Raise it whenever the same files would be read as other samples."""


def files_fingerprint(folder: Path, files: Iterable[Path], form: Form) -> str:
    """sha256 over the folder, the names, sizes and times of its files, and the form.

    Contents are not read: a data set may be larger than a morning.
    """
    digest = hashlib.sha256(f"{READER_VERSION}\0{form!r}\0{folder.resolve()}".encode())
    for path in files:
        try:
            stat = path.stat()
            state = f"{stat.st_size} {stat.st_mtime_ns}"
        except OSError:
            state = "absent"
        digest.update(f"\0{path.relative_to(folder)}\0{state}".encode(errors="surrogateescape"))
    return digest.hexdigest()
