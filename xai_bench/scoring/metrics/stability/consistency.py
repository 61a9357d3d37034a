"""Consistency: recordings of one class should be explained alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float, Float64, Int8
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.engine.references import NO_CLASS, References
from xai_bench.types import WAVES

__all__ = ["Consistency"]

Flat = Float64[Tensor, " value"]


@final
@dataclass(frozen=True, kw_only=True)
class Consistency(Scorer):
    """Mean Pearson correlation of a recording's mean map over its beats with those of references
    of its class, all explained for the same target; "gap": less that with references of other
    classes, whose class the target is or is not.

    A beat runs from `before` to `after` the middle of a QRS, in seconds, lead by lead and sample by
    sample, and counts where it is whole; a recording of at most `one_beat` seconds is a beat that
    was cut around its R peak, and counts as it is. A method that draws the same map whatever it
    explains has a correlation of 1 and a gap of 0. A reference whose map is the same everywhere has
    nothing in common with another: 0. The recording itself is never among its references.
    """

    of: Literal["class", "gap"]
    references: int
    """The first recordings of the run, in which classes take turns."""
    least: int
    """References of a class, and for a gap of others, with fewer of which there is no score."""
    before: float
    after: float
    one_beat: float

    def score(self, case: Case) -> Scores:
        block, compared = case.block, case.block.references
        if compared is None:
            raise Unscorable("the recordings of the run are not known")
        model, recordings = block.model, compared.recordings
        classes = block.classes
        if classes is None:
            classes = block.memo("predicted", lambda: model.predicted(block.z))
        own, others = classes.tolist(), np.array(compared.classes.tolist())
        targets = block.batch.target.tolist()

        def of_recording(row: int) -> float:
            if own[row] == NO_CLASS:
                raise Unscorable("the recording is in no class of the task")
            maps = self._of_references(case, compared, targets[row])
            usable = np.array([one is not None for one in maps])
            usable &= np.array(recordings.record_id) != block.record_id[row]
            mine = self._mean_beat(case.attribution[row], model.rate_hz, lambda: _waves(case, row))
            if mine is None:
                raise Unscorable("no beat of the recording is whole")
            if not mine.std() > 0:
                raise Unscorable("the attribution is the same everywhere in a beat")
            alike = self._mean(mine, maps, usable & (others == own[row]), "its class")
            if self.of == "class":
                return alike
            unlike = usable & (others != own[row]) & (others != NO_CLASS)
            return alike - self._mean(mine, maps, unlike, "other classes")

        return one_by_one(len(block), of_recording)

    def _mean(self, mine: Flat, maps: list[Flat | None], which: np.ndarray, whose: str) -> float:
        chosen = [maps[k] for k in np.flatnonzero(which)]
        if len(chosen) < self.least:
            raise Unscorable(f"there are {len(chosen)} recordings of {whose} to compare with")
        return float(np.mean([_correlation(mine, one) for one in chosen if one is not None]))

    def _of_references(self, case: Case, compared: References, target: int) -> list[Flat | None]:
        """Mean maps over the beats of each reference; None where no beat is whole."""

        def make() -> list[Flat | None]:
            explained = compared.explained(case.method, target)

            def waves_of(row: int) -> Callable[[], Int8[Tensor, " time"] | None]:
                return lambda: None if (w := compared.batch.waves) is None else w[row]

            rate = compared.model.rate_hz
            return [self._mean_beat(a, rate, waves_of(row)) for row, a in enumerate(explained)]

        key = ("mean beats", compared.recordings.fingerprint(), case.method.name, target)
        return compared.memo((*key, self.before, self.after, self.one_beat), make)

    def _mean_beat(
        self,
        attribution: Float[Tensor, "lead time"],
        rate_hz: float,
        waves: Callable[[], Int8[Tensor, " time"] | None],
    ) -> Flat | None:
        attribution = attribution.double().cpu()
        if attribution.shape[1] <= self.one_beat * rate_hz:
            return attribution.flatten()
        known = waves()
        if known is None:
            raise Unscorable("this dataset has no waves")
        before, after = round(self.before * rate_hz), round(self.after * rate_hz)
        beats = [
            attribution[:, at - before : at + after]
            for at in _middles_of_qrs(known.cpu().numpy())
            if before <= at <= attribution.shape[1] - after
        ]
        return torch.stack(beats).mean(dim=0).flatten() if beats else None


def _waves(case: Case, row: int) -> Int8[Tensor, " time"] | None:
    waves = case.block.batch.waves
    return None if waves is None else waves[row]


def _middles_of_qrs(waves: Int8[np.ndarray, " time"]) -> list[int]:
    is_qrs = np.concatenate([[0], waves == WAVES.index("QRS"), [0]])
    start, stop = (np.flatnonzero(np.diff(is_qrs) == step) for step in (1, -1))
    middles: list[int] = ((start + stop) // 2).tolist()
    return middles


def _correlation(one: Flat, other: Flat) -> float:
    """Pearson's; 0 where the other is the same everywhere."""
    one, other = one - one.mean(), other - other.mean()
    norms = float(one.norm() * other.norm())
    return float(one @ other) / norms if norms > 0 else 0.0
