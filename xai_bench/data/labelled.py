"""A source whose labels, patients and folds are those of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import final

import numpy as np

from xai_bench.data.label_table import LabelTable
from xai_bench.data.source import Index, Record, Source
from xai_bench.data.statements import meaning
from xai_bench.errors import DatasetError

__all__ = ["Labelled"]

_MOST_LISTED = 5


@final
class Labelled(Source):
    """The recordings of a source, with what a table says of them in place of what it says itself.

    A recording without a row keeps its patient, has no labels, and is in no fold but in "all".
    Raises DatasetError when no recording has a row, or one could have two.
    """

    def __init__(self, source: Source, table: LabelTable) -> None:
        self.name = source.name
        self.leads = source.leads
        self.rate_hz = source.rate_hz
        self.samples = source.samples
        self.has_evidence = source.has_evidence
        self._source = source
        self._table = table
        self._path = table.path
        self._rows, self._example = table.match(source.index.record_id)
        if not any(self._rows):
            ids = source.index.record_id
            raise DatasetError(
                f"{table.path}: none of its {len(table.rows)} rows is of a recording; "
                f"ids there are such as {table.rows[0].names[0]}, of recordings {ids[0]}"
            )

    @cached_property
    def index(self) -> Index:
        known, rows = self._source.index, self._rows
        words = [row.labels if row else () for row in rows]
        meanings = [meaning(labels) for labels in words]
        has_superclasses = any(one.superclasses for one in meanings)
        ages = [math.nan if row is None or row.age is None else row.age for row in rows]
        sexes = tuple((row.sex if row else None) or "" for row in rows)
        return replace(
            known,
            patient_id=tuple(
                row.patient if row and row.patient else own
                for row, own in zip(rows, known.patient_id, strict=True)
            ),
            labels=tuple(
                one.superclasses if has_superclasses else frozenset(labels)
                for one, labels in zip(meanings, words, strict=True)
            ),
            statements=tuple(one.texts for one in meanings),
            unlabelled=frozenset(k for k, row in enumerate(rows) if row is None),
            fold=np.array([row.fold if row else 0 for row in rows], dtype=np.int8)
            if self._table.has_folds
            else known.fold,
            age=known.age if np.isnan(ages).all() else np.array(ages, dtype=np.float32),
            sex=sexes if any(sexes) else known.sex,
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        ids = self._source.index.record_id
        absent = [own for own, row in zip(ids, self._rows, strict=True) if row is None]
        found = f"labels of {len(ids) - len(absent)} of {len(ids)} recordings are in {self._path}"
        if self._example:
            found += f", found by number ({self._example})"
        if absent:
            more = ", ..." if len(absent) > _MOST_LISTED else ""
            found += f"; not there: {', '.join(absent[:_MOST_LISTED])}{more}"
        return (found, *self._not_read())

    def _not_read(self) -> Iterator[str]:
        columns = self._table.no_classes
        if columns:
            more = ", ..." if len(columns) > _MOST_LISTED else ""
            yield (
                f"no classes, for they hold neither 0 nor 1: the columns "
                f"{', '.join(columns[:_MOST_LISTED])}{more} of {self._path}"
            )

    def fingerprint(self) -> str:
        return self._source.fingerprint()

    def read_soon(self, rows: Iterable[int]) -> None:
        self._source.read_soon(rows)

    def read(self, row: int) -> Record:
        return self._source.read(row)
