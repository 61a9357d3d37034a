"""The clinical concepts that are looked for: measured of a recording, or known of its patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from xai_bench.data.ecg_features import measure
from xai_bench.types import LEADS, Recordings

__all__ = ["CONCEPTS", "Concept", "concept_values"]

_USUAL_AXIS = 45.0
"""Degrees; an axis is counted within half a turn of it, so that the cut lies where few are."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """Something that a cardiologist reads of a recording, as one number."""

    unit: str
    is_binary: bool = False
    """Whether it is 0 or 1."""


CONCEPTS = {
    "heart rate": Concept(unit="/min"),
    "PR": Concept(unit="ms"),
    "QRS": Concept(unit="ms"),
    "QTc": Concept(unit="ms"),
    "axis": Concept(unit="°"),
    "voltage": Concept(unit="mV"),
    **{f"ST {lead}": Concept(unit="mV") for lead in LEADS},
    "age": Concept(unit="years"),
    "male": Concept(unit="", is_binary=True),
}
"""By name, in the order of tables. voltage: S in V1 plus the larger R of V5 and V6 (Sokolow & Lyon
1949); QTc after Fridericia, ST 60 ms after the J point, see `data.ecg_features.measure_one`."""


def concept_values(
    recordings: Recordings, *, progress: Callable[[int, int], None] = lambda *_: None
) -> pd.DataFrame:
    """One row a recording, one column for each of CONCEPTS; NaN where it is not known."""
    measured = measure(recordings, progress=progress)
    found = {name: measured[name, ""] for name in ("heart rate", "PR", "QRS", "QTc")}
    around = measured["axis", ""] - _USUAL_AXIS
    found["axis"] = _USUAL_AXIS + (around + 180) % 360 - 180
    found["voltage"] = measured["S", "V1"] + np.maximum(measured["R", "V5"], measured["R", "V6"])
    found |= {f"ST {lead}": measured["ST", lead] for lead in LEADS}
    table = pd.DataFrame(found, index=measured.index)
    table["age"] = np.nan if recordings.age is None else recordings.age.astype(np.float64)
    known = {"male": 1.0, "female": 0.0}
    sex = ("",) * len(recordings) if recordings.sex is None else recordings.sex
    table["male"] = [known.get(one, np.nan) for one in sex]
    return table[list(CONCEPTS)]
