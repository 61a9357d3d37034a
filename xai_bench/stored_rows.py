"""Rows of a file that are read where they are used: an array larger than memory may be one."""

from __future__ import annotations

import hashlib
import math
import os
import re
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Int64, UInt32
from numpy.lib.mixins import NDArrayOperatorsMixin

from xai_bench.errors import DatasetError

__all__ = ["RowFile", "StoredRows", "remembered"]

_WORTH_REMEMBERING = 1 << 26
"""Bytes; what is made of less is soon made again."""

_LINE = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})")


@final
class RowFile:
    """A file with rows of one structured type, open for reading.

    It is read and not mapped: what was read through a map counts as memory of the process until
    the system takes it back, and a file that is cut short under a map ends the process.
    """

    def __init__(self, path: Path, row: np.dtype[np.void]) -> None:
        """Raises DatasetError for a file that cannot be opened."""
        self.path = path
        self.row = row
        try:
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise DatasetError(
                f"recordings in {path} cannot be read: {error.strerror}; load them again"
            ) from None
        self._seek_and_read = threading.Lock()
        weakref.finalize(self, os.close, self._descriptor)

    def __reduce__(self) -> tuple[Any, ...]:
        return RowFile, (self.path, self.row)

    def read(self, place: int, into: np.ndarray, offset: int = 0) -> bool:
        """Fill an array with the bytes of a row from `offset` on; whether the file has them all.

        Raises OSError.
        """
        start = place * self.row.itemsize + offset
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [into.data], start) == into.nbytes
        with self._seek_and_read:  # Windows has no read from a place
            os.lseek(self._descriptor, start, os.SEEK_SET)
            content = os.read(self._descriptor, into.nbytes)
        if len(content) == into.nbytes:
            into.reshape(-1).view(np.uint8)[:] = np.frombuffer(content, np.uint8)
        return len(content) == into.nbytes


@final
class StoredRows(NDArrayOperatorsMixin):
    """Some rows of one field of a file, in any order, as a read-only array (row, ...).

    `rows[3]` reads a row, `rows[2:5]` and `rows[[0, 7]]` are fewer rows and read nothing,
    `for row in rows` reads one at a time. `np.asarray(rows)` and whatever else an array can do
    (`rows.mean()`, `rows > 0`, `rows[:, 2]`) read all of them into memory. Pickled, they are a path
    and numbers of rows.
    """

    def __init__(
        self,
        file: RowFile,
        field: str,
        at: Int64[np.ndarray, " row"],
        seals: UInt32[np.ndarray, " row"],
    ) -> None:
        """at: places in the file. seals: checksums of what was there when it was last verified."""
        kind, offset = file.row["data"].fields[field][:2]  # type: ignore[index]
        self.dtype: np.dtype[Any] = kind.base
        self.shape: tuple[int, ...] = (len(at), *kind.shape)
        self._file = file
        self._field = field
        self._offset = offset
        self._at = at
        self._seals = seals

    def __reduce__(self) -> tuple[Any, ...]:
        return StoredRows, (self._file, self._field, self._at, self._seals)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        return map(self._read, self._at.tolist())

    def __getitem__(self, key: Any) -> Any:
        """Raises DatasetError for a row that is no longer there."""
        if isinstance(key, tuple):
            if key and isinstance(key[0], slice):
                return np.asarray(self[key[0]])[(slice(None), *key[1:])]
            if key and _is_number(key[0]):
                return np.asarray(self[[key[0]]])[(0, *key[1:])]
            return np.asarray(self)[key]  # lists of several axes belong together
        if isinstance(key, slice):
            return StoredRows(self._file, self._field, self._at[key], self._seals[key])
        if _is_number(key):
            return self._read(int(self._at[key]))
        if key is None or key is Ellipsis or np.ndim(key) != 1:
            return np.asarray(self)[key]
        rows = np.asarray(key)
        if not rows.size:
            rows = rows.astype(np.int64)
        return StoredRows(self._file, self._field, self._at[rows], self._seals[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("rows of a file can only be had as a copy")
        every = np.empty(self.shape, dtype or self.dtype)
        for place, row in enumerate(self):
            every[place] = row
        return every

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *given: Any, **more: Any) -> Any:
        if any(isinstance(one, StoredRows) for one in more.get("out", ())):
            raise ValueError("rows of a file are read-only; change a copy: np.asarray(rows)")
        read = [np.asarray(one) if isinstance(one, StoredRows) else one for one in given]
        return getattr(ufunc, method)(*read, **more)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"StoredRows has no attribute '{name}'")
        return getattr(np.asarray(self), name)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __repr__(self) -> str:
        return f"StoredRows({self._field!r}: {self.dtype} {self.shape} in {self._file.path})"

    def key(self) -> bytes:
        """Tells what these rows hold from what others do: the name of the file, which is that of
        its contents, their places and their seals."""
        digest = hashlib.sha256(f"{self._file.path.name}\0{self._field}\0{self.shape}".encode())
        digest.update(self._at.tobytes())
        digest.update(self._seals.tobytes())
        return digest.digest()

    @property
    def notes(self) -> Path:
        """A file beside that of the rows."""
        return self._file.path.with_suffix(".notes")

    def _read(self, place: int) -> np.ndarray:
        row = np.empty(self.shape[1:], self.dtype)
        try:
            found = self._file.read(place, row, self._offset)
        except OSError as error:
            raise DatasetError(
                f"a recording in {self._file.path} cannot be read: {error.strerror}"
            ) from None
        if not found:
            raise DatasetError(
                f"a recording is missing in {self._file.path}; delete the file and load again"
            )
        return row


def _is_number(key: object) -> bool:
    return isinstance(key, int | np.integer) and not isinstance(key, bool)


def remembered(
    rows: Iterable[np.ndarray | StoredRows | None], about: bytes, make: Callable[[], str]
) -> str:
    """`make()`, a sha256 of rows and of `about`; what it was where it was made of the same before.

    It is noted beside the file of the rows, if there are many.
    """
    stored = [one for one in rows if one is not None]
    first = stored[0]
    if not isinstance(first, StoredRows) or sum(one.nbytes for one in stored) < _WORTH_REMEMBERING:
        return make()
    digest = hashlib.sha256(about)
    for one in stored:
        if not isinstance(one, StoredRows):
            return make()
        digest.update(one.key())
    key = digest.hexdigest()
    noted = ""
    with suppress(OSError, UnicodeDecodeError):
        noted = first.notes.read_text(encoding="ascii")
    for line in noted.splitlines():
        found = _LINE.fullmatch(line)
        if found and found[1] == key:
            return found[2]
    made = make()
    with suppress(OSError), first.notes.open("a", encoding="ascii") as file:
        file.write(f"{key} {made}\n")
    return made
