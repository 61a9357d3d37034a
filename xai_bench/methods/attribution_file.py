"""Attributions that leave for a file as they are computed, so that a cohort's need no memory."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, final

import numpy as np
from jaxtyping import Float32, Shaped

from xai_bench import storage
from xai_bench.errors import OutputError

__all__ = ["FACTS", "AttributionFile", "attribution_file"]

FACTS = np.dtype([("target", "<i8"), ("log_odds", "<f4"), ("residual", "<f4")])
"""What is known of an attribution beside its values."""

_SEALED = np.dtype([("facts", FACTS), ("seal", "<u4")])
"""The seal is the CRC-32 of the values."""


@final
class AttributionFile:
    """Where attributions are put, from the first recording to the last."""

    def __init__(self, values: BinaryIO, facts: BinaryIO, shape: tuple[int, ...]) -> None:
        """values, facts: files that may hold the first rows already, open for both ways."""
        self._values = values
        self._facts = facts
        self._row_bytes = 4 * shape[1] * shape[2]
        values.seek(0)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(values, header)
        self._begin = values.tell()
        self.facts: Shaped[np.ndarray, " record"] = self._whole()
        """Of the attributions that are there."""

    def _whole(self) -> Shaped[np.ndarray, " record"]:
        """What is known of those first rows that an interruption left whole."""
        self._facts.seek(0)
        content = self._facts.read()
        sealed = np.frombuffer(
            content[: len(content) // _SEALED.itemsize * _SEALED.itemsize], _SEALED
        )
        for row, seal in enumerate(sealed["seal"].tolist()):
            values = self._values.read(self._row_bytes)
            if len(values) < self._row_bytes or zlib.crc32(values) != seal:
                return sealed["facts"][:row]
        return sealed["facts"]

    def put(
        self,
        first: int,
        values: Float32[np.ndarray, "record lead time"],
        facts: Shaped[np.ndarray, " record"],
    ) -> None:
        """Write the attributions from row `first` on; those before it are there."""
        sealed = np.empty(len(facts), _SEALED)
        sealed["facts"] = facts
        sealed["seal"] = [zlib.crc32(row.tobytes()) for row in values]
        for file, place, content in (
            (self._values, self._begin + first * self._row_bytes, values.tobytes()),
            (self._facts, first * _SEALED.itemsize, sealed.tobytes()),
        ):
            file.seek(place)
            file.write(content)
            file.flush()
        self.facts = np.concatenate([self.facts[:first], facts])


@contextmanager
def attribution_file(
    path: Path, shape: tuple[int, ...], key: str | None
) -> Iterator[AttributionFile]:
    """Attributions of this shape that become the NPY file `path` when all are there.

    Until then they are in a hidden folder beside it. An interruption leaves it, and the next time
    those that are there are kept, if `key`, which tells all that they depend on, is the same; with
    None, and for another key, they are computed anew.

    Raises OutputError where the file cannot be written, or another process is writing it.
    """
    folder = path.with_name(f".{path.name}.part")
    with storage.writing(path):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "key").open("a+") as mine:
            _lock(mine.fileno(), path)
            mine.seek(0)
            if key is None or mine.read() != key:
                for name in ("values", "facts"):
                    (folder / name).unlink(missing_ok=True)
                mine.truncate(0)
                mine.write(key or "")
                mine.flush()
            for name in ("values", "facts"):
                (folder / name).touch()
            with (folder / "values").open("r+b") as values, (folder / "facts").open("r+b") as facts:
                file = AttributionFile(values, facts, shape)
                try:
                    yield file
                except BaseException:
                    if key is None or not len(file.facts):
                        shutil.rmtree(folder)
                    raise
            storage.put_in_place(folder / "values", path)
            shutil.rmtree(folder)


def _lock(descriptor: int, path: Path) -> None:
    import fcntl  # there is none on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(f"cannot write {path}: another process is writing it") from None
