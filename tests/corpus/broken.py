"""What a case of the corpus is: something broken, made by code, and what must be said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from xai_bench.errors import XaiBenchError

__all__ = ["FAST", "Broken", "each", "refused"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken input."""

    name: str
    write: Callable[[Path], Path]
    """Writes it, and what belongs to it, into a folder; returns the file that is opened."""
    says: tuple[str, ...]
    """What the one line must hold: the file or record, the field, what was found or expected."""
    more: dict[str, Any] = field(default_factory=dict)
    """What it is opened with beside its path."""


FAST = 10
"""Every tenth case is of `make test`, from the first on; the others are slow."""


def each(cases: list[Broken]) -> pytest.MarkDecorator:
    assert len({case.name for case in cases}) == len(cases), "a name a case"
    slow = pytest.mark.slow
    params = [
        pytest.param(case, id=case.name, marks=[slow] if number % FAST else [])
        for number, case in enumerate(cases)
    ]
    return pytest.mark.parametrize("case", params)


@contextmanager
def refused(kind: type[XaiBenchError], says: tuple[str, ...]) -> Iterator[None]:
    """Nothing but an error of the tree, in one line that is short enough to read."""
    with pytest.raises(kind) as found:
        yield
    line = str(found.value)
    assert "\n" not in line
    assert 0 < len(line) < 700, line
    for part in says:
        assert part in line, line
