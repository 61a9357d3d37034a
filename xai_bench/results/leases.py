"""Who is at which cells of a run: each is scored by one process, however many there are.

    runs/.leases/<process>.json      the cells that a process has taken, while it is at them

Whoever holds a lease touches its file every few seconds. It ends with its process: at once where
that can be seen from here, and else when the file was not touched for a minute of the clock that
runs in whoever waits; what clocks of machines say, and whether one is set back, has no part in it.
Of a process that slept for longer a cell may be scored twice, of which the first stays: no score
depends on a lease.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import final

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.results.lease_records import LeaseRecord, LeaseWatch
from xai_bench.results.remote_folder import RemoteFolder
from xai_bench.results.store_leases import StoreLeases

__all__ = ["Leases", "open_leases"]

_FOLDER = ".leases"
_BEAT_S = 5.0


@final
class Leases:
    """The cells that this process has taken, and those that others have."""

    def __init__(self, run: Path) -> None:
        self._folder = run / _FOLDER
        self._file = self._folder / f"{secrets.token_hex(6)}.json"
        self._taken = set[str]()
        self._watch = LeaseWatch()
        self.holders: tuple[str, ...] = ()
        """Who has what `take` did not get."""
        self.of_others = frozenset[str]()
        """The cells that others had when `take` looked."""

    def take(self, keys: Iterable[str]) -> set[str]:
        """Those of the cells that nobody else has; they are of this process until `give_back`.

        Raises OutputError.
        """
        wanted = set(keys)
        with storage.writing(self._file), self._alone():
            others = list(self._others())
            free = wanted.difference(*(other.cells for other in others))
            self._taken |= free
            if self._taken:
                storage.write_file(self._file, LeaseRecord.own(self._taken).text())
        self.holders = tuple(one.holder for one in others if not wanted.isdisjoint(one.cells))
        self.of_others = frozenset().union(*(one.cells for one in others))
        return free

    def give_back(self) -> None:
        """What was taken, for others to take."""
        self._taken.clear()
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
        if self._folder.is_dir():
            with suppress(OSError), self._alone():
                list(self._others())  # those that have ended go
                for half_written in self._folder.glob(".*"):  # by one that was killed
                    half_written.unlink(missing_ok=True)
        with suppress(OSError):  # others have theirs there
            self._folder.rmdir()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Leases are written and removed by one process at a time. Raises OSError."""
        with ExitStack() as stack:
            while True:
                self._folder.mkdir(parents=True, exist_ok=True)
                try:
                    stack.enter_context(storage.alone(self._folder / "lock"))
                    break
                except FileNotFoundError:  # the last of the others has just removed the folder
                    continue
            yield

    def beat(self) -> None:
        with suppress(OSError):  # there is none, or it was removed by hand
            os.utime(self._file)

    def _others(self) -> Iterator[LeaseRecord]:
        """The leases of others that have not ended; those that have are removed."""
        for path in self._folder.glob("[!.]*.json"):
            if path == self._file:
                continue
            try:
                lease = LeaseRecord.read(path)
                beat = path.stat().st_mtime_ns
            except (InputError, OSError):  # it was given back just now, or is none
                continue
            if self._watch.has_ended(path.name, lease, beat):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                continue
            yield lease


@contextmanager
def open_leases(run: Path, remote: RemoteFolder | None = None) -> Iterator[Leases | StoreLeases]:
    """Leases on cells of a run that are kept up until the block ends, and then given back.

    remote: what `run` is a copy of, if it is one: others find the leases there.
    """
    leases = Leases(run) if remote is None else StoreLeases(remote.below(_FOLDER))
    ended = threading.Event()

    def keep_up() -> None:
        while not ended.wait(_BEAT_S):
            leases.beat()

    thread = threading.Thread(target=keep_up, daemon=True)
    thread.start()
    try:
        yield leases
    finally:
        ended.set()
        thread.join()
        leases.give_back()
