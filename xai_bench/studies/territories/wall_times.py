"""When each segment is reached: in straight lines, as the generator has it, and along the wall."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xai_bench.data.synthetic.heart import LEFT, RIGHT, SOURCES, spread
from xai_bench.data.synthetic.ventricle import ventricles

__all__ = ["COLUMNS", "wall_times"]

COLUMNS = {"spread": "str", "segment": "str", "straight_ms": "float64", "wall_ms": "float64"}
COLUMNS |= {"used": "bool"}
"""Milliseconds after the first entry. used: whether the generator takes the source's time from this
spread: a block of one side leaves the other as it is."""
_USED = {"healthy": slice(None), "LAFB": LEFT, "LBBB": LEFT, "RBBB": RIGHT}


def wall_times() -> pd.DataFrame:
    """Of every spread and source, with the columns `COLUMNS`; the same entries and speeds."""
    muscle, rows = ventricles(), []
    for name in _USED:
        straight, _ = spread(name).arrival()
        wall = muscle.reaches(spread(name))
        for k, segment in enumerate(SOURCES):
            used = segment in SOURCES[_USED[name]]
            rows.append((name, segment, 1000 * straight[k], 1000 * wall[k], used))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return table.round(dict.fromkeys(table.select_dtypes(np.floating).columns, 2))
