"""The binary questions a model answers, and which recordings belong to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from xai_bench.errors import UnknownNameError

__all__ = ["TASKS", "Task", "find_task"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Two superclasses to be told apart; class 1 is the positive one."""

    name: str
    negative: str
    positive: str

    @property
    def classes(self) -> tuple[str, str]:
        """Names of class 0 and class 1."""
        return self.negative, self.positive

    def label(self, labels: frozenset[str]) -> int | None:
        """1 or 0 for a recording with these superclasses, None if it is not in the task.

        The rule of ECG-IMN (Thambawita et al., arXiv 2602.09566): a recording is kept when it
        has exactly one of the two classes; other superclasses do not matter. NORM+CD is thus a
        negative of norm_vs_mi and no part of norm_vs_cd.
        """
        is_positive = self.positive in labels
        if is_positive == (self.negative in labels):
            return None
        return int(is_positive)


TASKS = {
    f"norm_vs_{positive.lower()}": Task(
        name=f"norm_vs_{positive.lower()}", negative="NORM", positive=positive
    )
    for positive in ("MI", "STTC", "CD", "HYP")
}
"""Every task by its name."""


def find_task(name: str) -> Task:
    """The task of this name. Raises UnknownNameError."""
    if name not in TASKS:
        raise UnknownNameError("task", name, TASKS)
    return TASKS[name]
