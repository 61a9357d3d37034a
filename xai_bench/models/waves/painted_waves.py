"""From what leads say of P, QRS and T to one label a sample."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int8

from xai_bench.types import WAVES

__all__ = ["FOUND", "painted", "seen_by_leads"]

FOUND = ("P", "QRS", "T")
"""The waves of the rows of scores."""
_LEAST = 0.5
_GAP = 0.024
"""Seconds of nothing within a wave that are of the wave."""
_SHORTEST = {"P": 0.03, "QRS": 0.03, "T": 0.06}
"""Seconds; a shorter one is none."""

Scores = Float[np.ndarray, "3 time"]
Labels = Int8[np.ndarray, " time"]

_NONE, _P, _PR, _QRS, _ST, _T, _TP = range(len(WAVES))


def seen_by_leads(
    scores: Float[np.ndarray, "lead 3 read"], rate_hz: float, wanted_hz: float, samples: int
) -> Scores:
    """The mean of the leads, at so many samples of another rate; between two samples a line."""
    mean = scores.mean(axis=0)
    places = np.arange(samples) * (rate_hz / wanted_hz)
    return np.stack([np.interp(places, np.arange(mean.shape[1]), row) for row in mean])


def painted(scores: Scores, rate_hz: float) -> Labels:
    """Index into WAVES for every sample, by the scores (0 to 1) of P, QRS and T.

    A sample lies in the wave with the highest score that is at least a half. Gaps of up to 24 ms
    are closed, and a P or QRS of less than 30 ms or a T of less than 60 ms is none. What lies
    between is named by its neighbours: PR from P to QRS, ST from QRS to T, TP after T and before
    anything else; "none" from a QRS to anything but a T, where no T was found, and throughout where
    no QRS is.
    """
    of_row = np.array([WAVES.index(wave) for wave in FOUND], dtype=np.int8)
    labels = np.where(scores.max(axis=0) >= _LEAST, of_row[scores.argmax(axis=0)], _NONE)
    labels = labels.astype(np.int8)
    for before, (start, stop), after in _runs(labels):
        if labels[start] == _NONE and before == after and stop - start <= _GAP * rate_hz:
            labels[start:stop] = before
    for _, (start, stop), _ in _runs(labels):
        shortest = _SHORTEST.get(WAVES[labels[start]], 0.0)
        if stop - start < shortest * rate_hz:
            labels[start:stop] = _NONE
    if not (labels == _QRS).any():
        return np.zeros_like(labels)
    for before, (start, stop), after in _runs(labels):
        if labels[start] == _NONE:
            labels[start:stop] = _between(before, after)
    return labels


def _runs(labels: Labels) -> list[tuple[int | None, tuple[int, int], int | None]]:
    """First sample and end of each run of a label, with the labels before and after it."""
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts, stops = [0, *edges.tolist()], [*edges.tolist(), len(labels)]
    waves = [int(labels[start]) for start in starts]
    neighbours = zip([None, *waves[:-1]], [*waves[1:], None], strict=True)
    spans = zip(starts, stops, strict=True)
    return [(a, span, b) for (a, b), span in zip(neighbours, spans, strict=True)]


def _between(before: int | None, after: int | None) -> int:
    if before == _QRS:
        # At the end of a recording the T may lie behind it.
        return _ST if after in (_T, None) else _NONE
    if before is None and after == _T:
        return _ST
    return _PR if (before, after) == (_P, _QRS) else _TP
