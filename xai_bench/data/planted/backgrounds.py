"""Normal recordings into which something can be planted, whoever they are of."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Int16

from xai_bench.data.source import Index

__all__ = ["Backgrounds"]


class Backgrounds(ABC):
    """Normal recordings of one rate and length, read one at a time."""

    name: str
    rate_hz: float
    samples: int

    @property
    @abstractmethod
    def index(self) -> Index:
        """Ids, patients and folds."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of results should know of them, a line each."""
        return ()

    @abstractmethod
    def fingerprint(self) -> str:
        """Changes whenever a recording may have changed."""

    @abstractmethod
    def microvolt(self, row: int) -> Int16[np.ndarray, "12 time"]:
        """The recording in row `row`. Raises RecordingError when it cannot be read or used."""
