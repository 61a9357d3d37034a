"""Tables of measured features, made up."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = [
    ("heart rate", ""),
    ("PR", ""),
    *((feature, lead) for feature in ("R", "T", "residual") for lead in ("I", "aVF", "V2", "V5")),
]


def noise(count: int, seed: int, shift: dict[tuple[str, str], float] | None = None) -> pd.DataFrame:
    """Standard normal numbers; `shift` is added to a column."""
    values = np.random.default_rng(seed).standard_normal((count, len(COLUMNS)))
    columns = pd.MultiIndex.from_tuples(COLUMNS, names=["feature", "lead"])
    table = pd.DataFrame(values, columns=columns)
    for column, by in (shift or {}).items():
        table[column] += by
    return table


def patients(real: int, synthetic: int) -> list[str]:
    return [f"r{i}" for i in range(real)] + [f"s{i}" for i in range(synthetic)]
