"""Which recordings are taken, and in which order: a seeded choice that more recordings extend."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain, zip_longest

from xai_bench.data.source import Index
from xai_bench.randomness import seed_for
from xai_bench.tasks import Task

__all__ = ["SPLITS", "order"]

SPLITS: dict[str, Collection[int] | None] = {
    "train": range(1, 9),
    "validation": (9,),
    "test": (10,),
    "all": None,
}
"""The folds of each split, as PTB-XL recommends; None is every fold."""


def order(
    index: Index, *, task: Task | None, folds: Collection[int] | None, seed: int
) -> list[int]:
    """Rows of `index` that are in the task and in the folds, in the order they are to be taken.

    The order depends on the seed and the ids alone, not on where a recording stands in a file.
    Within a task the classes alternate until one runs out, so that any beginning of the order
    is balanced; recordings of none of the classes, where the task has them, count as a class.
    Without known labels (or folds) every recording is in the task (or the folds).
    """
    rows = range(len(index))
    if folds is not None and index.fold is not None:
        rows_in_folds = [row for row in rows if int(index.fold[row]) in folds]
    else:
        rows_in_folds = list(rows)
    shuffled = sorted(
        rows_in_folds,
        key=lambda row: (seed_for(seed, index.record_id[row], "selection"), index.record_id[row]),
    )
    labels = index.labels_for(task)
    if task is None or labels is None:
        return shuffled
    known = [row for row in shuffled if row not in index.unlabelled]
    in_task = [row for row in known if task.truth(labels[row]) is not None]
    label = {row: task.label(labels[row]) for row in in_task}
    groups = [*range(len(task.classes)), None]  # the last is of none of the classes
    classes = ([row for row in in_task if label[row] == k] for k in groups)
    return [row for row in chain.from_iterable(zip_longest(*classes)) if row is not None]
