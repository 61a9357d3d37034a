"""The beat that a recording has in common, with what is said of it on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from xai_bench.data.beat_finder import (
    FINE_HZ,
    at_fine_rate,
    find_beats,
    median_beat,
    reach,
    stack_beats,
)
from xai_bench.types import Recordings

__all__ = ["BeatView", "beat_view"]

_FEWEST = 3
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatView:
    """Whole typical beats, aligned on their QRS."""

    signal: Float32[np.ndarray, "lead sample"]
    """Their median in millivolt at `FINE_HZ`."""
    starts: Int64[np.ndarray, " beat"]
    """First sample of each at the rate of the maps, rounded: off by half a sample at most."""
    samples: int
    """Of a beat, at the rate of the maps."""

    def mean(self, values: Float32[np.ndarray, "lead time"]) -> Float32[np.ndarray, "lead sample"]:
        """Of the beats, sample by sample."""
        mean: Float32[np.ndarray, "lead sample"] = (
            self._cut(values).mean(axis=1, dtype=np.float64).astype(np.float32)
        )
        return mean

    def half(self, mask: Bool[np.ndarray, "lead time"]) -> Bool[np.ndarray, "lead sample"]:
        """Where half of the beats or more have it."""
        there: Bool[np.ndarray, "lead sample"] = self._cut(mask).mean(axis=1) >= _HALF
        return there

    def _cut(self, values: np.ndarray) -> np.ndarray:
        cut: np.ndarray = values[:, self.starts[:, np.newaxis] + np.arange(self.samples)]
        return cut


def beat_view(fine: Recordings, map_hz: float) -> BeatView | None:
    """Of Recordings of one, at any rate; None where fewer than three whole beats of one shape are
    found. map_hz: the rate of the maps that will be averaged."""
    signal = at_fine_rate(fine.signal[0], fine.rate_hz)
    beats = find_beats(signal, FINE_HZ)
    stack, before = stack_beats(signal, beats)
    if len(stack) < _FEWEST:
        return None
    _, after = reach(float(np.median(beats.rr)) if len(beats.rr) else 1.0, FINE_HZ)
    at = beats.at[beats.typical]
    at = at[(at >= before) & (at + after <= signal.shape[1])]
    samples = int((before + after) / FINE_HZ * map_hz)
    last = round(fine.seconds * map_hz) - samples
    starts = np.clip(np.rint((at - before) / FINE_HZ * map_hz).astype(np.int64), 0, last)
    return BeatView(signal=median_beat(stack).astype(np.float32), starts=starts, samples=samples)
