"""Cells whose scores turn with the class: one method is better for MI, the other for NORM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.results.made_cells import cell
from xai_bench.report.scored_metrics import ScoredMetric, scored_metrics
from xai_bench.results import Cell

OUTCOMES = ["detected"] * 8 + ["missed"] * 7 + ["true negative"] * 4
EXPLAINED = ["MI"] * 8 + ["NORM"] * 11


def grouped_cells(*, turned: bool = True) -> list[Cell]:
    """turned: whether the class makes a difference."""
    means = {
        "a": (3, 1, 1) if turned else (1, 1, 1),
        "b": (2, 2, 2),
        "c": (0, 0, 0),
        "random": (0, 0, 0),
    }
    around = [np.linspace(-0.3, 0.3, n) for n in (8, 7, 4)]
    return [
        cell(
            method,
            [float(x) for x in np.concatenate([a + m for a, m in zip(around, mean, strict=True)])],
            outcomes=OUTCOMES,
            explained=EXPLAINED,
        )
        for method, mean in means.items()
    ]


def metric_facts(cells: list[Cell]) -> dict[str, ScoredMetric]:
    found = scored_metrics(cells, {})
    return {name: replace(metric, label="made-up score") for name, metric in found.items()}
