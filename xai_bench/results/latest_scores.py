"""The scores that count: of a metric that cells repeat, those of the latest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from xai_bench.results.cells import Cell

__all__ = ["Place", "latest_scores"]


class Place(NamedTuple):
    """Where scores belong. Only places of one protocol can be compared."""

    dataset: str
    model: str
    method: str
    protocol: str
    metric: str
    """Empty for a pair that was skipped."""


def latest_scores(cells: Iterable[Cell]) -> dict[Place, tuple[Cell, pd.DataFrame | None]]:
    """Each place with the latest cell that scored it, and its rows; cells come oldest first."""
    found: dict[Place, tuple[Cell, pd.DataFrame | None]] = {}
    for cell in cells:
        pair = (cell.dataset, cell.model, cell.method, cell.protocol)
        if cell.scores is None:
            found[Place(*pair, "")] = (cell, None)
            continue
        for metric, rows in cell.scores.groupby("metric", sort=False):
            found[Place(*pair, str(metric))] = (cell, rows)
    return found
