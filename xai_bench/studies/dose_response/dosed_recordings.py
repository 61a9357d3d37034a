"""Healthy recordings with one lesion planted at each dose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import final

import numpy as np
from jaxtyping import Bool

from xai_bench.data import planted
from xai_bench.data.synthetic.synthetic_source import EVIDENCE_MILLIVOLT
from xai_bench.errors import DatasetError, InputError
from xai_bench.types import Recordings

__all__ = ["DosedRecordings", "check_doses", "plant_doses"]

_FEWEST = 3


def check_doses(doses: Iterable[float]) -> tuple[float, ...]:
    """Doses in mV in rising order, each once, and 0.

    Raises InputError for fewer than two above 0, for one below, and where the largest would leave
    no evidence.
    """
    given = list(doses)
    for dose in given:
        if not isinstance(dose, Real) or not np.isfinite(float(dose)):
            raise InputError(f"doses are numbers in mV, and {dose!r} is none")
    found = tuple(sorted({0.0, *map(float, given)}))
    if len(found) < _FEWEST or found[0] < 0:
        words = ", ".join(f"{dose:g}" for dose in given)
        raise InputError(f"doses want at least two numbers above 0 in mV, not {words or 'none'}")
    if found[-1] <= EVIDENCE_MILLIVOLT:
        raise InputError(
            f"the largest dose, {found[-1]:g} mV, leaves no evidence, which is a difference of "
            f"more than {EVIDENCE_MILLIVOLT:g} mV; give a larger one"
        )
    return found


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DosedRecordings:
    """The same recordings at each dose of one lesion."""

    lesion: str
    doses: tuple[float, ...]
    at_dose: tuple[Recordings, ...]
    """At each dose, those that could be planted at all of them."""
    left_out: tuple[str, ...]
    """A line for each recording that could not."""

    def __len__(self) -> int:
        return len(self.at_dose[0])

    @property
    def recordings(self) -> Recordings:
        """At the largest dose, whose evidence is that of all doses."""
        return self.at_dose[-1]

    def evidence_in(self, other: DosedRecordings) -> Bool[np.ndarray, "record lead time"]:
        """The evidence of this lesion in the recordings of another; none in those that this one
        could not be planted in."""
        own = self.recordings
        assert own.evidence is not None, "planted recordings have evidence"
        at = {name: row for row, name in enumerate(own.record_id)}
        mask = np.zeros(other.recordings.microvolt.shape, dtype=np.bool_)
        for row, name in enumerate(other.recordings.record_id):
            if name in at:
                mask[row] = own.evidence[at[name]]
        return mask

    def versions(self, rows: Sequence[int]) -> Recordings:
        """All doses of some recordings, dose after dose of one and then of the next.

        Evidence and waves are those of the largest dose: one mask for all.
        """
        largest = self.recordings[list(rows)]
        each = np.repeat(np.arange(len(rows)), len(self.doses))
        signals = [np.asarray(one.microvolt[list(rows)]) for one in self.at_dose]
        microvolt = np.stack(signals, axis=1).reshape(len(each), *signals[0].shape[1:])
        healthy, waves = largest.healthy, largest.waves
        assert largest.evidence is not None, "planted recordings have evidence"
        return replace(
            largest[each],
            microvolt=microvolt,
            healthy=None if healthy is None else np.asarray(healthy)[each],
            evidence=np.asarray(largest.evidence)[each],
            waves=None if waves is None else np.asarray(waves)[each],
        )


def plant_doses(
    healthy: Recordings,
    lesion: str,
    doses: Sequence[float],
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> DosedRecordings:
    """Plant a lesion at each dose.

    Raises DatasetError where it can be planted in none of the recordings.
    """
    made = []
    for done, dose in enumerate(doses):
        progress(done, len(doses))
        made.append(planted.plant(healthy, lesion, dose, seed=seed))
    progress(len(doses), len(doses))
    lines = [line for one in made for line in one.left_out if line not in healthy.left_out]
    left_out = tuple(f"{lesion}: {line}" for line in dict.fromkeys(lines))
    everywhere = set.intersection(*(set(one.record_id) for one in made))
    kept = [name for name in healthy.record_id if name in everywhere]
    if not kept:
        raise DatasetError(
            f"{lesion} can be planted in none of {len(healthy)} recordings of {healthy.name}; "
            f"{left_out[0] if left_out else 'no reason is known'}"
        )
    return DosedRecordings(
        lesion=lesion,
        doses=tuple(doses),
        at_dose=tuple(one[[one.record_id.index(name) for name in kept]] for one in made),
        left_out=left_out,
    )
