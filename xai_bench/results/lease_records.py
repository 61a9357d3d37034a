"""What a lease says: who has taken which cells of a run, and whether that process has ended."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from xai_bench import storage
from xai_bench.errors import InputError

__all__ = ["LeaseRecord", "LeaseWatch"]

_ENDS_AFTER_S = 60.0
"""Without a beat; a machine that is busy may miss some."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """The cells that a process has taken."""

    cells: frozenset[str]
    process: dict[str, Any]
    """What tells it from all others."""
    asked: frozenset[str] = frozenset()
    """Cells that it will take unless somebody else asks for them, see `store_leases`."""

    @classmethod
    def own(cls, cells: Collection[str], asked: Collection[str] = ()) -> LeaseRecord:
        """Of this process."""
        process = _process(os.getpid())
        return cls(cells=frozenset(cells), asked=frozenset(asked), process=process)

    @classmethod
    def read(cls, path: Path) -> LeaseRecord:
        """Raises InputError for a file that is none."""
        facts = storage.read_json(path, "delete it")
        cells, asked = facts.pop("cells", None), facts.pop("asked", [])
        facts.pop("beat", None)
        lists = isinstance(cells, list) and isinstance(asked, list)
        if not lists or not isinstance(facts.get("pid"), int):
            raise InputError(f"{path} is no lease; delete it")
        return cls(
            cells=frozenset(map(str, cells)), asked=frozenset(map(str, asked)), process=facts
        )

    def text(self, beat: int | None = None) -> str:
        """As it is written. beat: another number each time, where only content tells that it was
        touched."""
        facts: dict[str, Any] = {"cells": sorted(self.cells), **self.process}
        if beat is not None:
            facts |= {"asked": sorted(self.asked), "beat": beat}
        return json.dumps(facts)

    @property
    def is_over(self) -> bool:
        """Whether its process was of this machine and has ended."""
        here = _machine()
        of_here = here is not None and self.process.get("machine") == here
        return of_here and _process(self.process["pid"]) != self.process

    @property
    def holder(self) -> str:
        return f"process {self.process['pid']} on {self.process.get('host')}"


@final
class LeaseWatch:
    """Which leases of others have ended: those of processes of this machine at once, and others
    that have shown no new beat for a minute of the clock that runs here."""

    def __init__(self) -> None:
        self._beats: dict[str, tuple[Hashable, float]] = {}
        """The last one that was seen of each, and when."""

    def has_ended(self, name: str, lease: LeaseRecord, beat: Hashable) -> bool:
        last, since = self._beats.get(name, (None, 0.0))
        if beat != last:
            since = time.monotonic()
            self._beats[name] = (beat, since)
        return lease.is_over or time.monotonic() - since > _ENDS_AFTER_S


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
