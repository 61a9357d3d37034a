"""Two hearts with one ECG: a territory falls silent, and the rest makes up for it exactly.

Eight independent leads see twenty sources, so of the strengths of the sources, each in its own
direction, twelve combinations at every instant leave no trace (of their three components fifty-two
of sixty). That a source configuration cannot be read off the surface is as old as Helmholtz (1853);
Grandits et al. (arXiv 2411.00165) show it of activation maps and the twelve leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Bool, Float64

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.heart import LEFT, SOURCES
from xai_bench.data.synthetic.leads import quantised, twelve
from xai_bench.data.synthetic.pathology import TERRITORIES
from xai_bench.data.synthetic.synthetic_source import Making

__all__ = ["COLUMNS", "SameEcg", "other_heart", "same_ecg_table"]

_RATE_HZ = 500.0
_SECONDS = 0.14
_OF_TERRITORY = 0.5
"""Share that an artery supplies of a source, from which on it counts as its territory."""

COLUMNS = {
    **{"territory": "str", "record_id": "str", "patient_id": "str", "silent": "int64"},
    **{"ecg_uv": "float64", "largest_uv": "float64", "rounded_uv": "int64"},
    **{"growth": "float64", "outward_uv": "float64"},
}
"""Of the table: silent: segments that add nothing. ecg_uv: largest deflection of the QRS.
largest_uv, rounded_uv: largest difference between the two ECGs, before and after rounding to
microvolt. growth: largest strength of a source in the other heart, over that in the first.
outward_uv: the largest difference that is left where no source may point inward."""

Strengths = Float64[np.ndarray, "source time"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SameEcg:
    """One QRS of a heart, and of another with the same twelve leads."""

    silent: Bool[np.ndarray, " source"]
    before: Strengths
    """Millivolt of dipole of each source in the direction of its own force."""
    after: Strengths
    ecg: Float64[np.ndarray, "12 time"]
    """Millivolt, of the first."""
    other: Float64[np.ndarray, "12 time"]
    outward: Float64[np.ndarray, "12 time"]
    """The nearest ECG with the territory silent, where no source may point inward."""


def other_heart(made: Making, territory: str) -> SameEcg:
    """A heart whose `territory` is silent in QRS, with the least strength added to the rest.

    The added strengths are the least-norm solution of `seen by the rest` = `seen of the territory`.
    """
    heart, field = made.patient.heart, made.patient.field.sources
    size = np.linalg.norm(heart.force, axis=1)
    seen = np.einsum("lsk,sk->ls", field, heart.force / size[:, None])
    time = np.arange(round(_SECONDS * _RATE_HZ)) / _RATE_HZ
    away = (time - heart.activation[:, None]) / heart.width[:, None]
    before = size[:, None] * np.exp(-0.5 * away**2)
    silent = TERRITORIES[territory] >= _OF_TERRITORY
    silent[LEFT.stop :] = False

    after = np.where(silent[:, None], 0.0, before)
    after[~silent] += np.linalg.pinv(seen[:, ~silent]) @ (seen[:, silent] @ before[silent])
    outward = np.zeros_like(before)
    for k, ecg in enumerate((seen @ before).T):
        outward[~silent, k] = scipy.optimize.nnls(seen[:, ~silent], ecg)[0]
    return SameEcg(
        silent=silent,
        before=before,
        after=after,
        ecg=twelve(seen @ before),
        other=twelve(seen @ after),
        outward=twelve(seen @ outward),
    )


def same_ecg_table(source: SyntheticSource, rows: list[int]) -> pd.DataFrame:
    """Of the healthy heart behind each recording and of each territory, the columns `COLUMNS`."""
    found = []
    for row in rows:
        made = source.making(row)
        for territory in TERRITORIES:
            one = other_heart(made, territory)
            rounded = [quantised(ecg[_INDEPENDENT]).astype(int) for ecg in (one.ecg, one.other)]
            found.append(
                {
                    "territory": territory,
                    "record_id": source.index.record_id[row],
                    "patient_id": source.index.patient_id[row],
                    "silent": int(one.silent.sum()),
                    "ecg_uv": 1000 * float(np.abs(one.ecg).max()),
                    "largest_uv": 1000 * float(np.abs(one.ecg - one.other).max()),
                    "rounded_uv": int(np.abs(rounded[0] - rounded[1]).max()),
                    "growth": float(np.abs(one.after).max() / np.abs(one.before).max()),
                    "outward_uv": 1000 * float(np.abs(one.ecg - one.outward).max()),
                }
            )
    return pd.DataFrame(found, columns=list(COLUMNS)).astype(COLUMNS)


_INDEPENDENT = [0, 1, 6, 7, 8, 9, 10, 11]
assert len(SOURCES) > len(_INDEPENDENT)
