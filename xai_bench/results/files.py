"""What is written reaches the disk, and a disk that refuses is said in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xai_bench.errors import OutputError

__all__ = ["flush", "writing"]


def flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the system refuses into an OutputError that names the path."""
    try:
        yield
    except OSError as error:
        # pyarrow puts a text of its own where the system's belongs.
        why = os.strerror(error.errno) if error.errno else error
        raise OutputError(f"cannot write {path}: {why}") from error
