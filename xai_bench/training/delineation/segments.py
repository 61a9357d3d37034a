"""A trace cut into its waves and what lies between, to be changed and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int8

__all__ = ["Segment", "put_together", "resampled", "take_apart"]

Lead = Float64[np.ndarray, " time"]
Labels = Int8[np.ndarray, " time"]


@dataclass(slots=True, eq=False)
class Segment:
    """One run of a label: a straight line from its first sample to that of the next segment, and
    what lies above it."""

    wave: int
    """Index into WAVES."""
    course: Float64[np.ndarray, " sample"]
    """Millivolt above the line; 0 at its first sample."""
    rise: float
    """Millivolt from its first sample to that of the next segment."""

    def __len__(self) -> int:
        return len(self.course)


def take_apart(lead: Lead, labels: Labels) -> tuple[float, list[Segment]]:
    """The level of the first sample, and the segments in order."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(labels) != 0]))
    stops = np.append(starts[1:], len(labels))
    ends = np.append(lead[starts[1:]], lead[-1])
    parts = []
    for start, stop, end in zip(starts, stops, ends, strict=True):
        rise = float(end - lead[start])
        line = lead[start] + rise * np.arange(stop - start) / (stop - start)
        parts.append(Segment(int(labels[start]), lead[start:stop] - line, rise))
    return float(lead[0]), parts


def put_together(level: float, parts: Sequence[Segment]) -> tuple[Lead, Labels]:
    """Segments one after the other, each beginning where the line of the one before ends; one
    without samples is left out with its rise, so that what it joined meets without a step."""
    leads, labels = [np.zeros(0)], [np.zeros(0, dtype=np.int8)]
    for part in parts:
        if samples := len(part):
            line = level + part.rise * np.arange(samples) / samples
            leads.append(line + part.course)
            labels.append(np.full(samples, part.wave, dtype=np.int8))
            level += part.rise
    return np.concatenate(leads), np.concatenate(labels)


def resampled(course: Float64[np.ndarray, " sample"], samples: int) -> Lead:
    """The course drawn out or pressed together to so many samples, linearly; its end is 0."""
    if samples == len(course):
        return course
    places = np.linspace(0, len(course), samples, endpoint=False)
    return np.asarray(np.interp(places, np.arange(len(course) + 1), np.append(course, 0.0)))
