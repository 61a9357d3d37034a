"""What a check finds: all is well, something to know, something to mend, or why nothing was asked.

In the manner of scikit-learn's `check_estimator` and of `benchopt test`: each check is one small
function with a name, and its text says what to do.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, final

from xai_bench.errors import XaiBenchError

__all__ = ["Answer", "Check", "Finding", "Status", "not_asked", "ok", "problem", "remark"]
__all__ += ["worst_change"]

Status = Literal["ok", "remark", "problem", "not asked"]


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What a check says."""

    status: Status
    text: str


def ok(text: str = "") -> Answer:
    return Answer("ok", text)


def remark(text: str) -> Answer:
    """Nothing is broken, but a reader of scores should know."""
    return Answer("remark", text)


def problem(text: str) -> Answer:
    """What is wrong, and what to do."""
    return Answer("problem", text)


def not_asked(reason: str) -> Answer:
    return Answer("not asked", reason)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check."""

    name: str
    status: Status
    text: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question about a model, method or metric.

    Called as a test it raises AssertionError where something is to be mended, and
    unittest.SkipTest (which pytest shows as skipped) where it cannot be asked.
    """

    name: str
    ask: Callable[[], Answer]

    def find(self) -> Finding:
        """The outcome; code of a user's own that fails is a problem, and not an error."""
        try:
            answer = self.ask()
        except XaiBenchError as error:
            answer = problem(str(error))
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())
            answer = problem(f"it failed: {said[:300]}")
        return Finding(name=self.name, status=answer.status, text=answer.text)

    def __call__(self) -> None:
        found = self.find()
        if found.status == "problem":
            raise AssertionError(f"{self.name}: {found.text}")
        if found.status == "not asked":
            raise unittest.SkipTest(found.text)

    def __str__(self) -> str:
        return self.name


def worst_change(one: Any, other: Any) -> float:
    """The largest relative change of a recording's map or logits: |one - other| / |one|, where the
    first axis is the recording."""
    first, second = one.double().flatten(1), other.double().flatten(1)
    size = first.norm(dim=1).clamp_min(1e-12)
    return float(((first - second).norm(dim=1) / size).max())
