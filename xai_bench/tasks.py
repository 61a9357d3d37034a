"""The questions a model answers, and which recordings belong to each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, final

from xai_bench.errors import InputError, UnknownNameError

__all__ = ["BEATS", "NORMAL", "OUTCOMES", "SUPERCLASSES", "TASKS", "UNKNOWN_OUTCOME", "BinaryTask"]
__all__ += ["MulticlassTask", "MultilabelTask", "Rule", "Task", "find_task", "task_of_classes"]

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
"""The diagnostic superclasses of PTB-XL (Wagner et al. 2020)."""

BEATS = ("N", "S", "V", "F")
"""Classes of beats by ANSI/AAMI EC57: of the sinus node, supraventricular and ventricular ectopic,
fusion. Its fifth, Q, is of what no net tells apart: paced and unclassified."""

NORMAL = "NORM"
"""Among the superclasses the one that means that nothing was found."""

_NORMALS = (NORMAL, BEATS[0])

OUTCOMES = ("detected", "missed", "false alarm", "true negative")
"""What a model makes of a recording, see `Task.outcome`."""

UNKNOWN_OUTCOME = "unknown"
"""Of a recording without labels, or of no class of the task, or without finite log-odds."""

Rule = Literal["authors", "strict", "presence"]
"""Which recordings are in a binary task.

authors: those with exactly one of the two classes, whatever else they have (Thambawita et al.,
    arXiv 2602.09566). NORM+CD is thus a negative of norm_vs_mi and no part of norm_vs_cd.
strict: those whose only label is one of the two.
presence: all; those without the positive class are of the negative one, whatever they have.
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
        """The class of a recording with these labels, or None if it is of none of them.

        Where a recording may have several, the first in the order of `classes`.
        """

    @abstractmethod
    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        """What each column of `columns` is, 0 or 1; None if the recording is not in the task."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The classes whose log-odds are told apart from the rest: the columns of `truth`."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[int, ...]:
        """How many logits a net for this task may put out."""

    @property
    def normal(self) -> int | None:
        """The class that means that nothing was found: class 0 of two, of several NORM, or N of
        beats; None where every class is a finding."""
        found = [place for place, name in enumerate(self.classes) if name in _NORMALS]
        return found[0] if len(found) == 1 else None

    def present(self, labels: frozenset[str], target: int) -> bool | None:
        """Whether a recording with these labels is of class `target`; None where that is not known,
        because the recording is not in the task."""
        label = self.label(labels)
        return None if label is None else label == target

    def outcome(self, labels: frozenset[str], target: int, *, called: bool) -> str:
        """One of OUTCOMES, of the class that is explained, or UNKNOWN_OUTCOME.

        called: whether the model says that the recording is of class `target`. Of a class that it
        says and the recording has: detected; has, and it does not say: missed; says wrongly: false
        alarm; neither: true negative. Where the class is `normal`, the finding is its absence: a
        recording of MI that is called NORM is missed, whichever of the two is explained.
        """
        present = self.present(labels, target)
        if present is None:
            return UNKNOWN_OUTCOME
        if target == self.normal:
            present, called = not present, not called
        if present:
            return "detected" if called else "missed"
        return "false alarm" if called else "true negative"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryTask(Task):
    """Two classes to be told apart; class 1 is the positive one."""

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

    @property
    def normal(self) -> int:
        return 0

    @property
    def outputs(self) -> tuple[int, ...]:
        return 1, 2

    def label(self, labels: frozenset[str]) -> int | None:
        is_positive = self.positive in labels
        if self.rule == "presence":
            return int(is_positive)
        if self.rule == "strict" and len(labels) != 1:
            return None
        if is_positive == (self.negative in labels):
            return None
        return int(is_positive)

    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        label = self.label(labels)
        return None if label is None else (label,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MultilabelTask(Task):
    """Several classes at once, each with a logit of its own; a recording may have any of them."""

    name: str
    classes: tuple[str, ...]
    has_none: bool = True
    """Whether a recording with none of the classes is in the task, a negative of all."""
    multilabel: Literal[True] = field(default=True, init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.classes

    @property
    def outputs(self) -> tuple[int, ...]:
        return (len(self.classes),)

    def label(self, labels: frozenset[str]) -> int | None:
        known = [index for index, name in enumerate(self.classes) if name in labels]
        return known[0] if known else None

    def present(self, labels: frozenset[str], target: int) -> bool | None:
        truth = self.truth(labels)
        return None if truth is None else bool(truth[target])

    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        known = tuple(int(name in labels) for name in self.classes)
        return known if self.has_none or any(known) else None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MulticlassTask(Task):
    """Three classes or more of which a recording is of one: a softmax over as many logits."""

    name: str
    classes: tuple[str, ...]
    multilabel: Literal[False] = field(default=False, init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.classes

    @property
    def outputs(self) -> tuple[int, ...]:
        return (len(self.classes),)

    def label(self, labels: frozenset[str]) -> int | None:
        known = [index for index, name in enumerate(self.classes) if name in labels]
        return known[0] if len(known) == 1 else None

    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        label = self.label(labels)
        return None if label is None else tuple(int(k == label) for k in range(len(self.classes)))


def _tasks(rule: Rule) -> dict[str, Task]:
    binary = (
        BinaryTask(name=f"norm_vs_{name.lower()}", negative="NORM", positive=name, rule=rule)
        for name in SUPERCLASSES[1:]
    )
    # As Strodthoff et al. 2021 evaluate them: a recording without a superclass is left out.
    every = MultilabelTask(name="superclass", classes=SUPERCLASSES, has_none=False)
    # Of `synthetic-tachycardia`: does a fast rhythm with wide QRS begin in the ventricles?
    tachycardia = BinaryTask(name="vt_vs_svt", negative="SVT", positive="VT", rule=rule)
    beats = (
        BinaryTask(name="pvc", negative="N", positive="V", rule="strict"),
        MulticlassTask(name="aami", classes=BEATS),
    )
    return {task.name: task for task in (*binary, every, tachycardia, *beats)}


TASKS = _tasks("authors")
"""Every task by its name, with the authors' rule: those of PTB-XL's superclasses, VT or SVT, and
those of beats."""


def find_task(name: str, rule: Rule = "authors") -> Task:
    """The task of this name. Raises UnknownNameError."""
    if name not in TASKS:
        raise UnknownNameError("task", name, TASKS)
    return _tasks(rule)[name]


def task_of_classes(
    classes: Iterable[str], *, multilabel: bool = False, rule: Rule = "authors"
) -> Task:
    """The task of telling these classes apart, under the name of a known task where it is one.

    One class: it or not, the task "af" with the classes "no AF" and "AF". Two: a binary task,
    class 1 the positive one. More: a softmax over all; `multilabel`: a logit each.
    Raises InputError for no class, or for two of one name.
    """
    names = tuple(classes)
    if not names or len(set(names)) < len(names):
        raise InputError(f"classes want one name each; found {', '.join(names) or 'none'}")
    if multilabel:
        if names == SUPERCLASSES:
            return TASKS["superclass"]
        return MultilabelTask(name="_".join(names).lower(), classes=names)
    if len(names) == 1:
        (name,) = names
        return BinaryTask(name=name.lower(), negative=f"no {name}", positive=name, rule="presence")
    if len(names) == 2:
        name = "_vs_".join(names).lower()
        return BinaryTask(name=name, negative=names[0], positive=names[1], rule=rule)
    return MulticlassTask(name="_or_".join(names).lower(), classes=names)
