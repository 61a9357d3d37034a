"""Read every recording of a folder and say which ones cannot be used, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xai_bench.data.load import open_source
from xai_bench.errors import RecordingError

__all__ = ["check_data"]


def check_data(
    path: str | Path, *, progress: Callable[[int, int], None] | None = None
) -> list[tuple[str, str | None]]:
    """(record id, problem in one line or None) for each recording, straight from its files.

    progress: called with (recordings read, recordings in all).
    Raises DatasetError when the folder as a whole cannot be used.
    """
    source = open_source(path)
    found: list[tuple[str, str | None]] = []
    for row, record_id in enumerate(source.index.record_id):
        try:
            source.read(row)
        except RecordingError as error:
            found.append((record_id, str(error)))
        else:
            found.append((record_id, None))
        if progress is not None:
            progress(row + 1, len(source.index))
    return found
