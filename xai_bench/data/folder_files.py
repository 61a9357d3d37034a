"""The files of a folder by their names in it, on this machine or to be brought here."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import final

from xai_bench.data.wfdb_header import is_file

__all__ = ["FolderFiles", "LocalFiles"]


class FolderFiles(ABC):
    """Files below a folder. A name is as in a/b.dat."""

    folder: Path
    """Where files are, once they are at hand."""
    place: str
    """What tells this folder from every other."""
    name: str
    """Of the folder itself."""

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """Of all files, sorted; links to files among them, but nothing in folders that are links.

        As they were when they were first asked for.
        """

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""

    @abstractmethod
    def states(self, names: Iterable[str]) -> Iterator[str]:
        """What changes with each file, such as its size and time; "absent" for none."""

    @abstractmethod
    def bring(self, names: Iterable[str]) -> None:
        """Have files at hand, until others are brought. Raises DatasetError."""

    @abstractmethod
    def ahead(self, names: Sequence[str]) -> None:
        """These files will be asked for: as many of the first as there is room for may be brought
        together.

        Raises DatasetError.
        """

    @abstractmethod
    def soon(self, names: Iterable[str]) -> None:
        """These recordings will be read, by the names of their headers: as `ahead`.

        Raises DatasetError.
        """

    @abstractmethod
    def recording(self, name: str) -> AbstractContextManager[Path]:
        """A recording with the files that its header names, until the block ends.

        Raises RecordingError, DatasetError.
        """


@final
class LocalFiles(FolderFiles):
    """Of a folder of this machine: everything is at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = str(folder.resolve())
        self.name = folder.resolve().name

    @cached_property
    def names(self) -> Sequence[str]:
        return sorted(_files_below(self.folder))

    def has(self, name: str) -> bool:
        return is_file(self.folder / name)

    def states(self, names: Iterable[str]) -> Iterator[str]:
        states: dict[str, dict[str, str]] = {}
        for name in names:
            place, _, file = name.rpartition("/")
            if place not in states:
                states[place] = _states(self.folder / place)
            yield states[place].get(file, "absent")

    def bring(self, names: Iterable[str]) -> None:
        pass

    def ahead(self, names: Sequence[str]) -> None:
        pass

    def soon(self, names: Iterable[str]) -> None:
        pass

    def recording(self, name: str) -> AbstractContextManager[Path]:
        return nullcontext(self.folder / name)


def _files_below(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        below = Path(place).relative_to(folder).as_posix()
        yield from names if below == "." else (f"{below}/{name}" for name in names)


def _states(folder: Path) -> dict[str, str]:
    """Size and time of the files in a folder; asked for at once, since there may be 50,000."""
    states = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):  # a link to nothing
                    stat = entry.stat()
                    states[entry.name] = f"{stat.st_size} {stat.st_mtime_ns}"
    except OSError:
        return {}
    return states
