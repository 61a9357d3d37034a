"""Is a beat explained like the next one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int8, Int64

from xai_bench.data.beat_finder import FINE_HZ, at_fine_rate, find_beats, reach
from xai_bench.studies.stability.compared_models import Piece
from xai_bench.studies.stability.comparisons import Found, Key, found
from xai_bench.studies.stability.schema import FLOORS, SIMILARITIES, WAVES_OF_A_BEAT
from xai_bench.studies.stability.similarity import Similarity, prepare, similarities
from xai_bench.types import WAVES

__all__ = ["PARTS", "Aligned", "align", "beat_by_beat"]

PARTS = ("beat", *WAVES_OF_A_BEAT)
"""Of two beats, what is compared: all of them, or the samples that are of one wave in both.

Of a P before R, and of an ST or T after it: at high rates a beat begins in the T of another.
"""

_USUAL = 1.0  # seconds between beats, where no two are neighbours
_LATE = 1.6  # of the usual interval: beyond it a beat is missing, as in data/beat_finder.py
_FEW = "fewer than two neighbouring beats that are typical and there whole"
_NONE = "no typical beat that is there whole, here or in the other recording"
_ALONE = "no recording of another patient"

Means = Mapping[str, Mapping[str, tuple[float, str]]]
"""Part -> measure -> mean over pairs of beats, or NaN and why."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """The typical beats of a recording that are there whole.

    They are aligned on R, and their waves with them: the onset of a P or T is an estimate, and R is
    what the estimates start from.
    """

    at: Int64[np.ndarray, " beat"]
    """Samples of R."""
    follows: Bool[np.ndarray, " beat"]
    """Whether the next of `at` is the heart's next beat."""
    before: int
    after: int
    """Samples that belong to a beat before its R, and from it on."""
    waves: Int8[np.ndarray, " time"]
    """Index into WAVES for every sample of the recording."""


def align(
    millivolt: Float[np.ndarray, "12 time"], waves: Int8[np.ndarray, " time"], rate_hz: float
) -> Aligned:
    """Find the beats (data/beat_finder.py); each reaches as far as `reach` says."""
    beats = find_beats(at_fine_rate(millivolt, rate_hz), FINE_HZ)
    usual = float(np.median(beats.rr)) if len(beats.rr) else _USUAL
    before, after = reach(usual, rate_hz)
    at = np.rint(beats.at * rate_hz / FINE_HZ).astype(np.int64)
    whole = beats.typical & (at >= before) & (at + after <= millivolt.shape[1])
    kept = whole.nonzero()[0]
    near = np.diff(at[kept]) < _LATE * usual * rate_hz
    last = np.zeros(min(len(kept), 1), dtype=np.bool_)
    follows = np.concatenate([(np.diff(kept) == 1) & near, last])
    return Aligned(at=at[kept], follows=follows, before=before, after=after, waves=waves)


def beat_by_beat(piece: Piece) -> Iterator[Found]:
    """Similarity of the attributions of neighbouring beats of a recording, the mean over pairs; and
    the floor, of its beats and those of another patient, explained for the same class."""
    partners, of_partners = piece.of_partners
    rate = piece.recordings.rate_hz
    own, others = (
        [
            align(signal, waves, rate)
            for signal, waves in zip(given.signal, batch.waves.cpu().numpy(), strict=True)
        ]
        for given, batch in ((piece.recordings, piece.batch), (partners, of_partners))
        if batch.waves is not None
    )
    for method, explanation in piece.explained.items():
        here = explanation.values.cpu().numpy()
        there = piece.explained_partners[method].values.cpu().numpy()
        flaws = explanation.flaws
        both = [
            _ALONE if partner is None else mine or theirs
            for partner, mine, theirs in zip(
                piece.partners, flaws, piece.explained_partners[method].flaws, strict=True
            )
        ]
        rows = range(len(piece))
        next_ = [_flawed(flaws[i]) or _neighbours(here[i], own[i]) for i in rows]
        floor = [_flawed(both[i]) or _strangers(here[i], own[i], there[i], others[i]) for i in rows]
        for condition, means in (("next beat", next_), (FLOORS["beats"], floor)):
            for part in PARTS:
                key = Key(
                    question="beats",
                    model=piece.subject.name,
                    method=method,
                    against=part,
                    condition=condition,
                )
                yield from found(key, piece.recordings, _gathered(means, part))


