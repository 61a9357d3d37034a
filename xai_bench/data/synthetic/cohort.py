"""Who is in the data set: patients, what is planted in each recording, its labels and its fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from xai_bench.errors import DatasetError
from xai_bench.randomness import seed_for

__all__ = ["FINDINGS", "STATEMENTS", "Cohort", "Difficulty", "draw_cohort"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """From 0 (clear disease, no mimics, no errors) to 1; 0.5 is the usual data set.

    The dial sets the mildest disease that is planted, how many of the healthy have a benign
    variant that resembles one, and how often an annotator errs.
    """

    dial: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.dial <= 1.0:
            raise DatasetError(f"synthetic: difficulty={self.dial} was asked for; use 0 to 1")

    @property
    def mildest(self) -> float:
        """Lowest severity: 0.5, 0.25 and 0.125 at 0, 0.5 and 1."""
        return float(0.5 ** (1 + 2 * self.dial))

    @property
    def mimics(self) -> float:
        """Prevalence of benign variants relative to the usual."""
        return 2 * self.dial

    @property
    def errors(self) -> float:
        """Rate of wrong labels relative to the usual."""
        return 2 * self.dial


FINDINGS = {
    "MI": {"AMI": 0.44, "IMI": 0.40, "LMI": 0.06, "ILMI": 0.10},
    "STTC": {"NDT": 0.45, "ISC": 0.35, "STD": 0.20},
    "CD": {"RBBB": 0.32, "LBBB": 0.16, "LAFB": 0.34, "AVB1": 0.18},
    "HYP": {"LVH": 1.00},
}
"""Superclass -> finding -> share of the finding within its superclass (`pathology` plants them)."""

_MAIN = {"NORM": 0.43, "MI": 0.217, "STTC": 0.154, "CD": 0.125, "HYP": 0.074}
_COMORBID = {"MI": 0.00, "STTC": 0.22, "CD": 0.22, "HYP": 0.10}
STATEMENTS = {
    **{name: name for names in FINDINGS.values() for name in names},
    **{"ISC": "ISC_", "STD": "NST_", "RBBB": "CRBBB", "LBBB": "CLBBB", "AVB1": "1AVB"},
}
"""Finding -> the SCP code that PTB-XL has for it."""

_RHYTHM = {
    True: {"SR": 0.91, "PVC": 0.03, "PAC": 0.03, "AFIB": 0.03},
    False: {"SR": 0.81, "PVC": 0.05, "PAC": 0.04, "AFIB": 0.10},
}
"""Healthy or not -> share of each rhythm; in PTB-XL 7 % fibrillate, most of them sick."""
_FALSE_MI = 0.015  # share of normal recordings that are called MI
_LOST_MI = 0.03  # share of infarctions that are not called
_SHARED = 0.13  # share of recordings whose patient has another one
_FOLDS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """What is known of each recording before it is made."""

    record_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    age: Float64[np.ndarray, " record"]
    """Years, 18 to 95; the same in all recordings of a patient."""
    male: Bool[np.ndarray, " record"]
    heart_rate: Float64[np.ndarray, " record"]
    """Sinus rate in beats per minute."""
    planted: tuple[tuple[str, ...], ...]
    """Findings in the signal: the truth."""
    labels: tuple[frozenset[str], ...]
    """Superclasses as an annotator gave them: the truth but for a few errors about infarction."""
    statements: tuple[tuple[str, ...], ...]
    """SCP codes as the annotator gave them: findings (or NORM), then the rhythm."""
    rhythm: tuple[str, ...]
    """One of `rhythm.RHYTHMS`."""
    fold: Int8[np.ndarray, " record"]
    """1 to 10; no patient is in two folds."""


# Drawing 10,000 takes a fifth of a second, and every load of recordings asks for the same ones.
@lru_cache(maxsize=4)
def draw_cohort(seed: int, size: int, difficulty: Difficulty) -> Cohort:
    """The first `size` recordings of this seed; a smaller cohort begins a larger one.

    The mixture follows PTB-XL: 43 % normal, the rest with a main superclass and some with more.
    """

    # A generator for each column, so that no column's length shifts the draws of another.
    def column(name: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(seed, "cohort", name))

    def choice(name: str, shares: Mapping[str, float]) -> list[str]:
        return _choose(shares, column(name).random(size))

    first = _first_recording(column("return").random(size))
    record_id = tuple(f"{row + 1:05d}" for row in range(size))

    main = choice("main", _MAIN)
    comorbid = {
        name: column(f"comorbid {name}").random(size) < _COMORBID[name] for name in FINDINGS
    }
    finding = {name: choice(name, shares) for name, shares in FINDINGS.items()}
    present = tuple(
        tuple(
            name
            for name in FINDINGS
            if main[row] == name or (main[row] != "NORM" and comorbid[name][row])
        )
        for row in range(size)
    )
    planted = tuple(
        tuple(finding[name][row] for name in names) for row, names in enumerate(present)
    )
    slip = column("annotator").random(size) / max(difficulty.errors, 1e-9)
    called = [_call(names, u) for names, u in zip(present, slip.tolist(), strict=True)]
    rhythms = {healthy: choice("rhythm", shares) for healthy, shares in _RHYTHM.items()}
    rhythm = tuple(rhythms[not names][row] for row, names in enumerate(present))

    usual_rate = np.clip(column("patient's rate").normal(71.0, 12.0, size), 47.0, 120.0)
    return Cohort(
        record_id=record_id,
        patient_id=tuple(f"P{record_id[row]}" for row in first),
        age=np.clip(column("age").normal(58.0, 17.0, size), 18.0, 95.0)[first],
        male=(column("sex").random(size) < 0.52)[first],
        heart_rate=usual_rate[first] + column("rate").uniform(-7.0, 7.0, size),
        planted=planted,
        labels=tuple(called),
        statements=tuple(
            (*(_code(name, planted[row]) for name in sorted(labels)), rhythm[row])
            for row, labels in enumerate(called)
        ),
        rhythm=rhythm,
        fold=(np.arange(size) % _FOLDS + 1).astype(np.int8),
    )


def _first_recording(u: Float64[np.ndarray, " record"]) -> Int64[np.ndarray, " record"]:
    """For each row, the row of the same patient's first recording.

    The fold is the row modulo ten, and a patient returns a multiple of ten rows later: folds
    are then of equal size and no patient is in two of them.
    """
    # A recording is alone in its patient when neither it nor the tenth after it is a return.
    returns = u < 1.0 - np.sqrt(1.0 - _SHARED)
    rows = np.arange(len(u))
    first = np.where(returns & (rows >= _FOLDS), 0, rows)
    visits = np.pad(first, (0, -len(u) % _FOLDS)).reshape(-1, _FOLDS)
    return np.maximum.accumulate(visits, axis=0).ravel()[: len(u)]


def _choose(shares: Mapping[str, float], u: Float64[np.ndarray, " record"]) -> list[str]:
    names = tuple(shares)
    edges = np.cumsum(tuple(shares.values()))[:-1]
    return [names[i] for i in np.searchsorted(edges, u, side="right")]


def _call(present: tuple[str, ...], u: float) -> frozenset[str]:
    """The labels of an annotator who errs when `u`, uniform in [0, 1), is small."""
    called = frozenset(present)
    if not called:
        return frozenset({"MI" if u < _FALSE_MI else "NORM"})
    if u < _LOST_MI:
        called -= {"MI"}
    return called or frozenset({"NORM"})


def _code(superclass: str, planted: tuple[str, ...]) -> str:
    """The statement for a superclass that was called; a false infarct is called inferior."""
    mine = [name for name in planted if name in FINDINGS.get(superclass, {})]
    if mine:
        return STATEMENTS[mine[0]]
    return "NORM" if superclass == "NORM" else "IMI"
