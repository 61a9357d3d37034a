"""Leases of a run in an object store, where nobody can be alone for a moment.

    s3://bucket/run/.leases/<process>.json      the cells that a process has taken, or asks for

Whoever wants cells first says which, and then looks at what others say. Cells that another has are
not to be had. Where another asks for the same ones as well both withdraw, and ask again a moment
later, not at the same time. Of two who ask at once the later one to put its object sees that of the
other, so that never both take a cell. A beat is another number in the object.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import final

from xai_bench.errors import InputError, OutputError
from xai_bench.results.lease_records import LeaseRecord, LeaseWatch
from xai_bench.results.remote_folder import RemoteFolder

__all__ = ["StoreLeases"]

_ASK_AGAIN_S = 0.2
"""At first; longer each time."""
_LONGEST_S = 5.0


@final
class StoreLeases:
    """As `leases.Leases`: the cells that this process has taken, and those that others have."""

    def __init__(self, store: RemoteFolder) -> None:
        self._store = store
        self._name = f"{secrets.token_hex(6)}.json"
        self._taken = set[str]()
        self._watch = LeaseWatch()
        self._said: LeaseRecord | None = None
        self._beats = 0
        self._putting = threading.Lock()
        """A beat is no older than what was said last."""
        self.holders: tuple[str, ...] = ()
        """Who has what `take` did not get."""
        self.of_others = frozenset[str]()
        """The cells that others had when `take` looked."""

    def take(self, keys: Iterable[str]) -> set[str]:
        """Those of the cells that nobody else has; they are of this process until `give_back`.

        Raises OutputError.
        """
        wanted, wait_s = set(keys), _ASK_AGAIN_S
        while True:
            self._say(asked=wanted)
            others = list(self._others())
            if wanted.isdisjoint(cell for other in others for cell in other.asked):
                break
            self._say()
            # No generator of random numbers: one that was forked draws what others draw.
            time.sleep(wait_s * (0.5 + secrets.randbelow(1000) / 1000))
            wait_s = min(2 * wait_s, _LONGEST_S)
        free = wanted.difference(*(other.cells for other in others))
        self._taken |= free
        self._say()
        self.holders = tuple(one.holder for one in others if not wanted.isdisjoint(one.cells))
        self.of_others = frozenset().union(*(one.cells for one in others))
        return free

    def give_back(self) -> None:
        """What was taken, for others to take."""
        self._taken.clear()
        with suppress(OutputError):
            self._say()
            list(self._others())  # those that have ended go

    def beat(self) -> None:
        with suppress(OutputError), self._putting:  # it may be reached again in a moment
            if self._said is not None:
                self._put(self._said)

    def _say(self, asked: Collection[str] = ()) -> None:
        """What is taken, and what is asked for. Raises OutputError."""
        with self._putting:
            if self._taken or asked:
                self._said = LeaseRecord.own(self._taken, asked)
                self._put(self._said)
            elif self._said is not None:
                self._said = None
                self._store.remove([self._name])

    def _put(self, said: LeaseRecord) -> None:
        self._beats += 1
        self._store.put(self._name, said.text(self._beats).encode())

    def _others(self) -> Iterator[LeaseRecord]:
        """The leases of others that have not ended; those that have are removed."""
        names = [name for name in self._store.names() if name != self._name]
        with tempfile.TemporaryDirectory(prefix="xai-bench-leases-") as here:
            self._store.get(names, Path(here))
            for name in names:
                path = Path(here, name)
                try:
                    lease = LeaseRecord.read(path)
                except InputError:  # it was given back just now, or is none
                    continue
                if self._watch.has_ended(name, lease, path.read_bytes()):
                    self._store.remove([name])
                    continue
                yield lease
