"""Which recordings are compared: normal ones on both sides, where labels say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from xai_bench.data import SPLITS, load_data, open_source
from xai_bench.data.load import SYNTHETIC
from xai_bench.data.select import order
from xai_bench.errors import DatasetError
from xai_bench.types import Recordings

__all__ = ["all_real", "normal", "synthetic_normal"]

_LOW_RATE_HZ = 100.0
_NORMAL = frozenset({"NORM"})

Counted = Callable[[int, int], None]
"""Called with the recordings done and the recordings in all."""


def all_real(
    path: str | Path, rate_hz: float, *, progress: Counted | None = None
) -> tuple[Recordings, str]:
    """All recordings of a folder, their first ten seconds; and a line where 100 Hz had to do.

    Raises DatasetError when none can be used.
    """
    if str(path) == SYNTHETIC:
        raise DatasetError(f"--real '{path}' is not real; give a PTB-XL or a WFDB folder")
    try:
        return load_data(path, split="all", rate_hz=rate_hz, length="crop", progress=progress), ""
    except DatasetError as error:
        if rate_hz <= _LOW_RATE_HZ:
            raise
        found = load_data(path, split="all", rate_hz=_LOW_RATE_HZ, length="crop", progress=progress)
        return found, f"Compared at {_LOW_RATE_HZ:g} Hz, because at {rate_hz:g} Hz {error}."


def normal(recordings: Recordings) -> tuple[Recordings, str]:
    """Those labelled NORM and nothing else, or all where that is known of none; and which."""
    labels = recordings.labels or ()
    chosen = [row for row, found in enumerate(labels) if found == _NORMAL]
    if not chosen:
        return recordings, "all, because no labels say which are normal"
    return recordings[chosen], f"those labelled NORM alone, of {len(recordings)}"


def synthetic_normal(
    n: int,
    *,
    rate_hz: float,
    seconds: float = 10.0,
    split: str = "all",
    seed: int = 0,
    progress: Counted = lambda *_: None,
) -> Recordings:
    """Up to `n` synthetic recordings labelled NORM and nothing else.

    Made afresh, never from the cache: a generator that is being changed is judged as it is.
    """
    source = open_source(SYNTHETIC, rate_hz=rate_hz, seconds=seconds)
    index, labels, fold = source.index, source.index.labels, source.index.fold
    assert labels is not None
    assert fold is not None
    chosen = order(index, task=None, folds=SPLITS[split], seed=seed)
    rows = [row for row in chosen if labels[row] == _NORMAL][:n]
    signals = []
    for done, row in enumerate(rows, start=1):
        signals.append(source.read(row).microvolt)
        progress(done, len(rows))
    return Recordings(
        name=source.name,
        microvolt=np.stack(signals),
        rate_hz=rate_hz,
        record_id=tuple(index.record_id[row] for row in rows),
        patient_id=tuple(index.patient_id[row] for row in rows),
        labels=tuple(labels[row] for row in rows),
        fold=fold[rows],
    )
