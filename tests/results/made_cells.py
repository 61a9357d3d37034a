"""Cells of a few scores, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from xai_bench.results import Cell
from xai_bench.tasks import UNKNOWN_OUTCOME

__all__ = ["CARD", "cell", "skipped"]

CARD = {"better": "higher", "statistic": "mean"}


def cell(
    method: str,
    scores: list[float],
    *,
    dataset: str = "synthetic",
    model: str = "imn",
    key: str = "k",
    metric: str = "m",
    protocol: str = "v1-a",
    started: str = "2026-01-01",
    quality: dict[str, object] | None = None,
    family: str = "stability",
    better: str = "higher",
    outcomes: Sequence[str] | None = None,
    explained: Sequence[str] | None = None,
) -> Cell:
    ok = ["ok" if np.isfinite(s) else "failed" for s in scores]
    table = pd.DataFrame(
        {
            "record_id": [f"r{i}" for i in range(len(scores))],
            "patient_id": [f"p{i}" for i in range(len(scores))],
            "metric": metric,
            "score": scores,
            "status": ok,
            "reason": ["" if s == "ok" else "no evidence" for s in ok],
            "residual": 0.0,
            "explained": "" if explained is None else explained,
            "label": "",
            "log_odds": np.nan,
            "outcome": UNKNOWN_OUTCOME if outcomes is None else outcomes,
        }
    )
    return Cell(
        dataset=dataset,
        model=model,
        method=method,
        key=key,
        protocol=protocol,
        status="ok",
        reason="",
        load=lambda: table,
        provenance={
            "metrics": {metric: CARD | {"better": better}},
            "families": {metric: family},
            "started": started,
        }
        | ({"quality": quality} if quality else {}),
    )


def skipped() -> Cell:
    return replace(
        cell("native", []), model="conv2d", status="skipped", reason="needs W", load=None
    )
