from __future__ import annotations

from itertools import combinations

import pytest

from xai_bench.errors import UnknownNameError
from xai_bench.tasks import TASKS, find_task

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")


def test_the_four_tasks() -> None:
    assert {name: task.classes for name, task in TASKS.items()} == {
        "norm_vs_mi": ("NORM", "MI"),
        "norm_vs_sttc": ("NORM", "STTC"),
        "norm_vs_cd": ("NORM", "CD"),
        "norm_vs_hyp": ("NORM", "HYP"),
    }
    assert all(task.name == name for name, task in TASKS.items())


@pytest.mark.parametrize("name", TASKS)
def test_label_is_the_authors_rule_for_every_set_of_superclasses(name: str) -> None:
    task = find_task(name)
    for size in range(len(SUPERCLASSES) + 1):
        for chosen in combinations(SUPERCLASSES, size):
            is_positive, is_norm = task.positive in chosen, "NORM" in chosen
            expected = (1 if is_positive else 0) if is_positive ^ is_norm else None
            assert task.label(frozenset(chosen)) == expected


def test_norm_with_conduction_disturbance() -> None:
    both = frozenset({"NORM", "CD"})  # PTB-XL's recording 6002
    assert find_task("norm_vs_cd").label(both) is None
    assert find_task("norm_vs_mi").label(both) == 0


def test_unknown_task_teaches() -> None:
    with pytest.raises(UnknownNameError, match=r"no task 'norm_vs_ml'. Did you mean 'norm_vs_mi'"):
        find_task("norm_vs_ml")
