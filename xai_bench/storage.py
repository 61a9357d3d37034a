"""The one way to write files, whole or not at all, and the one way to read them safely."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xai_bench.errors import InputError, OutputError
from xai_bench.spreadsheet_cells import without_marks

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HALF_WRITTEN",
    "alone",
    "check_writable",
    "new_file",
    "new_folder",
    "put_in_place",
    "read_json",
    "read_table",
    "regular",
    "set_aside",
    "write_file",
    "writing",
]

HALF_WRITTEN = ".part"
"""How names end of what is being written, or was by a process that was killed meanwhile."""

_DISK_GIVES_UP = (errno.EIO, errno.ENOSPC, errno.EDQUOT)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; its folder is made if it is not there. Raises OutputError.

    Whoever reads `path` meanwhile sees the old file or the new one, and two writers do not meet:
    each has a temporary file of its own.
    """
    with new_file(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary file to be written, which becomes `path` when the block ends well."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(path, HALF_WRITTEN)
        try:
            yield temporary
            put_in_place(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder to be filled, which becomes `path` when the block ends well.

    `path` must not exist, or be an empty folder. Raises OutputError.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(path, HALF_WRITTEN)
        temporary.mkdir()
        try:
            yield temporary
            for file in temporary.rglob("*"):
                _flush(file)
            put_in_place(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the system refuses into an OutputError that names the path."""
    try:
        yield
    except FileExistsError as error:  # of a file where a folder is to be made
        raise OutputError(f"cannot write {path}: {os.strerror(errno.ENOTDIR)}") from error
    except OSError as error:
        # pyarrow puts a text of its own where the system's belongs.
        why = os.strerror(error.errno) if error.errno else error
        raise OutputError(f"cannot write {path}: {why}") from error


def check_writable(folder: Path) -> None:
    """Raises OutputError where nothing can be written into a folder, or where it would be made.

    Leaves nothing there, so that it can be asked before the work.
    """
    with writing(folder):
        there = folder.absolute()
        while not (there.is_symlink() or there.exists()):
            there = there.parent
        with tempfile.TemporaryFile(dir=there):
            pass


def put_in_place(temporary: Path, path: Path) -> None:
    """Give what was written the name `path` once it is on the disk. Raises OSError."""
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def set_aside(path: Path) -> Path:
    """Give what is at `path` and is not what belongs there a hidden name beside it, which is
    returned. Raises OutputError."""
    with writing(path):
        aside = _beside(path)
        path.rename(aside)
        _flush(path.parent)
    return aside


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Within the block no other process is within one of the same path, which is a file that is
    there meanwhile. Where a system or a file system knows no locks, others may be. Raises OSError.
    """
    try:
        import fcntl  # there is none on Windows
    except ImportError:
        yield
        return
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                break
        os.close(descriptor)  # who had it before has removed it
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    is_folder = path.is_dir()
    try:
        # Windows flushes nothing that was opened for reading alone.
        descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # Windows opens no folder, and some shared file systems flush none: its names may be lost
        # with the power then, but what they stand for is whole.
        if not is_folder or error.errno in _DISK_GIVES_UP:
            raise


def regular(path: Path) -> Path:
    """The path, if it may be read: a pipe would be waited for, and a device never ends.

    Symbolic links are followed. Raises OSError for what is no regular file, or is not there.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path


def read_json(path: Path, mend: str) -> dict[str, Any]:
    """The object in a JSON file. Raises InputError that names the file, what is wrong and `mend`,
    what to do about it."""
    with _reading(path, mend):
        found = json.loads(regular(path).read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError(f"it holds {_kind(found)} where an object belongs")
        return found


def read_table(
    path: Path,
    columns: Mapping[str, str],
    mend: str,
    *,
    absent: Mapping[str, str | float] | None = None,
) -> pd.DataFrame:
    """These columns of a CSV or Parquet file (by suffix), as these types; text is never NaN.

    absent: what stands in columns that a file from before there were any may lack.
    Raises InputError that names the file, what is wrong and `mend`, what to do about it.
    """
    import pandas as pd  # slow to import

    with _reading(path, mend):
        regular(path)
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            numbers = {name: [""] for name, kind in columns.items() if kind in ("float64", "Int64")}
            text = {name: "str" for name, kind in columns.items() if kind == "str"}
            table = pd.read_csv(path, keep_default_na=False, na_values=numbers, dtype=text)
            table = table.assign(**{n: without_marks(table[n]) for n in text if n in table.columns})
        lacks = {name: x for name, x in (absent or {}).items() if name not in table.columns}
        table = table.assign(**lacks) if lacks else table
        missing = [name for name in columns if name not in table.columns]
        if missing:
            raise ValueError(f"no column {', '.join(missing)}")
        for name in (name for name, kind in columns.items() if kind == "str"):
            if lacking := int(table[name].isna().sum()):
                raise ValueError(f"column {name} lacks text in {lacking} rows")
            table[name].to_numpy(object)  # bytes that are no text are found when they are wanted
        for name in (name for name, kind in columns.items() if kind == "int64"):
            counts = table[name]
            if counts.dtype.kind == "f" and (broken := counts[counts % 1 != 0]).size:
                raise ValueError(f"column {name} holds {broken.iloc[0]}, no whole number")
        return table[list(columns)].astype(dict(columns))


@contextmanager
def _reading(path: Path, mend: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path} is not there; {mend}") from error
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise InputError(f"{path} cannot be read: {_one_line(error)}; {mend}") from error


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200]


def _kind(value: object) -> str:
    names = {list: "a list", str: "text", type(None): "nothing", bool: "true or false"}
    return names.get(type(value), "a number")


def _beside(path: Path, suffix: str = "") -> Path:
    """A name that no other writer has, on the same file system, hidden from a glob of `path`."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}{suffix}")
