"""How the attribution of a recording is divided among leads and waves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int8, Num

from xai_bench.types import WAVES

__all__ = ["Shares", "share_out"]

Table = Float64[np.ndarray, "lead wave"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shares:
    """Of all that is positive, and of all that is negative, what lies on each wave of each lead.

    Each table sums to 1, or is zero where nothing has that sign. Waves are in the order of WAVES.
    """

    positive: Table
    negative: Table
    against: float
    """All that is negative over all that is not zero, regardless of sign; 0 if nothing is."""


def share_out(
    attribution: Num[np.ndarray, "lead time"], waves: Int8[np.ndarray, " time"]
) -> Shares:
    """positive[l, w] = sum of a+ over the samples of wave w in lead l, over the sum of a+.

    a+ = max(a, 0); likewise negative, with a- = max(-a, 0).
    """
    a = attribution.astype(np.float64)
    member = (waves == np.arange(len(WAVES))[:, np.newaxis]).astype(np.float64)
    up, down = (np.maximum(sign * a, 0) @ member.T for sign in (1, -1))
    total = up.sum() + down.sum()
    return Shares(
        positive=up / (up.sum() or 1),
        negative=down / (down.sum() or 1),
        against=float(down.sum() / (total or 1)),
    )
