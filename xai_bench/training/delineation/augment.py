"""Planted traces changed as hearts, electrodes and recorders may change them, with their waves.

The rules are those of Jimenez-Perez et al. (arXiv 2111.12996), who compose traces of segments
that were cut from annotated recordings, with their probabilities where they are known. Ours change
the segments of planted beats instead, so sizes are relative to those; what else is ours:

    without P      atrial fibrillation and ectopic beats have no P, and no mask of one
    noise          what takes the place of a removed wave has the noise of the TP beside it
    dropped beats  an AV block is a P after which nothing follows
    mixing         waves of another trace, drawn out to the same length, are mixed into each
    left out       nothing of a pool of segments: scales by pool, ectopics by width of a QRS
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xai_bench.training.delineation.segments import (
    Labels,
    Lead,
    Segment,
    put_together,
    resampled,
    take_apart,
)
from xai_bench.types import WAVES

__all__ = ["Trace", "augment"]

_NONE, _P, _PR, _QRS, _ST, _T, _TP = range(len(WAVES))
_DRAWN = (_P, _QRS, _T)

_SIZE = {_P: 0.45, _QRS: 0.2, _T: 0.35}
"""Of the logarithm of a wave's height, by trace (SD); a quarter of it by beat."""
_HAMMING = np.hamming(5) / np.hamming(5).sum()


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One lead and the wave of each of its samples."""

    lead: Lead
    """Millivolt."""
    labels: Labels
    """Index into WAVES."""
    rate_hz: float


def augment(trace: Trace, donor: Trace, rng: np.random.Generator) -> Trace:
    """The trace as it could have been; of another length.

    donor: another trace, whose waves may be mixed into this one's.
    """
    level, parts = take_apart(trace.lead, trace.labels)
    if not any(part.wave == _QRS for part in parts):
        return _recorded(trace, rng)
    if rng.random() < 0.25:
        _mix(parts, take_apart(donor.lead, donor.labels)[1], rng)
    _scale(parts, rng)
    fibrillates = rng.random() < 0.1
    if rng.random() < 0.1:
        _tachycardia(parts, rng)
        fibrillates = False
    else:
        _ectopic(parts, rng, 0.1)
        if fibrillates:
            _remove(parts, range(len(parts)), (_P, _PR))
        if rng.random() < 0.1:
            _drop_beats(parts, rng, 0.25)
        if rng.random() < 0.1:
            _pause(parts, rng, trace.rate_hz)
    if rng.random() < 0.2:
        _elevate(parts, rng)
    if rng.random() < 0.1:
        _add_u(parts, rng, trace.rate_hz)
    if rng.random() < 0.2:
        for part in parts:
            _stretch(part, rng.uniform(0.85, 1.15))
    if rng.random() < 0.1:  # a fast sinus rhythm
        shorter = rng.uniform(0.65, 0.95)
        for part in parts:
            _stretch(part, shorter * (rng.uniform(0.3, 0.8) if part.wave == _TP else 1.0))
    for wave, share in ((_TP, 0.25), (_PR, 0.15), (_ST, 0.25)):
        if rng.random() < share:
            for part in parts:
                if part.wave == wave:
                    part.course = part.course[:0]
    lead, labels = put_together(level, parts)
    if fibrillates:
        lead = lead + _flutter(len(lead), trace.rate_hz, rng)
    return _recorded(Trace(lead, labels, trace.rate_hz), rng)


def _mix(parts: list[Segment], others: list[Segment], rng: np.random.Generator) -> None:
    """The heights of two hearts, mostly of the one: Beta(25, 5)."""
    own = rng.beta(25.0, 5.0)
    for wave in _DRAWN:
        pool = [part.course for part in others if part.wave == wave]
        if pool:
            other = pool[rng.integers(len(pool))]
            for part in parts:
                if part.wave == wave:
                    part.course = own * part.course + (1 - own) * resampled(other, len(part))


def _scale(parts: list[Segment], rng: np.random.Generator) -> None:
    for wave, spread in _SIZE.items():
        size = rng.normal(0.0, spread)
        for part in parts:
            if part.wave == wave:
                part.course = part.course * np.exp(size + rng.normal(0.0, spread / 4))


def _stretch(part: Segment, factor: float) -> None:
    part.course = resampled(part.course, round(len(part) * factor))


def _quiet(parts: list[Segment], samples: int) -> Lead:
    """As many samples of TP, there and back again."""
    rest = max((part.course for part in parts if part.wave == _TP), key=len, default=np.zeros(1))
    both = np.concatenate([rest, rest[::-1]])
    return np.resize(both if both.size else np.zeros(1), samples)


def _remove(parts: list[Segment], places: range, waves: tuple[int, ...]) -> None:
    """These waves are TP."""
    for place in places:
        if parts[place].wave in waves:
            part = parts[place]
            parts[place] = Segment(_TP, _quiet(parts, len(part)), part.rise)


def _beats(parts: list[Segment]) -> list[range]:
    """The segments of each beat, from its P to the TP after it; of whole beats only."""
    starts = [
        next((k for k in (i - 2, i - 1) if k >= 0 and parts[k].wave == _P), i)
        for i, part in enumerate(parts)
        if part.wave == _QRS
    ]
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(parts)], strict=True)]


def _ectopic(parts: list[Segment], rng: np.random.Generator, share: float) -> None:
    """Wide beats without a P, of one shape, that come early; T points the other way."""
    wide, high, t_height = rng.uniform([1.3, 0.8, -1.8], [2.4, 1.8, -0.4])
    high *= rng.choice([-1.0, 1.0])
    for beat in _beats(parts):
        if rng.random() < share:
            _remove(parts, beat, (_P, _PR))
            for place in beat:
                part = parts[place]
                if part.wave == _QRS:
                    _stretch(part, wide)
                    part.course = part.course * high
                elif part.wave == _T:
                    part.course = part.course * t_height * np.sign(high)
                elif part.wave == _ST:
                    _stretch(part, 0.5)
            if beat.start and parts[beat.start - 1].wave == _TP:
                _stretch(parts[beat.start - 1], rng.uniform(0.2, 0.8))


def _tachycardia(parts: list[Segment], rng: np.random.Generator) -> None:
    """Ventricular: wide beats of one shape that follow each other."""
    _ectopic(parts, rng, 1.0)
    rest = rng.uniform(0.0, 0.3)
    for part in parts:
        if part.wave in (_TP, _ST):
            _stretch(part, rest)


def _drop_beats(parts: list[Segment], rng: np.random.Generator, share: float) -> None:
    for beat in _beats(parts):
        if rng.random() < share:
            _remove(parts, beat, (_PR, _QRS, _ST, _T))


def _pause(parts: list[Segment], rng: np.random.Generator, rate_hz: float) -> None:
    """The sinus node misses beats: one TP is longer by half a second to two."""
    places = [i for i, part in enumerate(parts) if part.wave == _TP]
    if places:
        part = parts[places[rng.integers(len(places))]]
        longer = len(part) + round(rng.uniform(0.5, 2.0) * rate_hz)
        part.course = _quiet(parts, longer)


def _elevate(parts: list[Segment], rng: np.random.Generator) -> None:
    """ST lies higher or lower than its baseline, by up to a fifth of QRS: QRS ends there, and T
    comes back."""
    heights = [float(np.abs(part.course).max()) for part in parts if part.wave == _QRS]
    height = rng.uniform(-0.2, 0.2) * float(np.median(heights))
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        if part.wave == _QRS and after is not None and after.wave in (_ST, _T):
            part.rise += height
        elif part.wave == _T:
            part.rise -= height


def _add_u(parts: list[Segment], rng: np.random.Generator, rate_hz: float) -> None:
    """A wave after T of 5 to 15 % of its height."""
    size, seconds = rng.uniform([0.05, 0.1], [0.15, 0.2])
    for before, part in pairwise(parts):
        if before.wave == _T and part.wave == _TP:
            bump = np.hanning(min(round(seconds * rate_hz), len(part)))
            peak = before.course[int(np.abs(before.course).argmax())]
            part.course = part.course.copy()
            part.course[: len(bump)] += size * peak * bump


def _flutter(samples: int, rate_hz: float, rng: np.random.Generator) -> Lead:
    """f waves of 0.01 to 0.1 mV at 4 to 9 Hz, whose rate and size wander."""
    hz = rng.uniform(4.0, 9.0) * (1 + 0.15 * _wander(samples, rate_hz, rng))
    phase = 2 * np.pi * (np.cumsum(hz) / rate_hz + rng.random())
    saw = np.sin(phase) + np.sin(2 * phase) / 2 + np.sin(3 * phase) / 3
    size: Lead = rng.uniform(0.01, 0.1) * (1 + 0.3 * _wander(samples, rate_hz, rng))
    return size * saw


def _recorded(trace: Trace, rng: np.random.Generator) -> Trace:
    """Another gain, speed, baseline and recorder: what the chest and the electrodes do."""
    gain = rng.normal(1.0, 0.25)
    speed = float(np.clip(rng.normal(1.0, 0.15), 0.75, 1.25))
    samples = round(len(trace.lead) * speed)
    places = np.linspace(0, len(trace.lead) - 1, samples)
    lead = gain * np.interp(places, np.arange(len(trace.lead)), trace.lead)
    labels = trace.labels[np.rint(places).astype(int)]
    height = float(np.ptp(lead))
    if rng.random() < 0.5:
        lead += 0.1 * height * rng.normal() * _wander(samples, trace.rate_hz, rng)
    if rng.random() < 0.25:
        power = float(np.mean((lead - lead.mean()) ** 2))
        lead += rng.normal(0.0, np.sqrt(power / 10 ** rng.uniform(1.5, 2.5)), samples)
    if rng.random() < 0.15:
        time = np.arange(samples) / trace.rate_hz
        hum = np.sin(2 * np.pi * (rng.choice([50.0, 60.0]) * time + rng.random()))
        lead += rng.uniform(0.005, 0.03) * height * hum
    if rng.random() < 0.15:
        spikes = rng.integers(samples, size=rng.integers(1, 6))
        lead[spikes] += rng.uniform(-0.7, 0.7, len(spikes)) * height
    if rng.random() < 0.05:
        start = rng.integers(samples)
        stop = start + round(rng.uniform(0.5, 4.0) * trace.rate_hz)
        lead[start:stop], labels[start:stop] = lead[start], _NONE
    if rng.random() < 0.3:
        lead = np.convolve(np.pad(lead, 2, mode="edge"), _HAMMING, mode="valid")
    return Trace(lead, labels, trace.rate_hz)


def _wander(samples: int, rate_hz: float, rng: np.random.Generator) -> Lead:
    """A random walk in steps of half a second, joined by lines, smooth to a quarter; SD near 1."""
    knots = np.cumsum(rng.normal(size=round(samples / rate_hz * 2) + 3))
    knots -= knots.mean()
    walk = np.interp(np.arange(samples) * 2 / rate_hz, np.arange(len(knots)), knots)
    width = round(rate_hz / 4)
    smooth = np.convolve(
        np.pad(walk, (width // 2, width - 1 - width // 2), mode="edge"),
        np.hamming(width) / np.hamming(width).sum(),
        mode="valid",
    )
    return np.asarray(smooth / max(float(smooth.std()), 1e-12))
