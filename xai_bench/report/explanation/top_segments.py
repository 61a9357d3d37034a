"""The windows of each lead that speak most for and against the target, as ECG-IMN shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Num

from xai_bench.errors import InputError

__all__ = ["Segment", "Windows", "top_segments"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Which windows are looked at, and how many are shown."""

    most: int
    """In each lead, of either sign."""
    seconds: float = 0.5
    stride: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A window of one lead."""

    lead: int
    first: int
    stop: int
    """Samples."""
    sum: float


def top_segments(
    attribution: Num[np.ndarray, "lead time"], rate_hz: float, windows: Windows
) -> list[Segment]:
    """Per lead, up to `windows.most` windows of the largest positive sum and as many of the lowest
    negative one, by Thambawita et al. (2026).

    Windows begin every `stride` and lie within the recording; those that overlap count the samples
    they share twice. Raises InputError for windows that are none.
    """
    samples = attribution.shape[1]
    width, step = round(windows.seconds * rate_hz), round(windows.stride * rate_hz)
    if not 1 <= width <= samples:
        raise InputError(
            f"a window of {windows.seconds:g} s has {width} samples at {rate_hz:g} Hz; it must "
            f"have 1 to {samples}"
        )
    if step < 1:
        raise InputError(f"a stride of {windows.stride:g} s is less than a sample")
    starts = np.arange(0, samples - width + 1, step)
    total = np.pad(attribution.astype(np.float64).cumsum(axis=1), ((0, 0), (1, 0)))
    sums = total[:, starts + width] - total[:, starts]
    found = []
    for lead, row in enumerate(sums):
        order = np.argsort(-row, kind="stable")
        highest = [i for i in order[: windows.most] if row[i] > 0]
        lowest = [i for i in order[::-1][: windows.most] if row[i] < 0]
        found += [
            Segment(lead=lead, first=int(starts[i]), stop=int(starts[i]) + width, sum=float(row[i]))
            for i in (*highest, *lowest)
        ]
    return found
