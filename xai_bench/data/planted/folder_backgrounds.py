"""The normal recordings of any source: healthy people into whose beats something can be planted."""

from __future__ import annotations

import hashlib
from typing import final

import numpy as np
from jaxtyping import Int16

from xai_bench.data.planted.backgrounds import Backgrounds
from xai_bench.data.source import Index, Source
from xai_bench.errors import DatasetError

__all__ = ["FolderBackgrounds"]

_NORMAL = frozenset({"NORM"})


@final
class FolderBackgrounds(Backgrounds):
    """The recordings of a source whose labels say NORM and nothing else, in its order.

    Raises DatasetError where the source has no labels, or no such recording.
    """

    def __init__(self, source: Source) -> None:
        index = source.index
        if index.labels is None:
            raise DatasetError(
                f"planted: {source.name} has no labels, and only recordings that are labelled NORM "
                "are planted; give a table with --labels"
            )
        self._rows = [row for row, labels in enumerate(index.labels) if labels == _NORMAL]
        if not self._rows:
            raise DatasetError(
                f"planted: none of the {len(index)} recordings of {source.name} is labelled NORM "
                "and nothing else"
            )
        self._source = source
        self.name = source.name
        self.rate_hz = source.rate_hz
        self.samples = source.samples

    @property
    def index(self) -> Index:
        """What is known of the normal recordings alone."""
        index, rows = self._source.index, self._rows
        return Index(
            record_id=tuple(index.record_id[row] for row in rows),
            patient_id=tuple(index.patient_id[row] for row in rows),
            labels=(_NORMAL,) * len(rows),
            fold=None if index.fold is None else index.fold[rows],
            age=None if index.age is None else index.age[rows],
            sex=None if index.sex is None else tuple(index.sex[row] for row in rows),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        count = len(self._source.index)
        said = f"{len(self._rows)} of {count} recordings of {self.name} are labelled NORM alone"
        return (*self._source.remarks, f"{said}, and are planted")

    def fingerprint(self) -> str:
        """sha256 over the source and which of its recordings are normal."""
        index = self.index
        text = repr((self._source.fingerprint(), index.record_id, index.patient_id))
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()

    def microvolt(self, row: int) -> Int16[np.ndarray, "12 time"]:
        return self._source.read(self._rows[row]).microvolt
