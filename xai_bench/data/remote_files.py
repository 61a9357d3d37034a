"""The files of a folder in an object store, of which a few at a time are on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, final

from xai_bench.data.folder_files import FolderFiles
from xai_bench.data.wfdb_header import read_header
from xai_bench.errors import DatasetError, RecordingError, XaiBenchError
from xai_bench.object_store import reached

__all__ = ["RemoteFiles"]

_HELD = 1 << 28
"""Bytes of files that are kept here, beside those that are being read."""

_LARGEST = 1 << 32
"""Bytes of a file that is brought here."""

_AT_ONCE = 16
"""Files that are brought; a store takes as long to answer as many small files to travel."""

_STATED = (
    "ETag",
    "etag",
    "md5Hash",
    "LastModified",
    "last_modified",
    "mtime",
    "updated",
    "created",
)
"""By what a store tells a file from what it was before."""


@final
class RemoteFiles(FolderFiles):
    """Below a URL. The folder that has some of them is removed with this object.

    Raises InputError for a store that is not known, DatasetError for one that cannot be read, that
    has nothing there, or that does not tell when a file was changed.
    """

    def __init__(self, url: str) -> None:
        self.place = url.rstrip("/")
        self.name = self.place.rpartition("/")[2]
        from fsspec.implementations.local import LocalFileSystem  # torch needs it too

        with reached(self.place, DatasetError) as (files, root):
            if isinstance(files, LocalFileSystem):
                raise DatasetError(f"{url} is a folder of this machine: give {root}")
            found = files.find(root, detail=True)
        listed = {path.removeprefix(f"{root}/"): facts for path, facts in found.items()}
        self._listed = {name: facts for name, facts in listed.items() if _is_plain(name)}
        if not self._listed:
            what = "it is one file" if root in found else "nothing is there"
            raise DatasetError(f"no data '{url}': {what}. Give a folder that has recordings below")
        self._states = {name: _state(facts) for name, facts in self._listed.items()}
        if "" in self._states.values():
            raise DatasetError(
                f"{url}: this store does not tell when a file was changed, so that nothing that is "
                "kept of it could be trusted: copy the folder"
            )
        above = Path(tempfile.mkdtemp(prefix="xai-bench-data-"))
        self.folder = above / self.name
        self.folder.mkdir()
        self._held: dict[str, int] = {}
        """Bytes of what is here, what was asked for last at the end."""
        weakref.finalize(self, _remove, above, os.getpid())

    @cached_property
    def names(self) -> list[str]:
        return sorted(self._listed)

    def has(self, name: str) -> bool:
        return name in self._listed

    def states(self, names: Iterable[str]) -> Iterator[str]:
        return (self._states.get(name, "absent") for name in names)

    def bring(self, names: Iterable[str]) -> None:
        asked = [name for name in dict.fromkeys(names) if self._can_be_had(name)]
        for name in asked:
            if name in self._held:
                self._held[name] = self._held.pop(name)
        wanted = [name for name in asked if name not in self._held]
        if not wanted:
            return
        self._make_room(sum(map(self._bytes, wanted)), set(asked))
        with reached(self.place, DatasetError) as (files, root):

            def fetch(name: str) -> bool:
                return self._fetch(files, root, name)

            with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as threads:
                for name, is_here in zip(wanted, threads.map(fetch, wanted), strict=True):
                    if is_here:
                        self._held[name] = self._bytes(name)

    def ahead(self, names: Sequence[str]) -> None:
        some, room = [], _HELD // 2
        for name in names:
            room -= self._bytes(name)
            if room < 0:
                break
            some.append(name)
        self.bring(some)

    def soon(self, names: Iterable[str]) -> None:
        headers = list(names)
        self.ahead(headers)
        self.ahead([file for name in headers for file in (name, *self._named_by(name))])

    @contextmanager
    def recording(self, name: str) -> Iterator[Path]:
        self.bring([name])
        own = self._named_by(name)
        for file in (name, *own):
            if self._bytes(file) > _LARGEST:
                raise RecordingError(
                    f"{name.removesuffix('.hea')}: {file} has {self._bytes(file) / 1e9:.1f} GB, "
                    "too much to be brought here: copy the folder"
                )
        self.bring([name, *own])
        with self.called_by_url():
            yield self.folder / name

    @contextmanager
    def called_by_url(self) -> Iterator[None]:
        """Lets errors name the URL where they would name the folder of this machine."""
        try:
            yield
        except XaiBenchError as error:
            said = str(error).replace(str(self.folder), self.place)
            raise type(error)(said) from None

    def _bytes(self, name: str) -> int:
        return int(self._listed.get(name, {}).get("size") or 0)

    def _can_be_had(self, name: str) -> bool:
        return name in self._listed and self._bytes(name) <= _LARGEST

    def _named_by(self, name: str) -> list[str]:
        """The files, as far as they are there, that a header names; none of another file."""
        place, slash, _ = name.rpartition("/")
        try:
            header = read_header(self.folder / name) if name.endswith(".hea") else None
        except RecordingError:  # its reader says so
            header = None
        if header is None:
            return []
        files = dict.fromkeys(f"{place}{slash}{lead.file}" for lead in header.leads)
        return [file for file in files if file in self._listed]

    def _make_room(self, count: int, asked: set[str]) -> None:
        held = sum(self._held.values())
        for name in [name for name in self._held if name not in asked]:
            if held + count <= _HELD:
                return
            held -= self._held.pop(name)
            with suppress(OSError):
                (self.folder / name).unlink()

    def _fetch(self, files: Any, root: str, name: str) -> bool:
        """Whether the file is there. Raises DatasetError where it is another than was listed."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.get_file(f"{root}/{name}", str(path))
            size = path.stat().st_size
        except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError):
            return False  # it was removed meanwhile; or one file is called as the folder of others
        if size != self._bytes(name):
            raise DatasetError(
                f"{self.place}/{name} had {self._bytes(name)} bytes and now has {size}; try again"
            )
        return True


def _is_plain(name: str) -> bool:
    """Whether a file of this name lies below whatever folder it is put in."""
    parts = name.split("/")
    return not ({"", ".", ".."} & {*parts} or "\\" in name or "\0" in name)


def _state(facts: Mapping[str, Any]) -> str:
    """Empty where the store does not say what would change with the file."""
    stated = [str(facts[key]) for key in _STATED if facts.get(key)]
    return " ".join([str(facts.get("size")), *stated]) if stated else ""


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not a process that was forked
        shutil.rmtree(folder, ignore_errors=True)
