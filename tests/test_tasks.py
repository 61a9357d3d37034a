"""Tasks: who belongs to which, and what the columns of truth are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from xai_bench.errors import UnknownNameError
from xai_bench.tasks import (
    SUPERCLASSES,
    TASKS,
    BinaryTask,
    Rule,
    find_task,
    task_of_classes,
)

BINARY = ("norm_vs_mi", "norm_vs_sttc", "norm_vs_cd", "norm_vs_hyp")


def every_set_of_superclasses() -> Iterator[frozenset[str]]:
    for size in range(len(SUPERCLASSES) + 1):
        yield from map(frozenset, combinations(SUPERCLASSES, size))


def test_the_tasks() -> None:
    assert {name: task.classes for name, task in TASKS.items()} == {
        "norm_vs_mi": ("NORM", "MI"),
        "norm_vs_sttc": ("NORM", "STTC"),
        "norm_vs_cd": ("NORM", "CD"),
        "norm_vs_hyp": ("NORM", "HYP"),
        "superclass": ("NORM", "MI", "STTC", "CD", "HYP"),
        "vt_vs_svt": ("SVT", "VT"),
        "pvc": ("N", "V"),
        "aami": ("N", "S", "V", "F"),
    }
    assert all(task.name == name for name, task in TASKS.items())
    assert [name for name, task in TASKS.items() if task.multilabel] == ["superclass"]


@pytest.mark.parametrize("name", BINARY)
def test_the_authors_rule_for_every_set_of_superclasses(name: str) -> None:
    task, positive = find_task(name), name.removeprefix("norm_vs_").upper()
    assert task.columns == (positive,)
    for chosen in every_set_of_superclasses():
        is_positive, is_norm = positive in chosen, "NORM" in chosen
        expected = (1 if is_positive else 0) if is_positive ^ is_norm else None
        assert task.label(chosen) == expected
        assert task.truth(chosen) == (None if expected is None else (expected,))


@pytest.mark.parametrize("name", BINARY)
def test_the_strict_rule_leaves_two_sets(name: str) -> None:
    task, positive = find_task(name, "strict"), name.removeprefix("norm_vs_").upper()
    labels = {chosen: task.label(chosen) for chosen in every_set_of_superclasses()}
    known = {chosen: label for chosen, label in labels.items() if label is not None}
    assert known == {frozenset({"NORM"}): 0, frozenset({positive}): 1}


def test_norm_with_conduction_disturbance() -> None:
    both = frozenset({"NORM", "CD"})  # PTB-XL's recording 6002
    assert find_task("norm_vs_cd").label(both) is None
    assert find_task("norm_vs_mi").label(both) == 0
    assert find_task("norm_vs_mi", "strict").label(both) is None


def test_superclasses_are_told_apart_one_by_one() -> None:
    task = find_task("superclass")
    assert task.columns == SUPERCLASSES
    assert task.truth(frozenset({"CD", "MI"})) == (0, 1, 0, 1, 0)
    assert task.label(frozenset({"CD", "MI"})) == 1
    for chosen in every_set_of_superclasses():
        truth, label = task.truth(chosen), task.label(chosen)
        if not chosen:
            assert (truth, label) == (None, None)
            continue
        assert truth is not None
        assert {name for name, is_so in zip(SUPERCLASSES, truth, strict=True) if is_so} == chosen
        assert label == truth.index(1)


@pytest.mark.parametrize("rule", ["authors", "strict"])
def test_tasks_of_one_name_and_rule_are_equal(rule: Rule) -> None:
    for name in TASKS:
        assert find_task(name, rule) == find_task(name, rule)
    task = find_task("norm_vs_mi", rule)
    assert isinstance(task, BinaryTask)
    assert task.rule == rule
    assert find_task("norm_vs_mi", "authors") != find_task("norm_vs_mi", "strict")


def test_tasks_of_beats() -> None:
    pvc, aami = find_task("pvc"), find_task("aami")
    assert isinstance(pvc, BinaryTask)
    assert pvc.rule == "strict"
    labels = [frozenset({kind}) for kind in "NSVFQ"]
    assert [pvc.label(one) for one in labels] == [0, None, 1, None, None]
    assert [aami.label(one) for one in labels] == [0, 1, 2, 3, None]
    assert (pvc.normal, aami.normal) == (0, 0)
    assert aami.outcome(frozenset({"V"}), 0, called=True) == "missed"


def test_unknown_task_teaches() -> None:
    with pytest.raises(UnknownNameError, match=r"no task 'norm_vs_ml'. Did you mean 'norm_vs_mi'"):
        find_task("norm_vs_ml")


def test_outcomes_of_two_classes_do_not_depend_on_which_is_explained() -> None:
    """label, predicted -> outcome, of the positive class whatever the target is."""
    known = {
        ("MI", "MI"): "detected",
        ("MI", "NORM"): "missed",
        ("NORM", "MI"): "false alarm",
        ("NORM", "NORM"): "true negative",
        ("CD", "MI"): "unknown",
    }
    task = find_task("norm_vs_mi")
    for (label, predicted), expected in known.items():
        for target, name in enumerate(task.classes):
            called = predicted == name
            assert task.outcome(frozenset({label}), target, called=called) == expected


def test_outcomes_of_a_class_of_several() -> None:
    task = task_of_classes(["NORM", "MI", "CD"])
    known = {
        # label, explained, called
        ("MI", "MI", True): "detected",
        ("MI", "MI", False): "missed",
        ("MI", "CD", True): "false alarm",
        ("MI", "CD", False): "true negative",
        ("MI", "NORM", True): "missed",
        ("MI", "NORM", False): "detected",
        ("NORM", "NORM", True): "true negative",
        ("NORM", "NORM", False): "false alarm",
        ("NORM", "MI", True): "false alarm",
    }
    for (label, explained, called), expected in known.items():
        target = task.classes.index(explained)
        assert task.outcome(frozenset({label}), target, called=called) == expected
    assert task_of_classes(["AF", "VT", "SVT"]).normal is None


def test_outcomes_of_a_recording_of_several_classes_are_of_the_one_explained() -> None:
    task = find_task("superclass")
    labels = frozenset({"MI", "CD"})
    outcomes = {
        name: task.outcome(labels, target, called=True) for target, name in enumerate(task.classes)
    }
    expected = ["missed", "detected", "false alarm", "detected", "false alarm"]
    assert list(outcomes.values()) == expected
    assert task.outcome(frozenset(), 1, called=True) == "unknown", "of no class of the task"
