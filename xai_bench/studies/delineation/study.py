"""Readers of waves on the same recordings, beside what is known of them or one of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Int8

from xai_bench.errors import InputError
from xai_bench.models.waves.wave_readers import WaveReader, read_waves, with_waves
from xai_bench.studies.delineation.wave_errors import error_rows, matches_of
from xai_bench.types import Progress, Recordings, silent
from xai_bench.wave_names import PLANTED_WAVES

__all__ = ["ReadWaves", "compare_readers"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadWaves:
    """What readers said of some recordings."""

    recordings: Recordings
    reference: str
    """What they are compared with: "planted" or a reader."""
    labels: dict[str, Int8[np.ndarray, "record time"]]
    """Index into WAVES by reader, the reference first."""
    table: pd.DataFrame
    """data, rate_hz, reference, reader, and the columns of `error_rows`."""


def compare_readers(
    recordings: Recordings,
    readers: Mapping[str, WaveReader],
    *,
    reference: str = PLANTED_WAVES,
    progress: Progress = silent,
) -> ReadWaves:
    """Every reader on every recording, in their order, beside "planted" or one of WAVE_READERS.

    A reader that is the reference is not compared with itself.
    Raises InputError where nothing is planted and no other reference is named, DatasetError where a
    reader is not installed, UnknownNameError, WeightsError.
    """
    labels = {reference: np.asarray(with_waves(recordings, reference, progress).waves)}
    compared = {name: read for name, read in readers.items() if name != reference}
    if not compared:
        raise InputError(f"{reference} is the reference; name another reader to compare with it")
    for name, read in compared.items():
        labels[name] = read_waves(recordings, name, read, progress)
    parts = []
    for name in compared:
        pairs = zip(labels[reference], labels[name], strict=True)
        each = [matches_of(known, found, recordings.rate_hz) for known, found in pairs]
        rows = error_rows(each, recordings.patient_id)
        rows.insert(0, "reader", name)
        rows.insert(0, "reference", reference)
        rows.insert(0, "rate_hz", recordings.rate_hz)
        rows.insert(0, "data", recordings.name)
        parts.append(rows)
    return ReadWaves(
        recordings=recordings,
        reference=reference,
        labels=labels,
        table=pd.concat(parts, ignore_index=True),
    )
