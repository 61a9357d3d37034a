"""Who is at which cells of a run: each is scored by one process, however many there are.

    runs/.leases/<process>.json      the cells that a process has taken, while it is at them

Whoever holds a lease touches its file every few seconds. It ends with its process: at once where
that can be seen from here, and else when the file was not touched for a minute of the clock that
runs in whoever waits; what clocks of machines say, and whether one is set back, has no part in it.
Of a process that slept for longer a cell may be scored twice, of which the first stays: no score
depends on a lease.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from xai_bench import storage
from xai_bench.errors import InputError

__all__ = ["Leases", "open_leases"]

_FOLDER = ".leases"
_BEAT_S = 5.0
_ENDS_AFTER_S = 60.0
"""Without a beat; a machine that is busy may miss some."""


@final
class Leases:
    """The cells that this process has taken, and those that others have."""

    def __init__(self, run: Path) -> None:
        self._folder = run / _FOLDER
        self._file = self._folder / f"{secrets.token_hex(6)}.json"
        self._taken = set[str]()
        self._beats: dict[str, tuple[int, float]] = {}
        """Of the leases of others: the last one that was seen, and when."""
        self.holders: tuple[str, ...] = ()
        """Who has what `take` did not get."""

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
                facts = {"cells": sorted(self._taken), **_process(os.getpid())}
                storage.write_file(self._file, json.dumps(facts))
        self.holders = tuple(one.holder for one in others if not wanted.isdisjoint(one.cells))
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

    def _others(self) -> Iterator[_Lease]:
        """The leases of others that have not ended; those that have are removed."""
        for path in self._folder.glob("[!.]*.json"):
            if path == self._file:
                continue
            try:
                lease = _Lease.read(path)
                beat = path.stat().st_mtime_ns
            except (InputError, OSError):  # it was given back just now, or is none
                continue
            last, since = self._beats.get(path.name, (None, 0.0))
            if beat != last:
                since = time.monotonic()
                self._beats[path.name] = (beat, since)
            if lease.is_over or time.monotonic() - since > _ENDS_AFTER_S:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                continue
            yield lease


@contextmanager
def open_leases(run: Path) -> Iterator[Leases]:
    """Leases on cells of a run that are kept up until the block ends, and then given back."""
    leases, ended = Leases(run), threading.Event()

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


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Lease:
    cells: frozenset[str]
    process: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> _Lease:
        """Raises InputError for a file that is none."""
        facts = storage.read_json(path, "delete it")
        cells = facts.pop("cells", None)
        if not isinstance(cells, list) or not isinstance(facts.get("pid"), int):
            raise InputError(f"{path} is no lease; delete it")
        return cls(cells=frozenset(map(str, cells)), process=facts)

    @property
    def is_over(self) -> bool:
        """Whether its process was of this machine and has ended."""
        here = _machine()
        of_here = here is not None and self.process.get("machine") == here
        return of_here and _process(self.process["pid"]) != self.process

    @property
    def holder(self) -> str:
        return f"process {self.process['pid']} on {self.process.get('host')}"


def _process(pid: int) -> dict[str, Any]:
    """What tells a process from all others; of one that has ended no more than its number."""
    found: dict[str, Any] = {"pid": pid, "host": platform.node(), "machine": _machine()}
    with suppress(OSError):
        # After the name, which may hold spaces: the state, and as 20th the time it began.
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rpartition(")")[2].split()
        if fields[0] not in ("Z", "X"):
            found["began"] = fields[19]
    return found


def _machine() -> str | None:
    """Where numbers of processes mean the same: one boot, one container. None where it cannot be
    said."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None
