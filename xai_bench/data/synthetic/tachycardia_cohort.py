"""Who is in the data set of wide-complex tachycardias: patients, mechanisms, rates and folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int8

from xai_bench.randomness import seed_for

__all__ = ["BLOCKS", "DISEASES", "FOCI", "MECHANISMS", "REENTRY", "Tachycardias"]
__all__ += ["draw_tachycardias"]

FOCI = {
    "right outflow tract": ((-2.4, 4.4, -50.0), 64.0),
    "left outflow tract": ((-2.4, 2.8, 20.0), 62.0),
    "apex": ((4.6, 0.2, 0.0), 62.0),
    "right apex": ((3.0, 3.6, -110.0), 64.0),
    "inferior wall": ((-1.0, 2.6, 175.0), 62.0),
    "inferior apex": ((3.2, 1.6, 180.0), 62.0),
    "mitral ring": ((-2.4, 2.8, 150.0), 62.0),
    "lateral wall": ((1.0, 2.6, 80.0), 62.0),
    "anterior wall": ((1.0, 2.5, 0.0), 62.0),
    "septum": ((1.0, 2.4, -80.0), 70.0),
    "posterior fascicle": ((2.0, 1.9, -150.0), 88.0),
}
"""Where a ventricular tachycardia begins: (cm along, cm from, degrees around the long axis of the
left ventricle), and cm/s in which it spreads; by hand. From the apex all chest leads are negative
and the axis points to the right shoulder; from the mitral ring all chest leads are positive."""

REENTRY = "bundle branches"
"""A VT that goes round through the bundle branches: its QRS is that of the patient's aberrancy, and
only the atria tell."""

MECHANISMS = {"AVNRT": 0.35, "AVRT": 0.20, "AT": 0.25, "AFIB": 0.20}
"""Of a tachycardia from above the ventricles, with its share: P hidden in QRS, after it, before it,
and fibrillating atria."""

BLOCKS = {"RBBB": 0.60, "LBBB": 0.30, "RBBB and LAFB": 0.10}
"""The bundle that does not follow a fast rate, with its share."""

DISEASES = {"": 0.50, "AMI": 0.14, "IMI": 0.14, "LVH": 0.14, "NDT": 0.08}
"""A finding of `cohort.FINDINGS` that the patient has whatever the rhythm, with its share."""

_REENTRIES = 0.12  # share of ventricular tachycardias
_REGULAR = {name: share for name, share in MECHANISMS.items() if name != "AFIB"}
_DISSOCIATED = 0.60  # share of ventricular tachycardias whose beats do not reach the atria
_RATE, _RATE_SD, _RATES = 172.0, 22.0, (130.0, 220.0)
_FASTEST_FIBRILLATION = 190.0
_FOLDS = 10


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tachycardias:
    """What is known of each recording before it is made."""

    record_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    age: Float64[np.ndarray, " record"]
    """Years, 18 to 95."""
    male: Bool[np.ndarray, " record"]
    ventricular: Bool[np.ndarray, " record"]
    """VT; else SVT. All recordings of a patient are of one kind."""
    focus: tuple[str, ...]
    """A name in `FOCI`, or REENTRY: where the patient's VT begins, if it is one."""
    dissociated: Bool[np.ndarray, " record"]
    """Whether the atria keep their own rate in VT."""
    mechanism: tuple[str, ...]
    """A name in `MECHANISMS`: of the patient's SVT, or of the one that VT is compared with, which
    is regular as VT is."""
    block: tuple[str, ...]
    """A name in `BLOCKS`: the patient's aberrancy."""
    disease: tuple[str, ...]
    """A name in `DISEASES`, drawn alike for VT and SVT."""
    rate: Float64[np.ndarray, " record"]
    """Beats of the ventricles a minute, 130 to 220; drawn alike for VT and SVT."""
    fold: Int8[np.ndarray, " record"]
    """1 to 10; no patient is in two folds."""

    @property
    def labels(self) -> tuple[frozenset[str], ...]:
        """{"VT"} or {"SVT"}, without errors."""
        return tuple(frozenset({"VT" if one else "SVT"}) for one in self.ventricular)


@lru_cache(maxsize=4)
def draw_tachycardias(seed: int, patients: int, each: int) -> Tachycardias:
    """The first `patients` of this seed with `each` recordings, which lie side by side.

    Half have VT. Shares are by hand; each focus has the same. A patient's rate differs between two
    recordings by 6 % (SD).
    """

    def column(name: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(seed, "tachycardia cohort", name))

    def choice(name: str, shares: Mapping[str, float]) -> list[str]:
        edges = np.cumsum(tuple(shares.values()))
        place = np.searchsorted(edges[:-1] / edges[-1], column(name).random(patients), side="right")
        return [tuple(shares)[i] for i in place]

    ventricular = column("class").random(patients) < 0.5
    of_svt, of_twin = choice("mechanism", MECHANISMS), choice("mechanism of the twin", _REGULAR)
    mechanism = [
        twin if vt else own for vt, own, twin in zip(ventricular, of_svt, of_twin, strict=True)
    ]
    usual = np.clip(column("patient's rate").normal(_RATE, _RATE_SD, patients), *_RATES)
    # One generator for each place among a patient's recordings, so that `each` shifts no draws.
    change = [column(f"rate {k}").normal(0.0, 0.06, patients) for k in range(each)]
    most = np.where(np.array(mechanism) == "AFIB", _FASTEST_FIBRILLATION, _RATES[1])
    rate = np.clip(usual[:, None] * (1.0 + np.stack(change, axis=1)), _RATES[0], most[:, None])

    foci = dict.fromkeys(FOCI, (1.0 - _REENTRIES) / len(FOCI)) | {REENTRY: _REENTRIES}

    names = [f"T{patient + 1:04d}" for patient in range(patients)]
    rows = np.repeat(np.arange(patients), each)

    def repeated(values: list[str]) -> tuple[str, ...]:
        return tuple(values[row] for row in rows)

    return Tachycardias(
        record_id=tuple(f"{name}-{k + 1}" for name in names for k in range(each)),
        patient_id=repeated(names),
        age=np.clip(column("age").normal(60.0, 15.0, patients), 18.0, 95.0)[rows],
        male=(column("sex").random(patients) < 0.6)[rows],
        ventricular=ventricular[rows],
        focus=repeated(choice("focus", foci)),
        dissociated=(column("dissociated").random(patients) < _DISSOCIATED)[rows],
        mechanism=repeated(mechanism),
        block=repeated(choice("block", BLOCKS)),
        disease=repeated(choice("disease", DISEASES)),
        rate=rate.ravel(),
        fold=(rows % _FOLDS + 1).astype(np.int8),
    )
