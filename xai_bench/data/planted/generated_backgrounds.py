"""Generated normal recordings as backgrounds: each of nobody, in a fold by its number."""

from __future__ import annotations

from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Int16

from xai_bench.data.planted.backgrounds import Backgrounds
from xai_bench.data.planted.deepfake_backgrounds import DeepfakeBackgrounds
from xai_bench.data.source import Index

__all__ = ["GeneratedBackgrounds"]

_SIZE = 4000
_FOLDS = 10


@final
class GeneratedBackgrounds(Backgrounds):
    """Recordings of the Pulse2Pulse generator; the fold is the row modulo ten, plus one.

    Raises DatasetError where they cannot be made, WeightsError where another generator is there.
    """

    name = "deepfake"

    def __init__(self, *, rate_hz: float, seconds: float, size: int = _SIZE, seed: int = 0) -> None:
        self._made = DeepfakeBackgrounds(size=size, seed=seed, rate_hz=rate_hz, seconds=seconds)
        self.rate_hz = self._made.rate_hz
        self.samples = self._made.samples

    @cached_property
    def index(self) -> Index:
        ids = self._made.record_id
        return Index(
            record_id=ids,
            patient_id=ids,
            labels=(frozenset({"NORM"}),) * len(ids),
            fold=(np.arange(len(ids)) % _FOLDS + 1).astype(np.int8),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        return (
            f"{self.name}: {len(self._made.record_id)} generated recordings count as normal; "
            "nobody has read them",
        )

    def fingerprint(self) -> str:
        return self._made.fingerprint()

    def microvolt(self, row: int) -> Int16[np.ndarray, "12 time"]:
        return self._made.microvolt(row)
