"""Who is in the embedded beats: patients, and the class of each of their beats in a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float64, Int8

from xai_bench.randomness import seed_for

__all__ = ["BEATS_OF_A_PATIENT", "CLASSES", "BeatCohort", "draw_beat_cohort"]

CLASSES = ("N", "S", "V", "F")
"""By AAMI: of the sinus node, premature from the atria, from a ventricle, and fusion."""

BEATS_OF_A_PATIENT = 20
"""In a row, with beats of the sinus node before and after them."""

_FOLDS = 10
_WITHOUT = {"S": 0.45, "V": 0.30}
"""Share of patients without such beats."""
_LEAST, _MOST = {"S": 0.04, "V": 0.06}, {"S": 0.30, "V": 0.45}
"""Share of premature beats in patients who have some; in most of them it is small."""
_FUSED = 0.25
"""Share of the beats from a ventricle that meet one of the sinus node."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatCohort:
    """What is known of patients and beats before any is made."""

    patient_id: tuple[str, ...]
    age: Float64[np.ndarray, " patient"]
    male: Bool[np.ndarray, " patient"]
    heart_rate: Float64[np.ndarray, " patient"]
    """Sinus rate in beats per minute."""
    kind: Int8[np.ndarray, "patient beat"]
    """Index into CLASSES."""
    fold: Int8[np.ndarray, " patient"]
    """1 to 10."""


@lru_cache(maxsize=4)
def draw_beat_cohort(seed: int, patients: int) -> BeatCohort:
    """The first `patients` of this seed; a smaller cohort begins a larger one.

    Shares were set by hand so that all four classes are there in number: about 85 % N, 6 % S, 7 % V
    and 3 % F. No two beats that are not of the sinus node follow each other.
    """

    # A generator for each column, so that no column's length shifts the draws of another.
    def column(name: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(seed, "beat cohort", name))

    def burden(name: str) -> Float64[np.ndarray, " patient"]:
        has, size = column(f"has {name}"), column(f"burden {name}")
        share = _LEAST[name] + (_MOST[name] - _LEAST[name]) * size.random(patients) ** 2
        return np.where(has.random(patients) < _WITHOUT[name], 0.0, share)

    of_ventricle, of_atria = burden("V"), burden("S")
    drawn = column("beats").random((patients, BEATS_OF_A_PATIENT))
    fused = column("fusion").random((patients, BEATS_OF_A_PATIENT)) < _FUSED
    kind = np.zeros(drawn.shape, dtype=np.int8)
    edge = of_ventricle[:, np.newaxis]
    kind[drawn < edge] = CLASSES.index("V")
    kind[(drawn < edge) & fused] = CLASSES.index("F")
    kind[(drawn >= edge) & (drawn < edge + of_atria[:, np.newaxis])] = CLASSES.index("S")
    for beat in range(1, BEATS_OF_A_PATIENT):
        kind[kind[:, beat - 1] > 0, beat] = 0
    return BeatCohort(
        patient_id=tuple(f"P{patient + 1:04d}" for patient in range(patients)),
        age=np.clip(column("age").normal(58.0, 17.0, patients), 18.0, 95.0),
        male=column("sex").random(patients) < 0.52,
        heart_rate=np.clip(column("rate").normal(72.0, 12.0, patients), 48.0, 110.0),
        kind=kind,
        fold=(np.arange(patients) % _FOLDS + 1).astype(np.int8),
    )