def _neighbours(attribution: Float32[np.ndarray, "12 time"], beats: Aligned) -> Means:
    first = beats.follows.nonzero()[0]
    if len(first) == 0:
        return _none(_FEW)
    places = _windows(beats, beats.before, beats.after)
    one, other = places[first], places[first + 1]
    return _compared(
        attribution, beats.waves, one, attribution, beats.waves, other, before=beats.before
    )


def _strangers(
    attribution: Float32[np.ndarray, "12 time"],
    beats: Aligned,
    of_another: Float32[np.ndarray, "12 time"],
    others: Aligned,
) -> Means:
    """Beat k of one and beat k of the other, as far as both reach."""
    count = min(len(beats.at), len(others.at))
    if count == 0:
        return _none(_NONE)
    before, after = min(beats.before, others.before), min(beats.after, others.after)
    here, there = (_windows(each, before, after)[:count] for each in (beats, others))
    return _compared(attribution, beats.waves, here, of_another, others.waves, there, before=before)


def _windows(beats: Aligned, before: int, after: int) -> Int64[np.ndarray, "beat sample"]:
    return np.asarray(beats.at[:, None] + np.arange(-before, after))


def _compared(
    a: Float32[np.ndarray, "12 time"],
    waves_a: Int8[np.ndarray, " time"],
    places_a: Int64[np.ndarray, "pair sample"],
    b: Float32[np.ndarray, "12 time"],
    waves_b: Int8[np.ndarray, " time"],
    places_b: Int64[np.ndarray, "pair sample"],
    before: int,
) -> Means:
    """The mean over pairs of beats, a at places_a[k] and b at places_b[k]; R after `before`."""
    beats_a, beats_b = (
        torch.from_numpy(values[:, places]).transpose(0, 1)
        for values, places in ((a, places_a), (b, places_b))
    )
    means: dict[str, Mapping[str, tuple[float, str]]] = {}
    means["beat"] = _mean([similarities(prepare(beats_a), prepare(beats_b))])
    labels_a, labels_b = waves_a[places_a], waves_b[places_b]
    for wave in WAVES_OF_A_BEAT:
        label = WAVES.index(wave)
        in_both = (labels_a == label) & (labels_b == label) & _side(wave, before, labels_a.shape[1])
        pairs = [
            similarities(prepare(beats_a[k : k + 1, :, mask]), prepare(beats_b[k : k + 1, :, mask]))
            for k, mask in enumerate(torch.from_numpy(in_both))
            if mask.any()
        ]
        means[wave] = _mean(pairs) if pairs else _none(f"no {wave} in both of two beats")[wave]
    return means


def _side(wave: str, before: int, samples: int) -> Bool[np.ndarray, " sample"]:
    """Where a wave may be in a beat of so many samples, `before` of them before R."""
    from_r = np.arange(samples) >= before
    return {"P": ~from_r, "QRS": np.ones_like(from_r), "ST": from_r, "T": from_r}[wave]


def _mean(pairs: Sequence[dict[str, Similarity]]) -> dict[str, tuple[float, str]]:
    """Over the pairs that have a score."""
    found = {}
    for name in SIMILARITIES:
        scores = np.concatenate([pair[name].scores for pair in pairs])
        known = np.isfinite(scores)
        if known.any():
            found[name] = float(scores[known].mean()), ""
        else:
            found[name] = float("nan"), pairs[0][name].reasons[0]
    return found


def _flawed(flaw: str) -> Means | None:
    return _none(flaw) if flaw else None


def _none(reason: str) -> Means:
    return {part: dict.fromkeys(SIMILARITIES, (float("nan"), reason)) for part in PARTS}


def _gathered(means: Sequence[Means], part: str) -> dict[str, Similarity]:
    return {
        name: Similarity(
            scores=np.array([one[part][name][0] for one in means]),
            reasons=tuple(one[part][name][1] for one in means),
        )
        for name in SIMILARITIES
    }
