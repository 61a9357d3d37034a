"""What is concluded about a metric, from intervals and never from the numbers in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

__all__ = ["NOTICED", "USEFUL", "Verdict", "resolution", "verdict_of_reliability"]
__all__ += ["verdict_of_resolution", "verdict_of_share"]

Verdict = Literal[
    "tells", "does not tell", "reversed", "too few recordings", "by construction", "not asked"
]

USEFUL = 0.75
"""A metric that is right about no more than three recordings in four, or whose draws do a quarter
of its variance or more, is of little use: what excludes it needs no further recordings."""
NOTICED = 0.9
"""Of the recordings: a corruption in whose scores so many are worse is noticed."""

Share = tuple[float, float, float]
"""A share of recordings and its interval."""


def verdict_of_share(low: float, high: float) -> Verdict:
    """Of the share of recordings in which the better of two maps scores better.

    tells: the interval is above a half, which is chance; reversed: below. An interval that holds a
    half is that of a metric that does not tell where it excludes `USEFUL`, and otherwise of too few
    recordings. So is none at all.
    """
    if math.isnan(low) or math.isnan(high):
        return "too few recordings"
    if low > 0.5:
        return "tells"
    if high < 0.5:
        return "reversed"
    return "does not tell" if high < USEFUL else "too few recordings"


def verdict_of_reliability(low: float, high: float) -> Verdict:
    """Of an intraclass correlation: above a half, recordings differ by more than draws do."""
    found = verdict_of_share(low, high)
    return "does not tell" if found == "reversed" else found


def resolution(noticed: Sequence[tuple[float, Share]]) -> Share:
    """The smallest corruption that a metric notices, and so does it each larger one.

    noticed: (size, share of recordings in which the truth scores better than its corruption).
    Noticed is a share of at least `NOTICED`; the ends are what the lower and the upper ends of the
    shares would make of it, and stand the other way round. NaN where no corruption is noticed.
    """
    value, low, high = (
        _smallest([(size, share[end]) for size, share in noticed]) for end in (0, 2, 1)
    )
    return value, low, high


def verdict_of_resolution(noticed: Sequence[tuple[float, Share]]) -> Verdict:
    """tells: the interval of the resolution ends at a corruption that was tried, so that at least
    the largest is noticed by the lower end of its share. Where only the shares, or their upper
    ends, say so, recordings are too few; so are shares without intervals. Otherwise that of the
    largest corruption."""
    _, finest, coarsest = resolution(noticed)
    _, least, most = max(noticed)[1]
    if not math.isnan(coarsest):
        return "tells"
    if math.isnan(least) or not math.isnan(finest):
        return "too few recordings"
    return "reversed" if most < 0.5 else "does not tell"


def _smallest(noticed: Sequence[tuple[float, float]]) -> float:
    found = math.nan
    for size, share in sorted(noticed, reverse=True):
        if not share >= NOTICED:
            break
        found = size
    return found
