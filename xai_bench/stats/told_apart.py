"""When two methods are told apart: the rule of ranks and of tables of pairs.

Where pages go by intervals one by one, as the audit of metrics does, they say so.
"""

from __future__ import annotations

__all__ = ["ALPHA", "can_tell_apart", "told_apart"]

ALPHA = 0.05
"""Of the tests; intervals are of 95 %."""


def told_apart(p: float, low: float, high: float) -> bool:
    """Whether a difference is told from none: p below `ALPHA`, and zero outside of [low, high].

    p: of the test of the difference, adjusted (`holm`) for all tests of its table. low, high: the
    ends of its 95 % interval. A test of ranks may reject where a few large differences of the other
    sign make the mean uncertain, and an interval exclude zero by chance among many: both must
    agree. NaN, what is not known, tells nothing.
    """
    return bool(p < ALPHA and (low > 0 or high < 0))


def can_tell_apart(patients: int, tests: int) -> bool:
    """Whether any scores of so few patients could be told apart, among so many tests after Holm.

    No two-sided signed-rank test of n differences has a p below 2 / 2^n (Wilcoxon 1945).
    """
    return 2.0 ** (1 - patients) * tests < ALPHA
