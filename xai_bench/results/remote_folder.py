"""A run folder in an object store, and its copy on this machine, where it is worked in.

    s3://bucket/run/<dataset>/<model>/<method>/<key>/run.json     as of a run folder, see `cells`
    s3://bucket/run/.unfinished/<key>/<first>-<stop>.arrow        as of its shards, see `shards`
    s3://bucket/run/.leases/<process>.json                        see `store_leases`

An object is put whole or not at all. Of a cell `run.json` is put last, and only where there is none
yet, so that a cell without it is none.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from xai_bench.errors import OutputError
from xai_bench.object_store import reached

__all__ = ["RemoteFolder", "RunCopy"]

_CELL = "run.json"
_PROBE = ".writable"
_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|[:\\].*" if os.name == "nt" else r"(^|/)\.\.(/|$)")


@final
@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """Objects below a URL, by their names: whatever fsspec knows, s3://, gs://, memory:// ..."""

    url: str

    def below(self, name: str) -> RemoteFolder:
        return RemoteFolder(f"{self.url}/{name}")

    def put(self, name: str, content: bytes) -> None:
        """Put an object, whole or not at all. Raises OutputError."""
        with self._reached() as (files, root):
            files.pipe_file(f"{root}/{name}", content)

    def put_new(self, name: str, content: bytes) -> None:
        """Put an object unless there is one: then that one stays. Raises OutputError."""
        with self._reached() as (files, root):
            try:
                files.pipe_file(f"{root}/{name}", content, mode="create")
            except FileExistsError:
                return

    def names(self) -> list[str]:
        """Of all objects. Raises OutputError."""
        with self._reached() as (files, root):
            try:
                found = files.find(root)
            except FileNotFoundError:
                return []
            return sorted(path.removeprefix(root).lstrip("/") for path in found)

    def get(self, names: Iterable[str], into: Path) -> None:
        """Bring objects into a folder of this machine, each whole; those that somebody has removed
        meanwhile are left out. Raises OutputError, also for an object that would not lie in the
        folder: a store takes any name."""
        wanted = list(names)
        for name in wanted:
            if name.startswith("/") or _OUTSIDE.search(name):
                raise OutputError(
                    f"{self.url} has an object {name[:80]!r}, which leads out of the folder; "
                    "nothing was brought here; remove it"
                )
        if not wanted:
            return
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".") as fresh, self._reached() as reached:
            files, root = reached
            places = [Path(fresh, str(number)) for number in range(len(wanted))]
            objects = [f"{root}/{name}" for name in wanted]
            try:
                files.get(objects, list(map(str, places)))
            except FileNotFoundError:
                for one, place in zip(objects, places, strict=True):
                    try:
                        files.get_file(one, str(place))
                    except FileNotFoundError:
                        place.unlink(missing_ok=True)
            for name, place in zip(wanted, places, strict=True):
                if place.exists():
                    (into / name).parent.mkdir(parents=True, exist_ok=True)
                    place.replace(into / name)

    def remove(self, names: Iterable[str]) -> None:
        """Whatever of it is still there. Raises OutputError."""
        with self._reached() as (files, root):
            paths = [f"{root}/{name}" for name in names]
            if not paths:
                return
            try:
                files.rm(paths)
            except FileNotFoundError:
                for path in paths:
                    with suppress(FileNotFoundError):
                        files.rm_file(path)

    def are_older(self, names: Iterable[str], seconds: float) -> bool:
        """Whether all of these objects were put longer ago than that; False where the store does
        not say. Raises OutputError."""
        with self._reached() as (files, root):
            before = time.time() - seconds
            try:
                return all(files.modified(f"{root}/{n}").timestamp() < before for n in names)
            except (FileNotFoundError, NotImplementedError):
                return False

    def _reached(self) -> AbstractContextManager[tuple[Any, str]]:
        """The file system and the path of the folder in it. Raises InputError, OutputError."""
        return reached(self.url, OutputError)


@final
class RunCopy:
    """A copy of a remote run folder, which lasts as long as this process."""

    def __init__(self, url: str) -> None:
        """Raises InputError, OutputError."""
        self.remote = RemoteFolder(url.rstrip("/"))
        self.folder = Path(tempfile.mkdtemp(prefix="xai-bench-run-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.remote.put(_PROBE, b"")  # what cannot be written is said before anything is scored
        self.remote.remove([_PROBE])
        self.bring()

    def bring(self, anew: Collection[Path] = ()) -> bool:
        """Have the cells that are whole there; whether any had not been here. Raises OutputError.

        anew: folders of cells that are broken here, and may have been mended there.
        """
        for folder in anew:
            shutil.rmtree(folder, ignore_errors=True)
        names = [name for name in self.remote.names() if not _is_hidden(name)]
        whole = {name.removesuffix(_CELL) for name in names if name.endswith(f"/{_CELL}")}
        wanted = [
            name
            for name in names
            if f"{name.rpartition('/')[0]}/" in whole and not (self.folder / name).exists()
        ]
        # What makes a cell whole comes last here too.
        self.remote.get((name for name in wanted if not name.endswith(_CELL)), self.folder)
        cells = [name for name in wanted if name.endswith(_CELL)]
        self.remote.get(cells, self.folder)
        return bool(cells)

    def place(self, folder: Path) -> str:
        """Where a folder of the copy is in the store."""
        return self.remote.below(folder.relative_to(self.folder).as_posix()).url

    def put_cell(self, folder: Path, stood: Path | None = None) -> None:
        """Put a cell that was written to the copy, unless another process has put it meanwhile.
        Raises OutputError.

        stood: what stood in its place and is no cell, by the name that it has in the copy now: it
        gets that name there too.
        """
        place = folder.relative_to(self.folder).as_posix()
        if stood is not None:
            for path in sorted(path for path in stood.rglob("*") if path.is_file()):
                self.remote.put(path.relative_to(self.folder).as_posix(), path.read_bytes())
            self.remote.remove([f"{place}/{_CELL}"])
        elif _CELL in self.remote.below(place).names():
            return
        names = [path.name for path in folder.iterdir() if path.name != _CELL]
        for name in sorted(names):
            self.remote.put(f"{place}/{name}", (folder / name).read_bytes())
        self.remote.put_new(f"{place}/{_CELL}", (folder / _CELL).read_bytes())

    def put_tables(self) -> None:
        """Put what is rendered from the cells. Raises OutputError."""
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                self.remote.put(path.name, path.read_bytes())


def _is_hidden(name: str) -> bool:
    """Of what is no cell."""
    return any(part.startswith(".") and part != ".." for part in name.split("/"))
