"""What every source of recordings offers: an index that is cheap, and one recording at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int8, Int16

from xai_bench.errors import RecordingError

__all__ = ["PLANTED", "Index", "Record", "Source", "about", "one_line"]

PLANTED = ("healthy", "evidence", "waves")
"""Fields that only a source with evidence fills."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Index:
    """What is known about every recording of a source without reading a signal."""

    record_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    labels: tuple[frozenset[str], ...] | None = None
    fold: Int8[np.ndarray, " record"] | None = None

    def __len__(self) -> int:
        return len(self.record_id)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One recording at the wanted rate and length, in canonical lead order."""

    microvolt: Int16[np.ndarray, "12 time"]
    healthy: Int16[np.ndarray, "12 time"] | None = None
    """The twin: the same recording had nothing been planted."""
    evidence: Bool[np.ndarray, "12 time"] | None = None
    waves: Int8[np.ndarray, " time"] | None = None
    origin: str = ""
    """What was found in a file, and what was done to it."""


class Source(ABC):
    """A place recordings come from; reading is lazy and one recording at a time."""

    name: str
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

    @abstractmethod
    def read(self, row: int) -> Record:
        """The recording in row `row` of the index.

        Raises RecordingError when it cannot be read or used.
        """


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
