"""Cells of a net on a fold, whose order of methods is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.studies.rankings.orders_of_methods import ordered_cells
from xai_bench.results import Cell

__all__ = ["fold_cells"]


def fold_cells(order: str, fold: int, *, model: str = "imn", **options: Any) -> list[Cell]:
    """As `ordered_cells`, on recordings of a fold. Both trainings of a net have the same ones."""
    named = {"model": model, "protocol": f"v1-fold{fold}"}
    made = ordered_cells(order, f"made{fold}", **{**named, **options})
    return [
        replace(one, dataset="synthetic", provenance=one.provenance | {"folds": [fold]})
        for one in made
    ]
