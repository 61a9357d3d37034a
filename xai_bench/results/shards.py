"""Scores of parts of the recordings, kept beside the cells until these are whole.

    runs/.unfinished/<key>/<first>-<stop>.arrow     what several methods score on some recordings
    runs/.unfinished/<key>/cells.json               the cells they are of, and how they are scored

The key is a hash of the cells' keys and of how they are scored. A run that was interrupted finds
what it had scored, and scores the rest; also where some of the cells had been written by then.

Of a run in an object store the same objects are kept there, for whoever goes on with it. Whoever
scores has all of it in its copy as well, so that what others remove there is no loss.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xai_bench import storage
from xai_bench.errors import InputError, OutputError
from xai_bench.results.remote_folder import RemoteFolder

__all__ = ["ShardPlace", "Shards", "clear_shards", "open_shards"]

_FOLDER = ".unfinished"
_MADE = "cells.json"
_REMOVED = ".removed."
_KEPT_S = 7 * 24 * 3600.0
"""What nobody went on with for a week is cleared away."""

_TYPES = {"float64": pa.float64(), "str": pa.string()}
_COLUMNS = {"method": "str", "record_id": "str", "patient_id": "str", "metric": "str"}
_COLUMNS |= {"score": "float64", "status": "str", "reason": "str", "residual": "float64"}
_COLUMNS |= {"explained": "str", "label": "str", "log_odds": "float64", "outcome": "str"}
_SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in _COLUMNS.items()])


@final
@dataclass(frozen=True, slots=True)
class ShardPlace:
    """Where scores of parts of the recordings are put, by any process that sees the folder."""

    folder: Path
    remote: RemoteFolder | None = None
    """What `folder` is a copy of, where the run is in an object store."""

    def path(self, rows: range) -> Path:
        return self.folder / f"{rows.start:08}-{rows.stop:08}.arrow"

    def put(self, rows: range, tables: Mapping[str, pd.DataFrame]) -> bytes | None:
        """Keep the scores of each method on some recordings; what was put into an object store, for
        `Shards.add`. Raises OutputError."""
        content = io.BytesIO()
        with pa.ipc.new_file(content, _SCHEMA) as writer:
            for method, table in tables.items():
                writer.write_table(
                    pa.Table.from_pandas(table.assign(method=method), _SCHEMA, preserve_index=False)
                )
        if self.remote is None:
            storage.write_file(self.path(rows), content.getvalue())
            return None
        self.remote.put(self.path(rows).name, content.getvalue())
        return content.getvalue()


@final
class Shards:
    """The scores of methods on parts of the recordings, in one folder."""

    def __init__(self, folder: Path, remote: RemoteFolder | None = None) -> None:
        self._folder = folder
        self.place = ShardPlace(folder, remote)
        """Where whoever scores recordings puts the scores."""
        self._files: dict[range, Path] = {}
        for path in sorted(folder.glob("*.arrow")):
            if rows := _rows(path):
                self._files[rows] = path

    def missing(self, count: int, block: int) -> list[range]:
        """Which of `count` recordings have no scores yet, in runs that begin with a block.

        Scores of other recordings, and of some that others are of already, are passed over from
        here on: a file may be called anything.
        """
        found, self._files = self._files, {}
        stop = 0
        for rows in sorted(found, key=lambda rows: (rows.start, rows.stop)):
            if stop <= rows.start and rows.stop <= count:
                self._files[rows] = found[rows]
                stop = rows.stop
        scored = {row for rows in self._files for row in rows}
        runs: list[range] = []
        for start in range(0, count, block):
            rows = range(start, min(start + block, count))
            if scored.issuperset(rows):
                continue
            if runs and runs[-1].stop == start:
                rows = range(runs.pop().start, rows.stop)
            runs.append(rows)
        return runs

    def add(self, rows: range, content: bytes | None = None) -> None:
        """Scores of these recordings were put in place. Raises OutputError where they are not.

        content: what `ShardPlace.put` returned.
        """
        path = self.place.path(rows)
        if content is not None:
            storage.write_file(path, content)
        elif not path.is_file():
            raise OutputError(
                f"scores were written to {path} elsewhere, and are not there seen from here; "
                "--out wants a folder that all nodes share, or a URL such as s3://bucket/run"
            )
        self._files[rows] = path

    def table(self, method: str) -> pd.DataFrame:
        """All scores of a method, in the order of the recordings. Raises InputError."""
        files = [self._files[rows] for rows in sorted(self._files, key=lambda rows: rows.start)]
        try:
            # Mapped: no more is copied than the rows of this method.
            maps = [pa.memory_map(str(storage.regular(file))) for file in files]
            whole = pa.concat_tables([pa.ipc.open_file(one).read_all() for one in maps])
        except (OSError, ValueError) as error:
            why = " ".join(str(error).split())[:200]
            where = self._folder if self.place.remote is None else self.place.remote.url
            raise InputError(
                f"{where} cannot be read: {why}; delete {where} to score it again"
            ) from error
        own = whole.filter(pc.equal(whole["method"], method)).drop_columns("method")
        found: pd.DataFrame = own.to_pandas()
        return found

    def remove(self) -> None:
        """Raises OutputError where an object store cannot be reached."""
        if self.place.remote is not None:
            _remove_objects(self.place.remote, self.place.remote.names())
        _remove(self._folder)
        with suppress(OSError):  # others have theirs there
            self._folder.parent.rmdir()


@contextmanager
def open_shards(
    run: Path, cells: Iterable[Path], scored_by: str, remote: RemoteFolder | None = None
) -> Iterator[Shards]:
    """What was kept of some cells of a run, for nobody else until the block ends.

    cells: their folders. scored_by: what else scores depend on to the last bit, in a word. remote:
    the run folder that `run` is a copy of, if it is one.

    Where another process is at the same cells this one has a folder of its own. What nobody goes
    on with is cleared away. Raises OutputError.
    """
    made = _Made(cells=frozenset(cell.relative_to(run).as_posix() for cell in cells), by=scored_by)
    if remote is not None:
        yield _in_store(run, made, remote.below(_FOLDER))
        return
    folder = run / _FOLDER / made.key
    with storage.writing(folder):
        folder.parent.mkdir(exist_ok=True)
        _clear(folder.parent)
        _take_over(run, made, folder)
        folder.mkdir(exist_ok=True)
        lock = _lock(folder)
        if lock is None:
            folder = folder.with_name(f"{made.key}-{secrets.token_hex(6)}")
            folder.mkdir()
            lock = _lock(folder)
            assert lock is not None, "nobody else knows its name"
        storage.write_file(folder / _MADE, made.text)
    _HELD.add(lock)
    try:
        yield Shards(folder)
    finally:
        _HELD.discard(lock)
        os.close(lock)


def _in_store(run: Path, made: _Made, store: RemoteFolder) -> Shards:
    """What was kept there of just these cells, whoever kept it. Raises OutputError."""
    names = store.names()
    kept = _bring_made(run, store, names)
    folder, place = run / _FOLDER / made.key, store.below(made.key)
    folder.mkdir(parents=True, exist_ok=True)
    for name, left in kept.items():
        if left == made:
            some = [one.removeprefix(f"{name}/") for one in names if one.startswith(f"{name}/")]
            store.below(name).get((one for one in some if one.endswith(".arrow")), folder)
    place.put(_MADE, made.text.encode())
    return Shards(folder, place)


def _bring_made(run: Path, store: RemoteFolder, names: Iterable[str]) -> dict[str, _Made]:
    """Which unwritten cells shards of an object store are of, by the name of their folder."""
    store.get((name for name in names if name.endswith(f"/{_MADE}")), run / _FOLDER)
    return {folder.name: left for folder, left in _left(run)}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What shards are of."""

    cells: frozenset[str]
    by: str

    @classmethod
    def read(cls, folder: Path) -> _Made:
        """Raises InputError."""
        facts = storage.read_json(folder / _MADE, f"delete {folder}")
        cells = facts.get("cells")
        if not isinstance(cells, list):
            raise InputError(f"{folder / _MADE} names no cells; delete {folder}")
        return cls(cells=frozenset(map(str, cells)), by=str(facts.get("by")))

    @property
    def text(self) -> str:
        return json.dumps({"cells": sorted(self.cells), "by": self.by}, indent=1) + "\n"

    @property
    def key(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def clear_shards(run: Path, remote: RemoteFolder | None = None) -> None:
    """Remove what was kept of cells that have all been written, also in the object store that `run`
    is a copy of. Raises OutputError where that cannot be reached."""
    if remote is not None:
        _clear_store(run, remote.below(_FOLDER))
    for folder, left in _left(run):
        lock = None if left.cells else _lock(folder)
        if lock is not None:
            _remove(folder)
            os.close(lock)
    for removed in (run / _FOLDER).glob(f"{_REMOVED}*"):  # by a process that was killed meanwhile
        shutil.rmtree(removed, ignore_errors=True)
    with suppress(OSError):  # others have theirs there
        (run / _FOLDER).rmdir()


def _clear_store(run: Path, store: RemoteFolder) -> None:
    names = store.names()
    kept = _bring_made(run, store, names)
    for name, objects in groupby(names, lambda one: one.partition("/")[0]):
        of_it = list(objects)
        # Without what says what they are of somebody was at removing them.
        wanted = name in kept and kept[name].cells
        if not wanted or store.are_older(of_it, _KEPT_S):
            _remove_objects(store, of_it)


def _remove_objects(store: RemoteFolder, names: Collection[str]) -> None:
    """What says what they are of goes last, so that whoever is interrupted leaves no mystery."""
    store.remove(name for name in names if not name.endswith(_MADE))
    store.remove(name for name in names if name.endswith(_MADE))


def _remove(folder: Path) -> None:
    """At once for whoever looks for shards, whenever this is interrupted."""
    removed = folder.with_name(f"{_REMOVED}{secrets.token_hex(6)}")
    with suppress(OSError):
        folder.rename(removed)
        shutil.rmtree(removed, ignore_errors=True)


def _take_over(run: Path, made: _Made, folder: Path) -> None:
    """Go on with shards of which just these cells have not been written."""
    for other, left in _left(run):
        lock = None if left != made or folder.exists() else _lock(other)
        if lock is not None:
            other.rename(folder)
            os.close(lock)


def _left(run: Path) -> Iterator[tuple[Path, _Made]]:
    """Each folder of shards, with those of its cells that have not been written."""
    for folder in (run / _FOLDER).glob("[!.]*"):
        with suppress(InputError):  # of an earlier version; it is cleared away in time
            made = _Made.read(folder)
            left = {cell for cell in made.cells if not (run / cell / "run.json").is_file()}
            yield folder, replace(made, cells=frozenset(left))


_HELD = set[int]()
"""Locks of this process."""


def _let_go() -> None:
    for lock in _HELD:
        os.close(lock)
    _HELD.clear()


# A worker that outlives a run that was killed, if only for a moment, must not hold its locks.
if hasattr(os, "register_at_fork"):  # Windows forks nothing
    os.register_at_fork(after_in_child=_let_go)


def _rows(path: Path) -> range | None:
    """The recordings that a file is of; None where it is a temporary one."""
    first, _, stop = path.stem.partition("-")
    return range(int(first), int(stop)) if first.isdecimal() and stop.isdecimal() else None


def _lock(folder: Path) -> int | None:
    """Held until it is closed, or this process ends; None while another has it."""
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    try:
        import fcntl  # there is none on Windows

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except (ImportError, OSError):
        pass  # a system or a file system without locks: what is written is whole all the same
    return descriptor


def _clear(parent: Path) -> None:
    """Remove what nobody has gone on with for long, nor is at now."""
    for folder in parent.glob("*"):
        try:
            last = max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
            lock = _lock(folder) if time.time() - last > _KEPT_S else None
        except OSError:
            continue  # its owner has just removed it
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
