"""Is a beat explained like the next one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int8, Int64

from xai_bench.data.beat_finder import FINE_HZ, at_fine_rate, find_beats, reach
from xai_bench.studies.base import RecordingBatch
from xai_bench.studies.stability.batch_scores import BatchScores, Measurement
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.schema import FLOORS, SIMILARITIES, WAVES_OF_A_BEAT
from xai_bench.studies.stability.similarity import prepare, similarities
from xai_bench.types import WAVES

__all__ = ["PARTS", "AlignedBeats", "align", "compare_beats"]

PARTS = ("beat", *WAVES_OF_A_BEAT)
"""Of two beats, what is compared: all of them, or the samples that are of one wave in both."""

_USUAL = 1.0  # seconds between beats, where no two are neighbours
_LATE = 1.6  # of the usual interval: beyond it a beat is missing, as in data/beat_finder.py
_NO_NEIGHBOURS = "fewer than two neighbouring beats that are typical and there whole"
_NO_BEAT = "no typical beat that is there whole, here or in the other recording"

Means = Mapping[str, Mapping[str, tuple[float, str]]]
"""Part -> measure -> mean over pairs of beats, or NaN and why."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignedBeats:
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


_Explained = tuple[Float32[np.ndarray, "lead time"], AlignedBeats]
"""The attribution of a recording, and its beats."""


def align(
    millivolt: Float[np.ndarray, "lead time"], waves: Int8[np.ndarray, " time"], rate_hz: float
) -> AlignedBeats:
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
    return AlignedBeats(at=at[kept], follows=follows, before=before, after=after, waves=waves)


def compare_beats(batch: ComparedBatch) -> Iterator[BatchScores]:
    """Similarity of the attributions of neighbouring beats of a recording, the mean over pairs; and
    the floor, of its beats and those of another patient, explained for the same class."""
    beats, partner_beats = (_aligned(each) for each in (batch.own, batch.partners))
    for method, explanation in batch.own.explained.items():
        maps = explanation.values.cpu().numpy()
        partner_maps = batch.partners.explained[method].values.cpu().numpy()
        partner_flaws = batch.partner_flaws(method)
        neighbours, floor = [], []
        for row, partner in enumerate(batch.partner_places):
            own, other = (maps[row], beats[row]), (partner_maps[row], partner_beats[row])
            flaw = explanation.flaws[row]
            first = beats[row].follows.nonzero()[0]
            neighbours.append(_compared(own, own, first, first + 1, flaw, _NO_NEIGHBOURS))
            flaw = partner_flaws[row] if partner is None else flaw or partner_flaws[row]
            both = np.arange(min(len(beats[row].at), len(partner_beats[row].at)))
            floor.append(_compared(own, other, both, both, flaw, _NO_BEAT))
        for condition, means in (("next beat", neighbours), (FLOORS["beats"], floor)):
            for part in PARTS:
                yield BatchScores(method, condition, _gathered(means, part), against=part)


def _aligned(batch: RecordingBatch) -> list[AlignedBeats]:
    assert batch.batch.waves is not None, "make_batch delineates what is not known"
    signals, waves = batch.recordings.signal, batch.batch.waves.cpu().numpy()
    return [align(*each, batch.recordings.rate_hz) for each in zip(signals, waves, strict=True)]


def _compared(
    one: _Explained,
    other: _Explained,
    rows: Int64[np.ndarray, " pair"],
    other_rows: Int64[np.ndarray, " pair"],
    flaw: str,
    none: str,
) -> Means:
    """The mean over pairs: beat rows[k] of one and beat other_rows[k] of the other, as far as the
    beats of both reach.

    flaw: why the attributions must not be compared; none: why there are no pairs.
    """
    if flaw or not len(rows):
        return _undefined(flaw or none)
    (map_a, beats_a), (map_b, beats_b) = one, other
    before = min(beats_a.before, beats_b.before)
    offsets = np.arange(-before, min(beats_a.after, beats_b.after))
    places_a = beats_a.at[rows][:, None] + offsets
    places_b = beats_b.at[other_rows][:, None] + offsets
    a, b = (
        torch.from_numpy(values[:, places]).transpose(0, 1)
        for values, places in ((map_a, places_a), (map_b, places_b))
    )
    means = {"beat": _mean([similarities(prepare(a), prepare(b))])}
    labels_a, labels_b = beats_a.waves[places_a], beats_b.waves[places_b]
    # Of a P before R, and of an ST or T after it: at high rates a beat begins in the T of another.
    sides = {
        "P": offsets < 0,
        "QRS": np.ones_like(offsets, np.bool_),
        "ST": offsets >= 0,
        "T": offsets >= 0,
    }
    for wave in WAVES_OF_A_BEAT:
        label = WAVES.index(wave)
        in_both = (labels_a == label) & (labels_b == label) & sides[wave]
        pairs = [
            similarities(prepare(a[k : k + 1, :, mask]), prepare(b[k : k + 1, :, mask]))
            for k, mask in enumerate(torch.from_numpy(in_both))
            if mask.any()
        ]
        means[wave] = _mean(pairs) if pairs else _undefined(f"no {wave} in both of two beats")[wave]
    return means


def _mean(pairs: Sequence[dict[str, Measurement]]) -> Mapping[str, tuple[float, str]]:
    """Over the pairs that have a score."""
    means = {}
    for name in SIMILARITIES:
        scores = np.concatenate([pair[name].scores for pair in pairs])
        known = np.isfinite(scores)
        if known.any():
            means[name] = float(scores[known].mean()), ""
        else:
            means[name] = float("nan"), pairs[0][name].reasons[0]
    return means


def _undefined(reason: str) -> Means:
    return {part: dict.fromkeys(SIMILARITIES, (float("nan"), reason)) for part in PARTS}


def _gathered(means: Sequence[Means], part: str) -> dict[str, Measurement]:
    return {
        name: Measurement(
            np.array([one[part][name][0] for one in means]),
            tuple(one[part][name][1] for one in means),
        )
        for name in SIMILARITIES
    }
