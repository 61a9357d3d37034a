"""Longer recordings as several of the wanted length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar, final

import numpy as np

from xai_bench.data.folder_source import FolderSource
from xai_bench.data.normalise import Form
from xai_bench.data.source import Index, Record, Source
from xai_bench.types import Recordings

__all__ = ["Windows", "cut_to_windows", "named_window"]

Known = TypeVar("Known")

_MOST = 10_000
"""Windows of one recording; a header that promises more is left to be refused by its reader."""

_NAMED = re.compile(r"(?P<record>.+)@(?P<start>\d{1,9}(\.\d{1,9})?)s", re.ASCII)


def named_window(record_id: str) -> tuple[str, float] | None:
    """The recording and the start in seconds that the id of a window names, or None.

    >>> named_window("A0001@10s")
    ('A0001', 10.0)
    """
    found = _NAMED.fullmatch(record_id)
    return (found["record"], float(found["start"])) if found else None


def cut_to_windows(given: Recordings, seconds: float) -> Recordings:
    """Recordings that are there already as windows of `seconds`; what is left over is dropped.

    Shorter ones stay as they are. Named as `Windows` names them.
    """
    samples = round(seconds * given.rate_hz)
    count = given.microvolt.shape[2] // samples if samples else 0
    if count < 1 or given.microvolt.shape[2] == samples:
        return given
    rows = [row for row in range(len(given)) for _ in range(count)]
    starts = [k for _ in range(len(given)) for k in range(count)]
    whole = given[rows]
    cut: dict[str, Any] = {}
    for name in ("microvolt", "healthy", "evidence", "waves"):
        values = getattr(given, name)
        if values is not None:
            cut[name] = np.stack(
                [
                    values[row][..., k * samples : (k + 1) * samples]
                    for row, k in zip(rows, starts, strict=True)
                ]
            )
    names = (f"{name}@{k * seconds:g}s" for name, k in zip(whole.record_id, starts, strict=True))
    said = f"--length windows: {len(given)} recordings gave {len(rows)} windows of {seconds:g} s"
    if rest := given.microvolt.shape[2] - count * samples:
        said += f"; the last {rest / given.rate_hz:.4g} s of each were too short for another"
    return replace(whole, record_id=tuple(names), remarks=(*given.remarks, said), **cut)


@final
class Windows(Source):
    """The recordings of a folder cut into windows that do not overlap, from the start on.

    What is left at the end is dropped. A window is a recording of its own, called A0001@10s by
    its start, of the patient, labels and fold of the whole; a recording of just one window keeps
    its name. Windows are cut before resampling, so that none depends on its neighbours.
    """

    def __init__(self, folder: FolderSource, source: Source, form: Form) -> None:
        """source: `folder`, or what else says what its recordings are labelled."""
        self.name = folder.name
        self.rate_hz = folder.rate_hz
        self.samples = folder.samples
        self.has_evidence = folder.has_evidence
        self._folder = folder
        self._source = source
        self._form = form

    @cached_property
    def _windows(self) -> tuple[list[tuple[int, float]], tuple[int, float]]:
        """(row, start) of each window; of how many recordings how many seconds are dropped."""
        found: list[tuple[int, float]] = []
        dropped, seconds = 0, 0.0
        for row in range(len(self._source.index)):
            facts = self._folder.facts(row)
            length = self._form.seconds
            if facts.rate_hz is not None and facts.frames is not None:
                length = facts.frames / facts.rate_hz
            count = int(length / self._form.seconds + 1e-9)
            if not 1 <= count <= _MOST:
                count, length = 1, self._form.seconds
            found += [(row, k * self._form.seconds) for k in range(count)]
            rest = length - count * self._form.seconds
            if rest > 1e-9:
                dropped, seconds = dropped + 1, seconds + rest
        return found, (dropped, seconds)

    @cached_property
    def index(self) -> Index:
        index, (windows, _) = self._source.index, self._windows
        rows = [row for row, _ in windows]
        more = {row for row, start in windows if start}

        def each(values: tuple[Known, ...]) -> tuple[Known, ...]:
            return tuple(values[row] for row in rows)

        return replace(
            index,
            record_id=tuple(
                f"{index.record_id[row]}@{start:g}s" if row in more else index.record_id[row]
                for row, start in windows
            ),
            patient_id=each(index.patient_id),
            labels=None if index.labels is None else each(index.labels),
            statements=None if index.statements is None else each(index.statements),
            sex=None if index.sex is None else each(index.sex),
            fold=None if index.fold is None else index.fold[rows],
            age=None if index.age is None else index.age[rows],
            unlabelled=frozenset(k for k, row in enumerate(rows) if row in index.unlabelled),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        windows, (dropped, seconds) = self._windows
        count = len(self._source.index)
        said = f"--length windows: {count} recordings gave {len(windows)} windows of "
        said += f"{self._form.seconds:g} s"
        if dropped:
            said += f"; the ends of {dropped}, {seconds:.4g} s together, were too short for another"
        return (*self._source.remarks, said)

    def fingerprint(self) -> str:
        return self._folder.fingerprint()

    def read_soon(self, rows: Iterable[int]) -> None:
        self._folder.read_soon(dict.fromkeys(self._windows[0][row][0] for row in rows))

    def read(self, row: int) -> Record:
        whole, start = self._windows[0][row]
        return self._folder.read_part(whole, replace(self._form, start=start))
