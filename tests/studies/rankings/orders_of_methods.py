"""Cells whose order of methods is known, and an order written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tests.results.made_cells import cell
from xai_bench.results import Cell

__all__ = ["ordered_cells"]


def ordered_cells(
    order: str,
    dataset: str,
    *,
    n: int = 16,
    seed: int = 0,
    noise: float = 0.1,
    quality: dict[str, Any] | None = None,
    **options: Any,
) -> list[Cell]:
    """A cell for each letter, each higher than the letter before by one, on `n` recordings.

    noise: of each score, in steps between two methods. Patients and recordings are named by the
    data set.
    """
    found = []
    for place, name in enumerate(order):
        rng = np.random.default_rng([seed, ord(name), *dataset.encode()])
        scores = place + noise * rng.normal(size=n)
        made = cell(
            name, list(map(float, scores)), dataset=dataset, quality=quality,
            **{"protocol": f"v1-{dataset}", **options},
        )  # fmt: skip
        found.append(replace(made, load=_named(made, dataset)))
    return found


def _named(made: Cell, dataset: str) -> Any:
    table = made.scores
    assert table is not None
    named = table.assign(
        record_id=f"{dataset}-" + table["record_id"], patient_id=f"{dataset}-" + table["patient_id"]
    )
    return lambda: named
