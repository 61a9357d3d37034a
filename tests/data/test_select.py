from __future__ import annotations

import numpy as np

from xai_bench.data.select import SPLITS, order
from xai_bench.data.source import Index
from xai_bench.tasks import MultilabelTask, find_task

MI = find_task("norm_vs_mi")
NAMES = ("NORM", "MI", "STTC")


def make_index(rows: list[int]) -> Index:
    """Recordings r0, r1 ... in the order of `rows`; class and fold follow from the number."""
    return Index(
        record_id=tuple(f"r{i}" for i in rows),
        patient_id=tuple(f"p{i}" for i in rows),
        labels=tuple(frozenset({NAMES[i % 7 % 3]}) for i in rows),
        fold=np.array([i % 10 + 1 for i in rows], dtype=np.int8),
    )


INDEX = make_index(list(range(200)))


def test_splits_are_the_recommended_folds() -> None:
    assert {name: None if folds is None else list(folds) for name, folds in SPLITS.items()} == {
        "train": [1, 2, 3, 4, 5, 6, 7, 8],
        "validation": [9],
        "test": [10],
        "all": None,
    }


def test_only_recordings_of_the_folds_and_the_task() -> None:
    expected = {i for i in range(200) if i % 10 + 1 in (3, 9) and NAMES[i % 7 % 3] != "STTC"}
    rows = order(INDEX, task=MI, folds=(3, 9), seed=0)
    assert set(rows) == expected
    assert len(rows) == len(expected)


def test_without_labels_or_folds_every_recording_belongs() -> None:
    bare = Index(record_id=INDEX.record_id, patient_id=INDEX.patient_id)
    assert sorted(order(bare, task=MI, folds=(10,), seed=0)) == list(range(200))


def test_classes_alternate_until_one_runs_out() -> None:
    rows = order(INDEX, task=MI, folds=None, seed=0)
    labels = [MI.label(frozenset({NAMES[row % 7 % 3]})) for row in rows]
    scarce = 2 * min(labels.count(0), labels.count(1))
    assert 0 < scarce < len(labels)
    assert labels[:scarce] == [0, 1] * (scarce // 2)
    assert set(labels[scarce:]) == {0}


def test_superclasses_alternate_by_the_first_a_recording_has() -> None:
    sets = [{"NORM"}, {"MI", "HYP"}, {"STTC"}, {"CD"}, {"HYP"}, {"NORM", "CD"}, set()]
    labels = tuple(frozenset(sets[i % 7]) for i in range(70))
    names = tuple(f"r{i}" for i in range(70))
    index = Index(record_id=names, patient_id=names, labels=labels)
    rows = order(index, task=find_task("superclass"), folds=None, seed=0)
    assert sorted(rows) == [i for i in range(70) if i % 7 != 6]
    first = [0, 1, 2, 3, 4, 0]  # the first superclass of each of the sets
    found = [first[row % 7] for row in rows]
    assert found[:50] == [0, 1, 2, 3, 4] * 10
    assert found[50:] == [0] * 10


def test_the_order_in_the_file_does_not_matter() -> None:
    backwards = list(range(199, -1, -1))
    straight = order(INDEX, task=MI, folds=None, seed=3)
    turned = order(make_index(backwards), task=MI, folds=None, seed=3)
    assert [backwards[row] for row in turned] == straight


def test_recordings_of_other_folds_do_not_move_the_choice() -> None:
    every = order(INDEX, task=None, folds=None, seed=0)
    some = order(INDEX, task=None, folds=(1, 2), seed=0)
    assert some == [row for row in every if row % 10 + 1 in (1, 2)]


def test_the_seed_matters_and_is_repeatable() -> None:
    assert order(INDEX, task=None, folds=None, seed=0) == order(
        INDEX, task=None, folds=None, seed=0
    )
    assert order(INDEX, task=None, folds=None, seed=0) != order(
        INDEX, task=None, folds=None, seed=1
    )


def test_every_recording_can_come_first() -> None:
    index = make_index(list(range(4)))
    first = [order(index, task=None, folds=None, seed=seed)[0] for seed in range(400)]
    # 400 draws of 4: each count is 100 ± 8.7, so 60 is more than four deviations away.
    assert all(first.count(row) > 60 for row in range(4))


def test_recordings_of_no_class_are_taken_where_the_task_has_them() -> None:
    index = Index(
        record_id=("a", "b", "c", "d", "e"),
        patient_id=("a", "b", "c", "d", "e"),
        labels=(frozenset({"AF"}), frozenset(), frozenset({"AF"}), frozenset(), frozenset()),
        statements=(frozenset(),) * 5,
        unlabelled=frozenset({4}),
    )
    task = MultilabelTask(name="af", classes=("AF", "AFL"))
    rows = order(index, task=task, folds=None, seed=0)
    assert sorted(rows) == [0, 1, 2, 3]
    assert [row in (0, 2) for row in rows] == [True, False, True, False]
    only = order(index, task=find_task("superclass"), folds=None, seed=0)
    assert only == []
