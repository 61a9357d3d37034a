"""Recordings that were read and resampled once, kept in one file of integers."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np

from xai_bench import storage
from xai_bench.data.source import Index, Record, Source
from xai_bench.errors import DatasetError, OutputError
from xai_bench.stored_rows import RowFile, StoredRows

__all__ = ["Cached", "cache_folder"]

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """$XAI_BENCH_CACHE, or xai-bench in $XDG_CACHE_HOME, or in ~/.cache. May be deleted."""
    own = os.environ.get("XAI_BENCH_CACHE")
    if own:
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "xai-bench"


@final
class Cached(Source):
    """A source whose recordings are read from it once, and from a file ever after.

    The file is named by the source's fingerprint, has one row of fixed size for each recording,
    and is filled as recordings are asked for; rows never asked for take no space on the disk.
    Beside its data a row holds a seal, the CRC-32 of the data: a row that a crash, a full disk
    or another process left half-written does not match its seal and is read from the source
    again. Where the file cannot be used, a warning is logged and the source is read directly.
    """

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.leads = source.leads
        self.rate_hz = source.rate_hz
        self.samples = source.samples
        self.has_evidence = source.has_evidence
        self._source = source
        self._data = np.dtype([(name, *kind) for name, kind in self.layout.items()])
        self._row = np.dtype([("data", self._data), ("seal", "<u4")], align=True)
        self._writable = True
        self._seals: dict[int, int] = {}
        """Of the rows that were found whole."""

    @property
    def index(self) -> Index:
        return self._source.index

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._source.remarks

    def fingerprint(self) -> str:
        return self._source.fingerprint()

    def read(self, row: int) -> Record:
        kept = self._kept(row)
        if kept is not None:
            return Record(**{name: kept[name] for name in self.layout})
        record = self._source.read(row)
        if self._file is not None and self._writable:
            self._keep(row, record)
        return record

    def read_soon(self, rows: Iterable[int]) -> None:
        """Of those that are not in the file."""
        self._source.read_soon(row for row in rows if self._kept(row) is None)

    def read_into(self, row: int, fields: Mapping[str, np.ndarray], place: int) -> None:
        kept = self._kept(row)
        if kept is None:
            super().read_into(row, fields, place)
            return
        for name, values in fields.items():
            values[place] = kept[name]

    def store(self, row: int) -> bool:
        """Have a recording in the file, if it can be written there; whether it is in it, whole.

        Raises RecordingError.
        """
        if row in self._seals or self._kept(row) is not None:
            return True
        if self._file is None or not self._writable:
            return False
        self._keep(row, self._source.read(row))
        return self._kept(row) is not None

    def stored(self, rows: Sequence[int]) -> dict[str, StoredRows]:
        """Recordings that `store` has in the file, by field, in this order."""
        assert self._file is not None, "they are in it"
        at = np.array(rows, dtype=np.int64)
        seals = np.array([self._seals[row] for row in rows], dtype=np.uint32)
        return {name: StoredRows(self._file, name, at, seals) for name in self.layout}

    def _kept(self, row: int) -> np.void | None:
        """What the file has of a recording, if it has it whole."""
        if self._file is None:
            return None
        content = np.empty(self._row.itemsize, dtype=np.uint8)
        try:
            if not self._file.read(row, content):
                return None
        except OSError:  # the disk gives up; the source may still have it
            return None
        data = content[: self._data.itemsize]
        seal = int(content.view(self._row)["seal"][0])
        if zlib.crc32(data.data) != seal:
            return None
        self._seals[row] = seal
        kept: np.void = data.view(self._data)[0]
        return kept

    def _keep(self, row: int, record: Record) -> None:
        fresh = np.zeros((), dtype=self._row)
        for name in self.layout:
            fresh["data"][name] = getattr(record, name)
        # Of zeros it is not zero: a row that was never written has no seal.
        fresh["seal"] = zlib.crc32(fresh["data"].tobytes())
        try:
            with self._path.open("r+b") as file:
                file.seek(row * self._row.itemsize)
                file.write(fresh.tobytes())
        except OSError as error:
            self._writable = False
            _log.warning(
                "no more recordings are cached in %s: %s; a folder with room is named by "
                "XAI_BENCH_CACHE",
                self._path.parent,
                error.strerror or error,
            )

    @cached_property
    def _path(self) -> Path:
        return cache_folder() / f"{self.fingerprint()}.rows"

    @cached_property
    def _file(self) -> RowFile | None:
        """The file, which has a row for each recording; None where it cannot be had."""
        try:
            size = len(self.index) * self._row.itemsize
            if not self._path.exists() or self._path.stat().st_size != size:
                _create_sparse(self._path, size)
            return RowFile(self._path, self._row)
        except (OSError, OutputError, DatasetError, RuntimeError) as error:
            # The last: of no home directory.
            _log.warning("recordings are not cached: %s", error)
            return None


def _create_sparse(path: Path, size: int) -> None:
    """A file of `size` zeros that takes no space yet, in place of whatever is there.

    Another process may be reading an old one, which is therefore replaced whole.
    """
    with storage.new_file(path) as fresh, fresh.open("xb") as file:
        file.truncate(size)
