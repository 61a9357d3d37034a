"""Which files of a run are opened at all: no links, no strange names, nothing that is too large."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xai_bench.errors import InputError
from xai_bench.names import few

__all__ = ["check_files", "run_hash"]

_MEGABYTE = 1_000_000
_MOST_JSON, _MOST_SCORES, _MOST_TABLE = _MEGABYTE, 32 * _MEGABYTE, 64 * _MEGABYTE
_MOST_UNPACKED = 256 * _MEGABYTE
_MOST_CELLS, _MOST_ROWS, _LONGEST_TEXT = 5_000, 2_000_000, 2_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+%-]{0,99}")
_KEY = re.compile(r"[0-9a-f]{12}")
_LEVELS = ("data set", "model", "method", "cell")
_FILES = {
    "run.json": _MOST_JSON,
    "scores.parquet": _MOST_SCORES,
    "leaderboard.csv": _MOST_TABLE,
}
"""What is read, and how large it may be; all else in a run is passed over and not copied."""


def check_files(run: Path) -> list[Path]:
    """The folders of the cells of a run, whose files may be read.

    Raises InputError for what no run has: a link, a name that is none, a file that is too large, or
    one that unpacks to too much. Nothing is read before all of it was looked at.
    """
    if run.is_symlink() or not run.is_dir():
        raise InputError(f"no run folder '{run}'; give one that xai-bench run --out wrote")
    cells = _cells(run, run, 0)
    if not cells:
        raise InputError(f"no cells in '{run}'; give a folder that xai-bench run --out wrote")
    if len(cells) > _MOST_CELLS:
        raise InputError(f"{len(cells)} cells in '{run}'; at most {_MOST_CELLS} are taken")
    _check_size(run / "leaderboard.csv", "leaderboard.csv")
    for cell in cells:
        for name in ("run.json", "scores.parquet"):
            _check_size(cell / name, str((cell / name).relative_to(run)))
    for cell in cells:
        if (cell / "scores.parquet").exists():
            _check_scores(cell / "scores.parquet", str(cell.relative_to(run)))
    return cells


def run_hash(run: Path, cells: list[Path]) -> str:
    """sha256 over the places and contents of all cells."""
    total = hashlib.sha256()
    for cell in sorted(cells):
        total.update(str(cell.relative_to(run)).encode())
        for name in ("run.json", "scores.parquet"):
            path = cell / name
            total.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return total.hexdigest()


def _cells(run: Path, folder: Path, depth: int) -> list[Path]:
    found = []
    with os.scandir(folder) as entries:
        inside = sorted(entries, key=lambda entry: entry.name)
    for entry in inside:
        path = Path(entry.path)
        if entry.is_symlink():
            raise InputError(f"{path.relative_to(run)} is a link; a run has files of its own alone")
        if entry.name.startswith(".") or not entry.is_dir():
            continue
        pattern = _KEY if depth == len(_LEVELS) - 1 else _NAME
        if not pattern.fullmatch(entry.name):
            name = few([ascii(entry.name)[1:-1]])
            raise InputError(f"'{name}' cannot be the name of a {_LEVELS[depth]}")
        if depth < len(_LEVELS) - 1:
            found += _cells(run, path, depth + 1)
            continue
        with os.scandir(path) as files:
            for file in files:
                if file.is_symlink():
                    said = f"{path.relative_to(run)}/{file.name}"
                    raise InputError(f"{said} is a link; a run has files of its own alone")
        found.append(path)
    return found


def _check_size(path: Path, said: str) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{said} is no regular file")
    most = _FILES[path.name]
    if found.st_size > most:
        size = found.st_size / _MEGABYTE
        raise InputError(f"{said} is of {size:.0f} MB; at most {most / _MEGABYTE:g} are read")


def _check_scores(path: Path, said: str) -> None:
    """Raises InputError for a Parquet file that is none or unpacks to too much: too many rows, or
    text that is too long, which a file of a few bytes can hold a million times."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            facts = file.metadata
            groups = [facts.row_group(place) for place in range(facts.num_row_groups)]
            unpacked = sum(group.total_byte_size for group in groups)
            if facts.num_rows > _MOST_ROWS or unpacked > _MOST_UNPACKED:
                raise InputError(
                    f"{said}: scores.parquet unpacks to {facts.num_rows} rows and "
                    f"{unpacked / _MEGABYTE:.0f} MB; too much to be scores"
                )
            fields = list(file.schema_arrow)
            strange = [one for one in fields if not any(is_it(one.type) for is_it in _kinds())]
            if strange:
                raise InputError(f"{said}: scores.parquet has a column of {strange[0].type!s:.40}")
            text = [one.name for one in fields if pa.types.is_string(one.type)]
            text += [one.name for one in fields if pa.types.is_large_string(one.type)]
        with pq.ParquetFile(path, read_dictionary=text) as file:
            for column in file.read(columns=text).columns if text else ():
                for chunk in column.chunks:
                    lengths = [len(value or "") for value in chunk.dictionary.to_pylist()]
                    if max(lengths, default=0) > _LONGEST_TEXT:
                        raise InputError(
                            f"{said}: scores.parquet holds a text of {max(lengths)} letters; at "
                            f"most {_LONGEST_TEXT} are read"
                        )
    except (pa.ArrowException, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:100]
        raise InputError(f"{said}: scores.parquet cannot be read: {why}") from error


def _kinds() -> list[Callable[[Any], bool]]:
    """What columns of scores may be of."""
    from pyarrow import types

    return [
        types.is_string,
        types.is_large_string,
        types.is_floating,
        types.is_integer,
        types.is_boolean,
        types.is_null,
    ]
