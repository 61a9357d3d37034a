"""Where an attribution lies: shares of leads and waves, strongest regions, windows of each lead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64, Num

from xai_bench.errors import InputError
from xai_bench.types import LEADS, WAVES

__all__ = ["Region", "Segment", "Shares", "Windows", "number_beats", "sentence", "share_out"]
__all__ += ["strongest", "top_segments"]

_STRONG = 0.5
"""Of the mean over beats: less in a beat, and it is not one of those a region is over."""

Waves = Int8[np.ndarray, " time"]
LeadsByWaves = Float64[np.ndarray, "lead wave"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shares:
    """Of all that is positive, and of all that is negative, what lies on each wave of each lead.

    Each table sums to 1, or is zero where nothing has that sign. Waves are in the order of WAVES.
    """

    positive: LeadsByWaves
    negative: LeadsByWaves
    against: float
    """All that is negative over all that is not zero, regardless of sign; 0 if nothing is."""

    @property
    def speaks_for(self) -> LeadsByWaves:
        """Of all that is not zero, regardless of sign; with `speaks_against` it sums to 1."""
        return self.positive * (1 - self.against)

    @property
    def speaks_against(self) -> LeadsByWaves:
        return self.negative * self.against


def share_out(attribution: Num[np.ndarray, "lead time"], waves: Waves) -> Shares:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A wave of a lead in some beats."""

    lead: str
    """Or "all leads"."""
    wave: str
    runs: tuple[tuple[int, int], ...]
    """First and last beat of each run, from 1; empty where the recording has no beats."""
    every: bool
    """Whether these are all beats."""
    share: float
    """Of all that is positive, or of all that is negative, in the recording."""


def number_beats(waves: Waves) -> Int64[np.ndarray, " time"]:
    """The beat of each sample, from 0; the ends of the recording belong to the outermost beats.

    A beat begins with its P, or with its QRS where it has none, and lasts until the next begins.
    """
    qrs = waves == WAVES.index("QRS")
    starts = np.flatnonzero(qrs & ~np.concatenate([[False], qrs[:-1]]))
    leading = np.isin(waves, [WAVES.index("P"), WAVES.index("PR")])
    begins = np.zeros(len(waves), dtype=np.int64)
    for start in starts[1:]:
        begins[np.flatnonzero(~leading[:start])[-1] + 1] = 1  # the QRS before is none of them
    beats: Int64[np.ndarray, " time"] = begins.cumsum()
    return beats


def strongest(
    attribution: Num[np.ndarray, "lead time"],
    waves: Waves,
    *,
    sign: int,
    most: int,
    leads: Sequence[str] = LEADS,
) -> list[Region]:
    """Up to `most` regions that hold the largest shares of what is positive (sign 1) or negative.

    s[l, w, b] is the sum over the samples of wave w of lead l in beat b of max(sign * a, 0), over
    that of the whole recording. The region (l, w) is over the beats where s[l, w, b] is at least
    half of its mean over the beats that have this wave; its share is the sum over these beats.
    A map that is the same in all leads, as of a method without a lead axis, counts once, for
    "all leads".
    """
    part = np.maximum(sign * attribution.astype(np.float64), 0)
    part /= part.sum() or 1
    beat, has_beats = number_beats(waves), bool((waves == WAVES.index("QRS")).any())
    cell = waves.astype(np.int64) * (beat[-1] + 1) + beat
    shape = (len(WAVES), beat[-1] + 1)
    there = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape) > 0
    found = []
    has_leads = len(leads) == 1 or bool((attribution != attribution[0]).any())
    rows = zip(leads, part, strict=True) if has_leads else [("all leads", part.sum(axis=0))]
    for lead, row in rows:
        by_beat = np.bincount(cell, weights=row, minlength=there.size).reshape(shape)
        for wave, values, has in zip(WAVES, by_beat, there, strict=True):
            if not values.any():
                continue
            strong = has & (values >= _STRONG * values[has].mean())
            found.append(
                Region(
                    lead=lead,
                    wave=wave,
                    runs=_runs(strong) if has_beats else (),
                    every=bool((strong == has).all()),
                    share=float(values[strong].sum()),
                )
            )
    return sorted(found, key=lambda region: -region.share)[:most]


def sentence(region: Region, *, what: str) -> str:
    """Such as "V2, ST, beats 3-9: 41 % of positive evidence", with `what` at the end."""
    if region.runs:
        wave = "outside the waves found" if region.wave == "none" else region.wave
        where = f"{wave}, {'all beats' if region.every else _beats(region.runs)}"
    else:
        where = "whole recording" if region.wave == "none" else region.wave
    percent = 100 * region.share
    share = "under 1" if percent < 0.5 else f"{percent:.0f}"
    return f"{region.lead}, {where}: {share} % of {what}"


def _beats(runs: Sequence[tuple[int, int]]) -> str:
    named = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return f"beat{'' if named == [str(runs[0][0])] else 's'} {', '.join(named)}"


def _runs(chosen: Bool[np.ndarray, " beat"]) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    return tuple((int(a) + 1, int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


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
    wide, apart = (_samples(s, rate_hz) for s in (windows.seconds, windows.stride))
    if not 1 <= wide <= samples:
        raise InputError(
            f"a window of {windows.seconds:g} s has {wide:.15g} samples at {rate_hz:g} Hz; it "
            f"must have 1 to {samples}"
        )
    if not 1 <= apart <= samples:
        what = "more than the recording has" if apart > samples else "less than a sample"
        raise InputError(
            f"a stride of {windows.stride:g} s is {what}; it must have 1 to {samples} samples at "
            f"{rate_hz:g} Hz"
        )
    width, step = int(wide), int(apart)
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


def _samples(seconds: float, rate_hz: float) -> float:
    """The nearest whole number; infinity stays what it is."""
    exact = seconds * rate_hz
    return round(exact) if math.isfinite(exact) else exact
