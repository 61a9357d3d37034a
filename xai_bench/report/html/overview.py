"""The question, and for each model what leads in each respect, ties named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Section
from xai_bench.report.scored_metrics import ScoredMetric
from xai_bench.report.table import estimate_cell
from xai_bench.types import is_control

__all__ = ["overview_section"]


def overview_section(material: Material) -> Section:
    """The question, the size of the answer, and who leads; always there."""
    table = material.leaderboard
    rows = table[table["status"] == "ok"] if len(table) else table
    leaders = []
    for (dataset, _, model), of_model in rows.groupby(["dataset", "protocol", "model"], sort=False):
        if (of_model["quality"] == "unreliable").any():
            continue
        found = [
            leader
            for name, respect in PRESETS.report.headline_metrics.items()
            if name in material.metrics
            and (leader := _leader(of_model, respect, material.metrics[name]))
        ]
        if found:
            leaders.append({"dataset": dataset, "model": model, "respects": found})
    rivals = [m for m in dict.fromkeys(rows.get("method", ())) if not is_control(str(m))]
    return Section(
        anchor="overview",
        title="The question",
        context={
            "leaders": leaders,
            "recordings": int(rows["n"].max()) if len(rows) else None,
            "models": len(material.models),
            "methods": len(rivals),
            "metrics": len(set(rows["metric"])) if len(rows) else 0,
        },
    )


def _leader(of_model: pd.DataFrame, respect: str, metric: ScoredMetric) -> Mapping[str, Any] | None:
    """The first of several by rank, and who shares its place."""
    ranked = of_model[(of_model["metric"] == metric.name) & of_model["rank"].notna()]
    if len(ranked) < 2:
        return None
    first = ranked[ranked["rank"] == 1].sort_values("mean", ascending=metric.better == "lower")
    best = first.iloc[0]
    estimate = (float(best[name]) for name in ("mean", "ci_low", "ci_high"))
    return {
        "respect": respect,
        "metric": metric,
        "method": best["method"],
        "score": estimate_cell(*estimate, unit=metric.unit),
        "ties": list(first["method"])[1:],
    }
