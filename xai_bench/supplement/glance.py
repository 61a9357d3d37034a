"""At a glance: for each model, what leads in each respect, ties said."""

from __future__ import annotations

from typing import Any

from xai_bench.report.estimates import Estimate
from xai_bench.report.tables import is_control
from xai_bench.supplement.material import Material
from xai_bench.supplement.ranking import leaders
from xai_bench.supplement.scored import scored_metrics
from xai_bench.supplement.section import Section

__all__ = ["show_glance"]

_ASKED = (
    ("Most faithful to the model", "faithfulness_correlation"),
    ("Removal hurts most", "comprehensiveness"),
    ("Best at finding what was planted", "roc_auc"),
    ("Least moved by noise", "max_sensitivity"),
    ("Most dependent on the weights", "mprt"),
    ("Cheapest", "seconds_p50"),
)
"""One metric for each respect; the leaderboard has all."""


def show_glance(material: Material) -> Section:
    """The question, the size of the answer, and who leads; always there."""
    table = material.leaderboard
    rows = table[table["status"] == "ok"] if len(table) else table
    metrics = scored_metrics(material.cells, material.zoo.flags())
    answers = []
    for (dataset, _, model), group in rows.groupby(["dataset", "protocol", "model"], sort=False):
        if (group["quality"] == "unreliable").any():
            continue
        told = [_answer(group, asked, name, metrics) for asked, name in _ASKED if name in metrics]
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


def _answer(group: Any, asked: str, name: str, metrics: Any) -> dict[str, Any] | None:
    metric = metrics[name]
    rivals = {
        row["method"]: Estimate(
            mean=float(row["mean"]),
            low=float(row["ci_low"]),
            high=float(row["ci_high"]),
            unit=metric.unit,
        )
        for row in group[group["metric"] == name].to_dict("records")
        if not is_control(row["method"])
    }
    first = leaders(rivals, metric.better)
    if not first:
        return None
    best = rivals[first[0]]
    return {
        "asked": asked,
        "metric": metric,
        "method": first[0],
        "value": best.mean_text,
        "interval": best.interval_text,
        "ties": first[1:],
    }
