"""Progress on stderr: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from xai_bench.durations import duration_text
from xai_bench.printable import printable

__all__ = ["Display", "progress"]

_EVERY_S = 10.0
"""Where there is no terminal: who waits for a command reads that it is alive."""


class Display(ABC):
    """What functions take as `progress=`: it is called with a description, the steps done and the
    steps in all. What is done within another step takes the place of what was done there before.
    """

    @abstractmethod
    def __call__(self, description: str, done: int, total: int) -> None: ...

    @abstractmethod
    def notice(self, line: str) -> None:
        """A line that stays."""


@contextmanager
def progress(every: float = _EVERY_S) -> Iterator[Display]:
    """Show what is being done, how far it is, and the time gone and left, until the block ends.

    every: seconds from line to line where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        lines = _Lines()
        with lines.said_every(every):
            yield lines
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar)


@final
class _Bar(Display):
    def __init__(self, bar: Progress) -> None:
        self._bar = bar

    def __call__(self, description: str, done: int, total: int) -> None:
        description = printable(description)
        for task in self._bar.tasks:
            if task.description == description:
                self._bar.update(task.id, completed=done, total=total)
                return
        for number, task in enumerate(self._bar.tasks):
            if number > 0 or task.remaining == 0:
                self._bar.remove_task(task.id)
        self._bar.add_task(description, completed=done, total=total)

    def notice(self, line: str) -> None:
        self._bar.console.print(printable(line), markup=False, highlight=False)


@final
@dataclass(slots=True)
class _Step:
    description: str
    done: int
    total: int
    begun: float
    before: int = field(init=False)
    """Steps that were done when it was first heard of."""

    def __post_init__(self) -> None:
        self.before = self.done

    @property
    def finished(self) -> bool:
        return self.done >= self.total

    def __str__(self) -> str:
        gone = time.monotonic() - self.begun
        text = f"{self.description}: {self.done} of {self.total}, {duration_text(gone)} gone"
        if self.finished or self.done == self.before:
            return text
        left = gone * (self.total - self.done) / (self.done - self.before)
        return f"{text}, about {duration_text(left)} left"


@final
class _Lines(Display):
    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, description: str, done: int, total: int) -> None:
        with self._lock:
            for step in self._steps:
                if step.description == description:
                    step.done, step.total = done, total
                    return
            self._steps = [step for step in self._steps[:1] if not step.finished]
            self._steps.append(_Step(description, done, total, time.monotonic()))

    def notice(self, line: str) -> None:
        print(printable(line), file=sys.stderr, flush=True)

    @contextmanager
    def said_every(self, seconds: float) -> Iterator[None]:
        thread = threading.Thread(target=self._say, args=(seconds,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _say(self, seconds: float) -> None:
        while not self._ended.wait(seconds):
            with self._lock:
                text = "; ".join(map(str, self._steps))
            if text:
                self.notice(text)
