"""Which scores are the same number but for rounding."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

__all__ = ["ROUNDING", "floor_of", "tied"]

ROUNDING = 1e-5
"""Scores come out of float32 passes, whose sums over 12,000 samples are off by about so much of
themselves, or of 1: an exact method misses completeness by 4e-7 or by 7e-6, and neither is better.
"""


def tied(
    one: Float[np.ndarray, "..."], other: Float[np.ndarray, "..."], floor: float = ROUNDING
) -> Bool[np.ndarray, "..."]:
    """Whether two numbers differ by no more than `floor` of the larger, or of 1. NaN never is."""
    size = np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
    with np.errstate(invalid="ignore"):
        close = np.abs(one - other) <= floor * size
    same: Bool[np.ndarray, "..."] = np.where(np.isinf(size), one == other, close)
    return same


_FLOORS = {"input_invariance": 1e-3}


def floor_of(metric: str) -> float:
    """How far apart scores of a metric may be that are the same but for rounding, see `tied`.

    In a net in float32 an attribution moves by as much as its gradient turns rounding of the input
    into: input invariance, whose only right answer is 0, has been 3e-4 of nets before training.
    """
    return _FLOORS.get(metric, ROUNDING)
