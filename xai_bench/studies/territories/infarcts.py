"""Recordings of one planted infarct each, taken apart into their sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.cohort import FINDINGS
from xai_bench.data.synthetic.heart import LEFT
from xai_bench.data.synthetic.source_signals import SourceSignals, source_signals
from xai_bench.types import Recordings

__all__ = ["Infarct", "infarcts", "of_rows", "rows_of_infarcts", "silenced"]

_TEST_FOLD = 10


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Infarct:
    """One recording, and what is known of the heart behind it."""

    row: int
    finding: str
    signals: SourceSignals
    silent: Bool[np.ndarray, " segment"]
    """Which of the 17 segments count as dead, see `silenced`."""


def rows_of_infarcts(source: SyntheticSource, n: int | None) -> list[int]:
    """The first `n` recordings of the test fold with an infarct, labelled MI, and nothing else."""
    fold, labels = source.index.fold, source.index.labels
    assert fold is not None
    assert labels is not None
    rows = [
        row
        for row in np.flatnonzero(fold == _TEST_FOLD).tolist()
        if len(source.planted(row)) == 1
        and source.planted(row)[0] in FINDINGS["MI"]
        and labels[row] == {"MI"}
    ]
    return rows[:n]


def infarcts(source: SyntheticSource, rows: list[int]) -> Iterator[Infarct]:
    """One after the other: each is 20 sources of 12 leads, twice."""
    for row in rows:
        signals = source_signals(source, row)
        yield Infarct(
            row=row, finding=source.planted(row)[0], signals=signals, silent=silenced(signals)
        )


def silenced(signals: SourceSignals) -> Bool[np.ndarray, " segment"]:
    """Segments of the left ventricle that lost at least half as much force as the worst hit."""
    lost = signals.lost[LEFT]
    return np.asarray(lost >= lost.max() / 2)


def of_rows(source: SyntheticSource, rows: list[int]) -> Recordings:
    """These recordings, as a model reads them."""
    read = [source.read(row) for row in rows]
    index = source.index
    assert index.labels is not None
    return Recordings(
        name=source.name,
        microvolt=np.stack([one.microvolt for one in read]),
        rate_hz=source.rate_hz,
        record_id=tuple(index.record_id[row] for row in rows),
        patient_id=tuple(index.patient_id[row] for row in rows),
        labels=tuple(index.labels[row] for row in rows),
        fold=None if index.fold is None else index.fold[rows],
        healthy=np.stack([one.healthy for one in read if one.healthy is not None]),
        evidence=np.stack([one.evidence for one in read if one.evidence is not None]),
        waves=np.stack([one.waves for one in read if one.waves is not None]),
    )
