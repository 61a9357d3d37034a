"""What stands out in the attribution of one method, and what it may be called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int8

from xai_bench.report.explanation.attribution_regions import Region, Shares, share_out, strongest
from xai_bench.report.explanation.bar_values import Bars, lead_bars, wave_bars
from xai_bench.report.explanation.independent_draws import same_sign
from xai_bench.types import Attributions

__all__ = ["MOST_FOR", "MethodExplanation", "about", "is_additive", "stands_out"]

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
    by_lead: Bars
    by_wave: Bars
    additive: bool
    """Whether the method promises a sum, so that the attribution is in log-odds."""
    sums: tuple[float, float]
    """Of what is positive, and of what is negative."""
    signed: bool
    """False for a map without a sign, which speaks neither for nor against."""
    draws: int
    """Independent ones that were looked at; 1 for a method that draws nothing. All else here is of
    the first."""
    steady: float
    """Of the sum of |attribution|, what has the same sign in all draws."""


def stands_out(
    draws: Sequence[Attributions], waves: Int8[np.ndarray, " time"], leads: tuple[str, ...]
) -> MethodExplanation:
    """Of one recording, explained by one method once or several times; see `independent_draws`."""
    found = draws[0]
    values, size = found.values[0], np.abs(found.values[0], dtype=np.float64)
    problem = found.invalid(0)
    shares = [share_out(one.values[0], waves) for one in draws]
    same = same_sign([one.values[0] for one in draws])
    return MethodExplanation(
        method=found.method,
        what="evidence" if is_additive(found) and problem is None else "attribution",
        problem=problem,
        shares=shares[0],
        strongest_for=strongest(values, waves, sign=1, most=MOST_FOR, leads=leads),
        strongest_against=strongest(values, waves, sign=-1, most=_MOST_AGAINST, leads=leads),
        by_lead=lead_bars(shares, leads),
        by_wave=wave_bars(shares),
        additive=is_additive(found),
        sums=(float(size[values > 0].sum()), 0.0 - float(size[values < 0].sum())),
        signed=is_additive(found) or any(bool((one.values[0] < 0).any()) for one in draws),
        draws=len(draws),
        steady=float(size[same].sum() / (size.sum() or 1)),
    )


def about(one: MethodExplanation) -> str:
    """In a line: what it sums to or that it has no sign, and whether draws repeat it."""
    parts = []
    if one.problem:
        parts.append(f"not valid: {one.problem}")
    if not any(one.sums):
        parts.append("zero everywhere")
    elif one.additive:
        speaks_for, against = one.sums
        less = f"−{-against:.3g}" if against else "0"
        parts.append(f"for +{speaks_for:.3g}, against {less}, in log-odds")
    elif not one.signed:
        parts.append("size alone: a map without a sign says nothing for or against")
    if one.draws > 1:
        parts.append(
            f"the first of {one.draws} independent draws; in all of them "
            f"{100 * one.steady:.0f} % of its |{one.what}| has the same sign"
        )
    return "  ·  ".join(parts)


def is_additive(found: Attributions) -> bool:
    """Only a method that promises a sum attributes log-odds; a gradient or a CAM does not."""
    return not np.isnan(found.residual[0])
