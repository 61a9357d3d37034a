"""The questions a model answers, and which recordings belong to each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Literal, final

from xai_bench.errors import UnknownNameError

__all__ = ["SUPERCLASSES", "TASKS", "BinaryTask", "Rule", "SuperclassTask", "Task", "find_task"]

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
"""The diagnostic superclasses of PTB-XL (Wagner et al. 2020)."""

Rule = Literal["authors", "strict"]
"""Which recordings are in a binary task.

authors: those with exactly one of the two classes, whatever else they have (Thambawita et al.,
    arXiv 2602.09566). NORM+CD is thus a negative of norm_vs_mi and no part of norm_vs_cd.
strict: those whose only superclass is one of the two.
"""


class Task(ABC):
    """A question with a name and classes; `classes[target]` is what a target means."""

    name: str
    multilabel: bool
    """Whether a recording may be of several classes, each with a logit of its own."""

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of targets."""

    @abstractmethod
    def label(self, labels: frozenset[str]) -> int | None:
        """The class of a recording with these superclasses, or None if it is not in the task.

        Where a recording may have several, the first in the order of `classes`.
        """

    @abstractmethod
    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        """What each column of `columns` is, 0 or 1; None if the recording is not in the task."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The classes whose log-odds are told apart from the rest: the columns of `truth`."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryTask(Task):
    """Two superclasses to be told apart; class 1 is the positive one."""

    name: str
    negative: str
    positive: str
    rule: Rule = "authors"
    multilabel: Literal[False] = field(default=False, init=False)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.negative, self.positive

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.positive,)

    def label(self, labels: frozenset[str]) -> int | None:
        if self.rule == "strict" and len(labels) != 1:
            return None
        is_positive = self.positive in labels
        if is_positive == (self.negative in labels):
            return None
        return int(is_positive)

    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        label = self.label(labels)
        return None if label is None else (label,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SuperclassTask(Task):
    """All five superclasses at once; a recording may have several (Strodthoff et al. 2021)."""

    name: str = "superclass"
    multilabel: Literal[True] = field(default=True, init=False)

    @property
    def classes(self) -> tuple[str, ...]:
        return SUPERCLASSES

    @property
    def columns(self) -> tuple[str, ...]:
        return SUPERCLASSES

    def label(self, labels: frozenset[str]) -> int | None:
        known = [index for index, name in enumerate(SUPERCLASSES) if name in labels]
        return known[0] if known else None

    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        known = tuple(int(name in labels) for name in SUPERCLASSES)
        return known if any(known) else None


def _tasks(rule: Rule) -> dict[str, Task]:
    binary = (
        BinaryTask(name=f"norm_vs_{name.lower()}", negative="NORM", positive=name, rule=rule)
        for name in SUPERCLASSES[1:]
    )
    return {task.name: task for task in (*binary, SuperclassTask())}


TASKS = _tasks("authors")
"""Every task by its name, with the authors' rule."""


def find_task(name: str, rule: Rule = "authors") -> Task:
    """The task of this name. Raises UnknownNameError."""
    if name not in TASKS:
        raise UnknownNameError("task", name, TASKS)
    return _tasks(rule)[name]
