"""When each segment is reached: in straight lines, as the generator has it, and along the wall."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xai_bench.data.synthetic.heart import SOURCES, spread
from xai_bench.data.synthetic.ventricle import ventricles

__all__ = ["COLUMNS", "SPREADS", "wall_times"]

SPREADS = ("healthy", "LAFB", "LBBB", "RBBB")
COLUMNS = {"spread": "str", "segment": "str", "straight_ms": "float64", "wall_ms": "float64"}
"""Milliseconds after the first entry."""


def wall_times() -> pd.DataFrame:
    """Of every spread and source, with the columns `COLUMNS`; the same entries and speeds."""
    muscle, rows = ventricles(), []
    for name in SPREADS:
        straight, _ = spread(name).arrival()
        wall = muscle.reaches(spread(name))
        for k, segment in enumerate(SOURCES):
            rows.append((name, segment, 1000 * straight[k], 1000 * wall[k]))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return table.round(dict.fromkeys(table.select_dtypes(np.floating).columns, 2))
