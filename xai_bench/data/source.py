"""What every source of recordings offers: an index that is cheap, and one recording at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16

from xai_bench.errors import RecordingError
from xai_bench.tasks import SUPERCLASSES, Task
from xai_bench.types import LEADS

__all__ = ["PLANTED", "Index", "Record", "Source", "about", "one_line"]

PLANTED = ("healthy", "evidence", "waves")
"""Fields that only a source with evidence fills."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Index:
    """What is known about every recording of a source without reading a signal."""

    record_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    labels: tuple[frozenset[str], ...] | None = None
    """Superclasses; or the labels of a table that knows none."""
    fold: Int8[np.ndarray, " record"] | None = None
    statements: tuple[frozenset[str], ...] | None = None
    """Every text by which a statement about a recording is known: code, name, abbreviation."""
    unlabelled: frozenset[int] = frozenset()
    """Rows of which nothing is known, where it is known of others."""
    age: Float32[np.ndarray, " record"] | None = None
    """Years; NaN where it is not known."""
    sex: tuple[str, ...] | None = None
    """"male", "female", or "" where it is not known."""

    def __len__(self) -> int:
        return len(self.record_id)

    def labels_for(self, task: Task | None) -> tuple[frozenset[str], ...] | None:
        """The labels that a task asks about.

        Of superclasses, or without a task: `labels`. Of other classes, such as 164889003 or
        "atrial fibrillation": those of them that a recording has, among its statements and
        labels, without regard to case.
        """
        if self.labels is None or task is None or set(task.classes) <= set(SUPERCLASSES):
            return self.labels
        statements = self.statements or (frozenset(),) * len(self)
        known = {name.casefold(): name for name in task.classes}
        return tuple(
            frozenset(known[text.casefold()] for text in own | also if text.casefold() in known)
            for own, also in zip(self.labels, statements, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One recording at the wanted rate and length, in the order of its source's leads."""

    microvolt: Int16[np.ndarray, "lead time"]
    healthy: Int16[np.ndarray, "lead time"] | None = None
    """The twin: the same recording had nothing been planted."""
    evidence: Bool[np.ndarray, "lead time"] | None = None
    waves: Int8[np.ndarray, " time"] | None = None
    origin: str = ""
    """What was found in a file, and what was done to it."""


class Source(ABC):
    """A place recordings come from; reading is lazy and one recording at a time."""

    name: str
    leads: tuple[str, ...] = LEADS
    rate_hz: float
    samples: int
    has_evidence: bool
    """Whether records carry a healthy twin, evidence and waves."""

    @property
    @abstractmethod
    def index(self) -> Index:
        """Ids, patients, labels and folds of all recordings."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Changes whenever a recording, or the way it is read, may have changed."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of results should know about labels and choices, a line each."""
        return ()

    @abstractmethod
    def read(self, row: int) -> Record:
        """The recording in row `row` of the index.

        Raises RecordingError when it cannot be read or used.
        """

    def read_soon(self, rows: Iterable[int]) -> None:  # noqa: B027 - most have nothing to prepare
        """These rows will be read, in this order: what is far away may be fetched together.

        Raises DatasetError.
        """

    def read_into(self, row: int, fields: Mapping[str, np.ndarray], place: int) -> None:
        """The recording in row `row`, as entry `place` of arrays that `room_for` made.

        Raises RecordingError.
        """
        record = self.read(row)
        for name, values in fields.items():
            values[place] = getattr(record, name)

    @property
    def layout(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Type and shape of what is known of each sample of a recording, by field of a Record."""
        leads, time = (len(self.leads), self.samples), (self.samples,)
        planted = (("<i2", leads), ("?", leads), ("i1", time)) if self.has_evidence else ()
        return {"microvolt": ("<i2", leads)} | dict(zip(PLANTED, planted, strict=False))

    def room_for(self, count: int) -> dict[str, np.ndarray]:
        """Arrays for so many recordings, by field; not filled, and so without memory yet."""
        return {
            name: np.empty((count, *shape), kind) for name, (kind, shape) in self.layout.items()
        }


@contextmanager
def about(record_id: str) -> Iterator[None]:
    """Lets every RecordingError begin with the id of the recording."""
    try:
        yield
    except RecordingError as error:
        raise RecordingError(f"{record_id}: {error}") from None


def one_line(error: Exception) -> str:
    """What a parser of hostile bytes says, with its kind, in one short line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
