"""Progress on stderr for a person who watches, and silence for everybody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["progress"]


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show what is being done, how far it is, and the time gone and left, until the block ends.

    Yields what functions take as `progress=`: it is called with a description, the steps done and
    the steps in all. The first description is the whole work and keeps its line; each later one
    takes the place of the one before. Nothing is written unless stderr is a terminal.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    silent = not sys.stderr.isatty()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=silent) as bar:
        yield lambda description, done, total: _show(bar, description, done, total)


def _show(bar: Progress, description: str, done: int, total: int) -> None:
    for task in bar.tasks:
        if task.description == description:
            bar.update(task.id, completed=done, total=total)
            return
    for step in bar.task_ids[1:]:
        bar.remove_task(step)
    bar.add_task(description, completed=done, total=total)
