"""On how many recordings of a run a metric is measured: on fewer where explanations cost much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xai_bench.methods import Method
from xai_bench.zoo import Metric

__all__ = ["blocks_of", "most_recordings"]

_FEW_PASSES, _MANY_PASSES = 32, 64
"""Of an explanation: a method that takes more passes is measured on half, and on a quarter."""

_FEWEST = 16
"""Recordings with which the signed-rank test of two methods can still reach p = .05 after Holm's
correction for all pairs of 30: 2^-15 x 435 = .013."""


def most_recordings(metric: Metric, method: Method) -> int | None:
    """On how many recordings of a run, the first ones, a metric of a method is measured; None: all.

    The card's number for methods that take at most 32 passes for an explanation or do not say how
    many, half of it for those that take at most 64, and a quarter for those that take more; but at
    least 16, or the card's number if that is less.
    """
    most = metric.card.recordings
    if not most:
        return None
    passes = method.passes or 0
    share = 1 if passes <= _FEW_PASSES else 2 if passes <= _MANY_PASSES else 4
    return max(most // share, min(most, _FEWEST))


def blocks_of(count: int, size: int, first: int, ends: Iterable[int]) -> Iterator[slice]:
    """Blocks of at most `size` of some recordings, none with recordings on both sides of an end.

    first: the place in the run of the first of these recordings. ends: places in the run.
    """
    cuts = sorted({end - first for end in ends})
    start = 0
    while start < count:
        stop = min(start + size, count)
        stop = next((cut for cut in cuts if start < cut < stop), stop)
        yield slice(start, stop)
        start = stop
