"""Recordings that were read and resampled once, kept in one memory-mapped file of integers."""

from __future__ import annotations

import logging
import os
import zlib
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np

from xai_bench import storage
from xai_bench.data.source import PLANTED, Index, Record, Source
from xai_bench.errors import OutputError
from xai_bench.types import LEADS

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
        self.rate_hz = source.rate_hz
        self.samples = source.samples
        self.has_evidence = source.has_evidence
        self._source = source
        self._fields = ("microvolt", *(PLANTED if self.has_evidence else ()))
        leads, time = (len(LEADS), self.samples), (self.samples,)
        kinds = {"healthy": ("<i2", leads), "evidence": ("?", leads), "waves": ("i1", time)}
        kinds["microvolt"] = ("<i2", leads)
        self._data = np.dtype([(name, *kinds[name]) for name in self._fields])
        self._row = np.dtype([("data", self._data), ("seal", "<u4")], align=True)
        self._writable = True

    @property
    def index(self) -> Index:
        return self._source.index

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._source.remarks

    def fingerprint(self) -> str:
        return self._source.fingerprint()

    def read(self, row: int) -> Record:
        if self._rows is None:
            return self._source.read(row)
        kept = self._rows[row]
        if kept["seal"] == _seal(kept["data"]):
            return Record(**{name: kept["data"][name] for name in self._fields})
        record = self._source.read(row)
        if self._writable:
            self._keep(row, record)
        return record

    def _keep(self, row: int, record: Record) -> None:
        fresh = np.zeros((), dtype=self._row)
        for name in self._fields:
            fresh["data"][name] = getattr(record, name)
        fresh["seal"] = _seal(fresh["data"])
        try:
            # Written as a file: a full disk is then an error, and not the end of the process,
            # which it is when a page of a sparse memory map finds no room.
            with self._path.open("r+b") as file:
                file.seek(row * self._row.itemsize)
                file.write(fresh.tobytes())
        except OSError as error:
            self._writable = False
            _log.warning("no more recordings are cached: %s", error)

    @cached_property
    def _path(self) -> Path:
        return cache_folder() / f"{self.fingerprint()}.rows"

    @cached_property
    def _rows(self) -> np.ndarray | None:
        """One element per recording, or None where no file can be had."""
        try:
            size = len(self.index) * self._row.itemsize
            if not self._path.exists() or self._path.stat().st_size != size:
                _create_sparse(self._path, size)
            return np.memmap(self._path, dtype=self._row, mode="r", shape=(len(self.index),))
        except (OSError, OutputError, RuntimeError) as error:  # the last: of no home directory
            _log.warning("recordings are not cached: %s", error)
            return None


def _seal(data: np.ndarray | np.void) -> int:
    # Of zeros it is not zero: a row that was never written has no seal.
    return zlib.crc32(data.tobytes())


def _create_sparse(path: Path, size: int) -> None:
    """A file of `size` zeros that takes no space yet, in place of whatever is there.

    A file that another process has mapped must never shrink under it, so an old one is
    replaced whole.
    """
    with storage.new_file(path) as fresh, fresh.open("xb") as file:
        file.truncate(size)
