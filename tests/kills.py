"""Processes that are killed before, or within, the n-th change they make to files."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

__all__ = ["Killed", "count_changes", "killed_at", "seeded_moments"]

_CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.utime")
_WITHIN_S = 2e-4
"""After a file was opened to be written: while it is."""


@final
@dataclass(frozen=True, slots=True)
class Killed:
    """A moment of a process."""

    before: int
    """The change that it does not come to, from 0 on."""
    within: bool = False
    """A moment later, if the change is a file that is being written."""

    def __str__(self) -> str:
        return f"{'within' if self.within else 'before'} change {self.before}"


def seeded_moments(changes: int, count: int, seed: int) -> Iterator[Killed]:
    """Of a process that makes so many changes; no moment twice."""
    draw = random.Random(seed)
    every = [Killed(k, within) for k in range(changes) for within in (False, True)]
    yield from sorted(draw.sample(every, min(count, len(every))), key=lambda one: one.before)


def count_changes(do: Callable[[], object], folder: Path) -> int:
    """How many changes below a folder a process makes that does this and is not killed."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        seen = _watch(folder, None)
        done = _did(do)
        os.write(theirs, str(seen[0] if done else -1).encode())
        os._exit(0)
    os.close(theirs)
    os.waitpid(process, 0)
    found = int(os.read(ours, 99))
    os.close(ours)
    assert found > 0, "it failed, or changed nothing"
    return found


def killed_at(moment: Killed, do: Callable[[], object], folder: Path) -> bool:
    """Do this in a process that is killed at this moment; whether it came to it."""
    process = os.fork()
    if process == 0:
        _watch(folder, moment)
        os._exit(0 if _did(do) else 1)
    status = os.waitpid(process, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed"
    return os.WIFSIGNALED(status)


def _did(do: Callable[[], object]) -> bool:
    try:
        do()
    except BaseException as error:  # a process that was forked must not go on as a test
        print(f"in a process: {error!r}", flush=True)
        return False
    return True


def _watch(folder: Path, moment: Killed | None) -> list[int]:
    """Count the changes below a folder from now on, and kill this process when the moment comes."""
    seen, root = [0], str(folder)

    def change(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = given
            if not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
        elif event in _CHANGES:
            path = given[0]
        else:
            return
        if not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(root):
            return
        if moment is not None and seen[0] == moment.before:
            if moment.within and event == "open":
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, _WITHIN_S)
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        seen[0] += 1

    sys.addaudithook(change)
    return seen
