"""At a glance: for each model, what leads in each respect, ties said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.report.estimate import Estimate
from xai_bench.report.html.headline_metrics import ASKED
from xai_bench.report.html.material import Material
from xai_bench.report.html.scored_metrics import ScoredMetric, scored_metrics
from xai_bench.report.html.section_model import Section
from xai_bench.results import is_control

__all__ = ["show_glance"]


def show_glance(material: Material) -> Section:
    """The question, the size of the answer, and who leads; always there."""
    table = material.leaderboard
    rows = table[table["status"] == "ok"] if len(table) else table
    metrics = scored_metrics(material.cells, material.zoo.flags())
    answers = []
    for (dataset, _, model), group in rows.groupby(["dataset", "protocol", "model"], sort=False):
        if (group["quality"] == "unreliable").any():
            continue
        told = [
            _answer(group, asked, name, metrics) for name, asked in ASKED.items() if name in metrics
        ]
        told = [one for one in told if one]
        if told:
            answers.append({"dataset": dataset, "model": model, "told": told})
    rivals = [m for m in dict.fromkeys(rows.get("method", ())) if not is_control(str(m))]
    return Section(
        anchor="glance",
        title="The question",
        context={
            "answers": answers,
            "recordings": int(rows["n"].max()) if len(rows) else None,
            "models": len(material.models),
            "methods": len(rivals),
            "metrics": len(set(rows["metric"])) if len(rows) else 0,
        },
    )


def _answer(
    group: pd.DataFrame, asked: str, name: str, metrics: Mapping[str, ScoredMetric]
) -> dict[str, Any] | None:
    """The first of several by rank, and who shares its place."""
    metric = metrics[name]
    ranked = group[(group["metric"] == name) & group["rank"].notna()]
    if len(ranked) < 2:
        return None
    first = ranked[ranked["rank"] == 1].sort_values("mean", ascending=metric.better == "lower")
    best = first.iloc[0]
    estimate = Estimate(
        mean=float(best["mean"]),
        low=float(best["ci_low"]),
        high=float(best["ci_high"]),
        unit=metric.unit,
    )
    return {
        "asked": asked,
        "metric": metric,
        "method": best["method"],
        "value": estimate.mean_text,
        "interval": estimate.interval_text,
        "ties": list(first["method"])[1:],
    }
