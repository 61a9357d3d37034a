"""Which recordings are compared: those of one class on both sides, where labels say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from xai_bench.data import SPLITS, load_data, open_source
from xai_bench.data.embedded import is_embedded
from xai_bench.data.planted.open_planted import planted_place
from xai_bench.data.select import order
from xai_bench.data.source import Index
from xai_bench.errors import DatasetError, RecordingError, UnknownNameError
from xai_bench.tasks import SUPERCLASSES
from xai_bench.types import Recordings

__all__ = ["NORMAL", "all_real", "check_class", "made_of_class", "of_class"]

NORMAL = "NORM"
_LOW_RATE_HZ = 100.0

Counted = Callable[[int, int], None]
"""Called with the recordings done and the recordings in all."""


def check_class(label: str) -> None:
    """Raises UnknownNameError for what is no superclass."""
    if label not in SUPERCLASSES:
        raise UnknownNameError("class", label, SUPERCLASSES)


def all_real(
    data: str | Path | Recordings,
    rate_hz: float,
    *,
    labels: str | Path | None = None,
    progress: Counted | None = None,
) -> tuple[Recordings, str]:
    """All recordings of a folder, their first ten seconds; and a line where 100 Hz had to do.

    Raises DatasetError when none can be used.
    """
    if is_embedded(data) or (isinstance(data, str | Path) and planted_place(data) is not None):
        raise DatasetError(f"--real '{data}' is not real; give a PTB-XL or a WFDB folder")

    def read(rate_hz: float) -> Recordings:
        return load_data(
            data, split="all", rate_hz=rate_hz, length="crop", labels=labels, progress=progress
        )

    try:
        return read(rate_hz), ""
    except DatasetError as error:
        if rate_hz <= _LOW_RATE_HZ:
            raise
        found = read(_LOW_RATE_HZ)
        return found, f"Compared at {_LOW_RATE_HZ:g} Hz, because at {rate_hz:g} Hz {error}."


def of_class(recordings: Recordings, label: str) -> tuple[Recordings, str]:
    """Recordings of a superclass, and which those are.

    NORM: labelled so and nothing else, or all where nothing has labels. Another class: it is
    among the labels, whatever else is. Raises DatasetError where there is none.
    """
    if recordings.labels is None and label == NORMAL:
        return recordings, "all, because no labels say which are normal"
    labels = recordings.labels or ()
    chosen = [row for row, found in enumerate(labels) if _is_of(found, label)]
    if chosen:
        which = f"those labelled {label} alone" if label == NORMAL else f"those labelled {label}"
        return recordings[chosen], f"{which}, of {len(recordings)}"
    raise DatasetError(f"none of the {len(recordings)} recordings of {recordings.name} is {label}")


def made_of_class(
    data: str | Path | Recordings,
    label: str,
    n: int,
    *,
    rate_hz: float,
    seconds: float = 10.0,
    split: str = "all",
    labels: str | Path | None = None,
    seed: int = 0,
    progress: Counted = lambda *_: None,
) -> Recordings:
    """Up to `n` recordings of a superclass that were made, of each patient one.

    data: "synthetic", "planted:FOLDER", whose recordings `labels` may be of, "planted:deepfake", or
    Recordings in this form. One of each patient, drawn by the seed, because several findings that
    are planted into one background are not several recordings. What cannot be made is left out,
    with the reason.

    Made afresh, never from the cache: a generator that is being changed is judged as it is. Raises
    DatasetError where there is none.
    """
    if isinstance(data, Recordings):
        rows = _one_of_each_patient(range(len(data)), data, label)
        if not rows:
            raise DatasetError(f"none of the {len(data)} recordings of {data.name} is {label}")
        return data[rows[:n]]
    source = open_source(data, rate_hz=rate_hz, seconds=seconds, labels=labels)
    index = source.index
    candidates = _one_of_each_patient(
        order(index, task=None, folds=SPLITS[split], seed=seed), index, label
    )
    rows, signals, left_out = [], [], []
    for row in candidates:
        if len(rows) == n:
            break
        try:
            signals.append(source.read(row).microvolt)
        except RecordingError as error:
            left_out.append(str(error))
            continue
        rows.append(row)
        progress(len(rows), min(n, len(candidates)))
    if not rows:
        why = f"; {left_out[0]}" if left_out else ""
        raise DatasetError(f"no recording of {source.name} can be made that is {label}{why}")
    assert index.labels is not None
    return Recordings(
        name=source.name,
        microvolt=np.stack(signals),
        rate_hz=rate_hz,
        record_id=tuple(index.record_id[row] for row in rows),
        patient_id=tuple(index.patient_id[row] for row in rows),
        labels=tuple(index.labels[row] for row in rows),
        fold=None if index.fold is None else index.fold[rows],
        left_out=tuple(left_out),
        remarks=source.remarks,
    )


def _is_of(labels: frozenset[str], label: str) -> bool:
    return labels == {NORMAL} if label == NORMAL else label in labels


def _one_of_each_patient(rows: Sequence[int], index: Recordings | Index, label: str) -> list[int]:
    """The first row of the class of each patient, in this order."""
    first: dict[str, int] = {}
    for row in rows:
        if _is_of((index.labels or ())[row], label):
            first.setdefault(index.patient_id[row], row)
    return list(first.values())
