"""Cells of the audit of metrics, made by hand: "low" is better when lower, "cost" a cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from xai_bench.results import Cell
from xai_bench.studies.metric_audit.audit_comparisons import Audited

__all__ = ["N", "audit_cell", "audited"]

N = 12


def audit_cell(
    method: str,
    model: str = "imn",
    protocol: str = "p",
    family: str = "stability",
    of: Mapping[str, np.ndarray] | None = None,
    **scores: np.ndarray,
) -> Cell:
    """Scores of each metric, of one recording a patient; `of` more by their names."""
    scores |= of or {}
    tables = [
        pd.DataFrame(
            {
                "record_id": [f"r{i}" for i in range(len(values))],
                "patient_id": [f"p{i}" for i in range(len(values))],
                "metric": metric,
                "score": values,
                "status": "ok",
            }
        )
        for metric, values in scores.items()
    ]
    cards = {name: {"better": "lower" if name == "low" else "higher"} for name in scores}
    return Cell(
        dataset="synthetic",
        model=model,
        method=method,
        key="k",
        protocol=protocol,
        status="ok",
        reason="",
        load=lambda: pd.concat(tables),
        provenance={
            "metrics": cards,
            "families": {name: "runtime" if name == "cost" else family for name in cards},
        },
    )


def audited(
    *,
    trained: tuple[str, ...] = ("imn",),
    known: tuple[str, ...] = (),
    reads_evidence: Mapping[str, Collection[str]] | None = None,
    reads_beside: tuple[str, ...] = (),
    reads_else: tuple[str, ...] = (),
    methods: tuple[str, ...] = ("ig",),
) -> Audited:
    return Audited(
        trained=trained,
        known=known,
        reads_evidence=reads_evidence or {},
        reads_beside=reads_beside,
        reads_else=reads_else,
        methods=methods,
    )
