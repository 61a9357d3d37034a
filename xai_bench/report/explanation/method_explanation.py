"""What stands out in the attribution of one method, and what it may be called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int8

from xai_bench.report.explanation.attribution_regions import Region, Shares, share_out, strongest
from xai_bench.types import Attributions

__all__ = ["MOST_FOR", "MethodExplanation", "is_additive", "stands_out"]

MOST_FOR = 5
_MOST_AGAINST = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MethodExplanation:
    """What stands out in the attribution of one method."""

    method: str
    what: str
    """"evidence" where the attribution sums to log-odds, else "attribution"."""
    problem: str | None
    """Why the attribution is not what it promises, or None."""
    shares: Shares
    strongest_for: list[Region]
    strongest_against: list[Region]
    """Largest share first."""


def stands_out(
    found: Attributions, waves: Int8[np.ndarray, " time"], leads: tuple[str, ...]
) -> MethodExplanation:
    values = found.values[0]
    problem = found.invalid(0)
    return MethodExplanation(
        method=found.method,
        what="evidence" if is_additive(found) and problem is None else "attribution",
        problem=problem,
        shares=share_out(values, waves),
        strongest_for=strongest(values, waves, sign=1, most=MOST_FOR, leads=leads),
        strongest_against=strongest(values, waves, sign=-1, most=_MOST_AGAINST, leads=leads),
    )


def is_additive(found: Attributions) -> bool:
    """Only a method that promises a sum attributes log-odds; a gradient or a CAM does not."""
    return not np.isnan(found.residual[0])
