"""The numbers of the bars beside a picture, which the tables of the terminal show too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from xai_bench.report.explanation.attribution_regions import Shares
from xai_bench.types import WAVES

__all__ = ["Bars", "Range", "lead_bars", "wave_bars"]

Values = Float64[np.ndarray, " name"]
Range = tuple[Values, Values]
"""Lowest and highest over draws."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """What speaks for the target and against it, by lead or by wave.

    All are shares of the sum of |attribution| over the whole recording: over all names the two
    signs together sum to 1, or to 0 where the attribution is zero everywhere.
    """

    names: tuple[str, ...]
    speaks_for: Values
    speaks_against: Values
    for_range: Range | None = None
    """Of a method that draws."""
    against_range: Range | None = None


def lead_bars(draws: Sequence[Shares], leads: Sequence[str]) -> Bars:
    """Of the first draw, with what all of them range over."""
    return _bars(draws, tuple(leads), axis=1)


def wave_bars(draws: Sequence[Shares]) -> Bars:
    """Of the first draw; all waves, in the order of WAVES."""
    return _bars(draws, WAVES, axis=0)


def _bars(draws: Sequence[Shares], names: tuple[str, ...], *, axis: int) -> Bars:
    up = np.stack([one.speaks_for.sum(axis=axis) for one in draws])
    down = np.stack([one.speaks_against.sum(axis=axis) for one in draws])
    drawn = len(draws) > 1
    return Bars(
        names=names,
        speaks_for=up[0],
        speaks_against=down[0],
        for_range=(up.min(axis=0), up.max(axis=0)) if drawn else None,
        against_range=(down.min(axis=0), down.max(axis=0)) if drawn else None,
    )
