"""Some leads of a source that has more of them, or has them in another order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, final

from xai_bench.data.source import Index, Record, Source
from xai_bench.types import OF_LEADS, lead_places

__all__ = ["PickedLeads"]


@final
class PickedLeads(Source):
    """The recordings of a source with some of its leads alone, by name."""

    def __init__(self, source: Source, leads: Sequence[str]) -> None:
        """Raises LeadsError where the source does not have one of them."""
        self.name = source.name
        self.leads = tuple(leads)
        self.rate_hz = source.rate_hz
        self.samples = source.samples
        self.has_evidence = source.has_evidence
        self._source = source
        self._places = lead_places(leads, source.leads, data=source.name)

    @property
    def index(self) -> Index:
        return self._source.index

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._source.remarks

    def fingerprint(self) -> str:
        about = f"{self._source.fingerprint()} {self.leads!r}"
        return hashlib.sha256(about.encode()).hexdigest()

    def read_soon(self, rows: Iterable[int]) -> None:
        self._source.read_soon(rows)

    def read(self, row: int) -> Record:
        record = self._source.read(row)
        fewer: dict[str, Any] = {
            name: values[self._places]
            for name in OF_LEADS
            if (values := getattr(record, name)) is not None
        }
        return replace(record, **fewer)
