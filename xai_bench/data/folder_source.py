"""A folder of files as a source: what it is called, and whether it may have changed."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from xai_bench.data.folder_files import FolderFiles, LocalFiles
from xai_bench.data.header_facts import HeaderFacts
from xai_bench.data.normalise import Form
from xai_bench.data.source import Record, Source
from xai_bench.printable import storable

__all__ = ["READER_VERSION", "FolderSource"]

READER_VERSION = 2
"""Raise it whenever the same files would be read as other samples."""


class FolderSource(Source):
    """Recordings without evidence in the files of a folder, brought to a form."""

    has_evidence = False

    def __init__(self, folder: Path | FolderFiles, form: Form) -> None:
        self.rate_hz = form.rate_hz
        self.samples = form.samples
        self._files = LocalFiles(folder) if isinstance(folder, Path) else folder
        self._folder = self._files.folder
        self._form = form

    def read(self, row: int) -> Record:
        return self.read_part(row, self._form)

    def read_soon(self, rows: Iterable[int]) -> None:
        self._files.soon(filter(None, map(self._read_from, rows)))

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

    @abstractmethod
    def _read_from(self, row: int) -> str | None:
        """The name of the header, or of the file, that a recording is read from."""

    def fingerprint(self) -> str:
        """sha256 over the folder, the names, sizes and times of its files, and the form.

        Contents are not read: a data set may be larger than a morning.
        """
        return self._digest(f"{READER_VERSION}\0{self._form!r}")

    def _digest(self, about: str) -> str:
        """sha256 of the state of the files, and of a text."""
        text = f"{about}\0{self._files.place}{self._states}"
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()

    @cached_property
    def _states(self) -> str:
        """Names, sizes and times of the files, as they were when they were first asked for."""
        names = list(self.files())
        states = self._files.states(names)
        return "".join(f"\0{name}\0{state}" for name, state in zip(names, states, strict=True))

    def _below(self, path: Path) -> str:
        """The name of a file below the folder, as in a/b.dat."""
        # Ten times as fast as `Path.relative_to`, of 50,000 files.
        folder = str(self._folder)
        return str(path) if folder == "." else str(path).removeprefix(folder).lstrip("/")

    def _name(self, digests: bytes) -> str:
        """What the folder is called, such as records-3f2a1c: its own name, and a digest.

        digests: of files, by `_digest_of`, in their order. Two data sets in folders of one name are
        two, and a copy of a data set is the same one.
        """
        digest = hashlib.sha256(digests)
        return f"{storable(self._files.name)}-{digest.hexdigest()[:6]}"

    def _digest_of(self, path: Path) -> bytes:
        """Of what a file at hand holds (up to 16 MiB) and of its place in the folder."""
        content = b""
        with suppress(OSError):  # whoever reads the recording says so
            if path.is_file():  # a pipe would be waited for
                with path.open("rb") as file:
                    content = file.read(1 << 24)
        place = self._below(path).encode(errors="surrogateescape")
        return hashlib.sha256(place).digest() + hashlib.sha256(content).digest()
