"""A run folder in an object store, and its copy on this machine, where it is worked in.

    s3://bucket/run/<dataset>/<model>/<method>/<key>/run.json     as of a run folder, see `cells`
    s3://bucket/run/.unfinished/<key>/<first>-<stop>.arrow        as of its shards, see `shards`

An object is put whole or not at all. Of a cell `run.json` is put last, and only where there is none
yet, so that a cell without it is none.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from xai_bench.errors import OutputError
from xai_bench.object_store import reached

__all__ = ["RemoteFolder", "RunCopy"]

_CELL = "run.json"
_PROBE = ".writable"


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
        """Bring objects into a folder of this machine, each whole. Raises OutputError."""
        wanted = list(names)
        if not wanted:
            return
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".") as fresh, self._reached() as reached:
            files, root = reached
            places = [Path(fresh, str(number)) for number in range(len(wanted))]
            files.get([f"{root}/{name}" for name in wanted], [str(place) for place in places])
            for name, place in zip(wanted, places, strict=True):
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                place.replace(into / name)

    def remove(self, names: Iterable[str]) -> None:
        """Raises OutputError."""
        with self._reached() as (files, root):
            if paths := [f"{root}/{name}" for name in names]:
                files.rm(paths)

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

    def bring(self) -> None:
        """Have the cells that are whole there. Raises OutputError."""
        names = self.remote.names()
        whole = {name.removesuffix(_CELL) for name in names if name.endswith(f"/{_CELL}")}
        wanted = [
            name
            for name in names
            if f"{name.rpartition('/')[0]}/" in whole and not (self.folder / name).exists()
        ]
        # What makes a cell whole comes last here too.
        self.remote.get((name for name in wanted if not name.endswith(_CELL)), self.folder)
        self.remote.get((name for name in wanted if name.endswith(_CELL)), self.folder)

    def put_cell(self, folder: Path) -> None:
        """Put a cell that was written to the copy. Raises OutputError."""
        names = [path.name for path in folder.iterdir() if path.name != _CELL]
        place = folder.relative_to(self.folder).as_posix()
        for name in sorted(names):
            self.remote.put(f"{place}/{name}", (folder / name).read_bytes())
        self.remote.put_new(f"{place}/{_CELL}", (folder / _CELL).read_bytes())

    def put_tables(self) -> None:
        """Put what is rendered from the cells. Raises OutputError."""
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                self.remote.put(path.name, path.read_bytes())
