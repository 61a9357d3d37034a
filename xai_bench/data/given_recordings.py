"""Recordings that are there already: some of them are chosen, in the form that a model reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int16, Int64

from xai_bench.data.normalise import Form, frames_to_read, to_form
from xai_bench.data.select import order
from xai_bench.data.source import Index, about
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.tasks import Task
from xai_bench.types import Recordings

__all__ = ["choose"]


def choose(
    given: Recordings,
    form: Form,
    *,
    n: int | None,
    task: Task | None,
    folds: Collection[int] | None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Recordings:
    """Up to `n` of the recordings, chosen as `load_data` chooses, in the form that is wanted.

    Those of another rate or length are treated as files are: resampled from a higher rate, cut or
    filled up where the form says so, and else left out, with the reason. Raises DatasetError where
    none is left.
    """
    index = Index(
        record_id=given.record_id, patient_id=given.patient_id, labels=given.labels, fold=given.fold
    )
    candidates = order(index, task=task, folds=folds, seed=seed)
    wanted = len(candidates) if n is None else min(n, len(candidates))
    rows: list[int] = []
    changed: dict[str, Any] = {}
    left_out = list(given.left_out)
    for row in candidates:
        if len(rows) == wanted:
            break
        try:
            with about(given.record_id[row]):
                for name, values in _in_form(given, row, form).items():
                    if name not in changed:
                        changed[name] = np.empty((wanted, *values.shape), values.dtype)
                    changed[name][len(rows)] = values
        except RecordingError as error:
            left_out.append(str(error))
            continue
        rows.append(row)
        if progress is not None:
            progress(len(rows), wanted)
    if not rows:
        raise DatasetError(_nothing(given, task, folds, left_out))
    fields = {name: values[: len(rows)] for name, values in changed.items()}
    return replace(given[rows], rate_hz=form.rate_hz, left_out=tuple(left_out), **fields)


def _in_form(given: Recordings, row: int, form: Form) -> dict[str, Any]:
    """What of a recording changes when it is brought to a form."""
    frames = given.microvolt.shape[2]
    if given.rate_hz == form.rate_hz and frames == form.samples:
        return {}
    count = frames_to_read(frames, given.rate_hz, form)

    def signal(microvolt: Int16[np.ndarray, "lead frame"]) -> Int16[np.ndarray, "lead time"]:
        return to_form(
            microvolt[:, :count].astype(np.float64) / 1000, given.rate_hz, form, given.leads
        )

    changed: dict[str, Any] = {"microvolt": signal(given.microvolt[row])}
    if given.healthy is not None:
        changed["healthy"] = signal(given.healthy[row])
    places: Int64[np.ndarray, " time"] = np.rint(
        np.arange(form.samples) * given.rate_hz / form.rate_hz
    ).astype(np.int64)
    for name in ("evidence", "waves"):
        values = getattr(given, name)
        if values is not None:
            nearest = values[row][..., np.minimum(places, frames - 1)]
            # Nothing is planted, and no wave is, where a recording was filled up.
            changed[name] = np.where(places < frames, nearest, 0).astype(values.dtype)
    return changed


def _nothing(
    given: Recordings, task: Task | None, folds: Collection[int] | None, left_out: list[str]
) -> str:
    if left_out:
        return f"none of {len(given)} recordings of {given.name} can be used; {left_out[0]}"
    wanted = []
    if task is not None and given.labels is not None:
        known = sorted(frozenset().union(*given.labels))
        wanted.append(
            f"in {task.name} (its classes: {', '.join(task.classes)}; "
            f"labels of the recordings: {', '.join(known[:9]) or 'none'})"
        )
    if folds is not None and given.fold is not None:
        wanted.append(f"in fold {', '.join(map(str, folds))}")
    return f"none of the {len(given)} recordings of {given.name} is {' and '.join(wanted)}"
