"""Waves that were found beside waves that are known: which are missed, and how far edges lie off.

The field's measures (Martinez et al., IEEE Trans. Biomed. Eng. 51, 2004): sensitivity and positive
predictive value with a window of 150 ms, and the error of onset and offset, mean and SD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int8

from xai_bench.stats.bootstrap import (
    FEWEST_PATIENTS,
    draw_patients,
    drawn_sums,
    patients_sums,
    percentiles,
)
from xai_bench.types import WAVES

__all__ = ["EDGE_S", "MEASURES", "WINDOW_S", "Matches", "error_rows", "match_waves", "matches_of"]

WINDOW_S: Final = 0.15
"""Seconds between the middles of a wave and of the one that was found for it."""
EDGE_S: Final = 0.5
"""Seconds at both ends of a recording whose waves are not asked for, as they may be cut."""
DELINEATED = ("P", "QRS", "T")
MEASURES = ("sensitivity", "ppv", "onset_mean", "onset_sd", "offset_mean", "offset_sd")
"""Shares, and milliseconds by which an edge is found later than it is."""

Labels = Int8[np.ndarray, " time"]
Spans = Float64[np.ndarray, "wave 2"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """What became of the waves of one kind of one recording."""

    known: int
    """Waves away from the edges."""
    hit: int
    """Of these, those that were found."""
    found: int
    """Waves that were found, away from the edges."""
    right: int
    """Of these, those that are known."""
    late_ms: Float64[np.ndarray, "hit 2"]
    """By how much onset and offset of the hits were found later."""


def spans_of(labels: Labels, wave: str, rate_hz: float) -> Spans:
    """Onset and offset of each run of a wave, seconds."""
    inside = np.concatenate([[False], labels == WAVES.index(wave), [False]])
    steps = np.diff(inside.astype(np.int8))
    edges = np.stack([np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)], axis=1)
    return np.asarray(edges / rate_hz)


def match_waves(
    known: Float64[np.ndarray, "known 2"], found: Float64[np.ndarray, "found 2"], seconds: float
) -> Matches:
    """Two waves match where each is the other's nearest, by their middles, within WINDOW_S."""
    middles = [spans.mean(axis=1) for spans in (known, found)]
    asked, given = ((at >= EDGE_S) & (at < seconds - EDGE_S) for at in middles)
    mine, its = np.zeros(len(known), dtype=bool), np.zeros(len(found), dtype=bool)
    nearest = np.zeros(len(known), dtype=np.int64)
    if len(known) and len(found):
        apart = np.abs(middles[0][:, None] - middles[1])
        nearest = apart.argmin(axis=1)
        rows = np.arange(len(known))
        mine = (apart.argmin(axis=0)[nearest] == rows) & (apart[rows, nearest] <= WINDOW_S)
        its[nearest[mine]] = True
    hits = np.flatnonzero(mine & asked)
    return Matches(
        known=int(asked.sum()),
        hit=len(hits),
        found=int(given.sum()),
        right=int((its & given).sum()),
        late_ms=1000 * (found[nearest[hits]] - known[hits]),
    )


def matches_of(known: Labels, found: Labels, rate_hz: float) -> dict[str, Matches]:
    """Of P, QRS and T of one recording, both labels as indices into WAVES."""
    seconds = len(known) / rate_hz
    return {
        wave: match_waves(spans_of(known, wave, rate_hz), spans_of(found, wave, rate_hz), seconds)
        for wave in DELINEATED
    }


def error_rows(
    each: Sequence[dict[str, Matches]], patients: Sequence[str], *, seed: int = 0
) -> pd.DataFrame:
    """wave, measure, value, low, high, n, patients, reason: a row for each wave and measure.

    each: of every recording. value is of all waves together, n how many waves it is of; low and
    high are the 95 % percentile interval over resamples of patients. A wave that is not in the
    truth, as P and T in annotations of beats, has no value.
    """
    rows = []
    people = len(set(patients))
    drawn = draw_patients(people, seed)
    for wave in each[0]:
        sums = patients_sums(np.array([_sums(one[wave]) for one in each]), patients)
        total = _measures(sums.sum(axis=0)[None])[0]
        resampled = _measures(drawn_sums(drawn, sums))
        known, _, found, *_ = sums.sum(axis=0)
        hits = sum(one[wave].hit for one in each)
        for column, measure in enumerate(MEASURES):
            n = {"sensitivity": known, "ppv": found}.get(measure, hits)
            low = high = float("nan")
            reason = "" if np.isfinite(total[column]) else "no such waves"
            if not reason and people >= FEWEST_PATIENTS:
                low, high = percentiles(resampled[:, column])
            rows.append(
                (wave, measure, total[column], low, high, int(n), len(each), people, reason)
            )
    names = ["wave", "measure", "value", "low", "high", "n", "recordings", "patients", "reason"]
    return pd.DataFrame(rows, columns=names)


def _sums(one: Matches) -> Float64[np.ndarray, "8"]:
    """What all measures are functions of, when added over recordings."""
    late = one.late_ms
    counts = (one.known, one.hit, one.found, one.right)
    return np.array([*counts, *late.sum(axis=0), *(late**2).sum(axis=0)], dtype=np.float64)


def _measures(sums: Float64[np.ndarray, "row 8"]) -> Float64[np.ndarray, "row measure"]:
    known, hit, found, right, *late = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        on, off, on_square, off_square = (one / hit for one in late)
        sds = (np.sqrt(np.maximum(b - a**2, 0)) for a, b in ((on, on_square), (off, off_square)))
        on_sd, off_sd = sds
        return np.stack([hit / known, right / found, on, on_sd, off, off_sd], axis=1)
