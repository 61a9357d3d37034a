"""A folder of files as a source: what it is called, and whether it may have changed."""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from xai_bench.data.header_facts import HeaderFacts
from xai_bench.data.normalise import Form
from xai_bench.data.source import Record, Source
from xai_bench.printable import storable

__all__ = ["READER_VERSION", "FolderSource", "files_below"]

READER_VERSION = 2
"""Raise it whenever the same files would be read as other samples."""


def files_below(folder: Path) -> Iterator[str]:
    """Names below a folder of every file and link to a file; folders that are links are not
    entered."""
    for place, _, names in os.walk(folder):
        below = Path(place).relative_to(folder).as_posix()
        yield from names if below == "." else (f"{below}/{name}" for name in names)


class FolderSource(Source):
    """Recordings without evidence in the files of a folder, brought to a form."""

    has_evidence = False

    def __init__(self, folder: Path, form: Form) -> None:
        self.rate_hz = form.rate_hz
        self.samples = form.samples
        self._folder = folder
        self._form = form

    def read(self, row: int) -> Record:
        return self.read_part(row, self._form)

    @abstractmethod
    def read_part(self, row: int, form: Form) -> Record:
        """A recording in another form, such as a later part of it. Raises RecordingError."""

    @abstractmethod
    def facts(self, row: int) -> HeaderFacts:
        """What a recording says of itself without its signal, its rate and length among it."""

    @abstractmethod
    def files(self) -> Iterable[str]:
        """The name below the folder, as in a/b.dat, of every file that a recording, or what is
        known of it, may be read from."""

    def fingerprint(self) -> str:
        """sha256 over the folder, the names, sizes and times of its files, and the form.

        Contents are not read: a data set may be larger than a morning.
        """
        return self._digest(f"{READER_VERSION}\0{self._form!r}")

    def _digest(self, about: str) -> str:
        """sha256 of the state of the files, and of a text."""
        text = f"{about}\0{self._folder.resolve()}{self._states}"
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()

    @cached_property
    def _states(self) -> str:
        """Names, sizes and times of the files, as they were when they were first asked for."""
        states: dict[str, dict[str, str]] = {}
        found = []
        for name in self.files():
            place, _, file = name.rpartition("/")
            if place not in states:
                states[place] = _states(self._folder / place)
            found.append(f"\0{name}\0{states[place].get(file, 'absent')}")
        return "".join(found)

    def _below(self, path: Path) -> str:
        """The name of a file below the folder, as in a/b.dat."""
        # Ten times as fast as `Path.relative_to`, of 50,000 files.
        folder = str(self._folder)
        return str(path) if folder == "." else str(path).removeprefix(folder).lstrip("/")

    def _name(self, files: Iterable[Path]) -> str:
        """What the folder is called, such as records-3f2a1c: its own name, and a digest.

        The digest is of what `files` hold (up to 16 MiB) and of their places in the folder: two
        data sets in folders of one name are two, and a copy of a data set is the same one.
        """
        digest = hashlib.sha256()
        for path in files:
            content = b""
            with suppress(OSError):  # whoever reads the recording says so
                if path.is_file():  # a pipe would be waited for
                    with path.open("rb") as file:
                        content = file.read(1 << 24)
            place = self._below(path).encode(errors="surrogateescape")
            digest.update(hashlib.sha256(place).digest() + hashlib.sha256(content).digest())
        return f"{storable(self._folder.resolve().name)}-{digest.hexdigest()[:6]}"


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
