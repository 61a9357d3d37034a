"""What each metric tells apart, by the audit of metrics."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.results import to_csv
from xai_bench.studies.metric_audit import SEPARATIONS
from xai_bench.zoo import LEAST_AUC

__all__ = ["show_trust"]

_HEADINGS = {
    "evidence": ("evidence", "planted evidence from noise"),
    "noticed": ("noticed", "evidence that the model notices from noise"),
    "training": ("training", "maps of a trained net from maps of an untrained one"),
    "sign": ("sign", "a map from its reverse"),
}


def show_trust(material: Material) -> Section | None:
    """A row for each metric, a coloured cell for each separation."""
    table = material.trust
    if table is None or table.empty:
        return None
    rows = []
    for (family, metric), found in table.groupby(["family", "metric"], sort=False):
        by_name = {str(row["separation"]): row for row in found.to_dict("records")}
        rows.append(
            {
                "family": family,
                "metric": metric,
                "cells": [_cell(by_name.get(name)) for name in SEPARATIONS],
            }
        )
    return Section(
        anchor="trust",
        title="Can the metrics be trusted?",
        context={
            "rows": rows,
            "headings": [_HEADINGS[name] for name in SEPARATIONS],
            "least": f"{LEAST_AUC:g}",
            "download_table": Download(name="trust.csv", text=to_csv(table)),
        },
    )


def _cell(row: dict[Any, Any] | None) -> dict[str, Any]:
    area = float(row["auc"]) if row else math.nan
    if row is None or math.isnan(area):
        reason = row["reason"] if row and pd.notna(row.get("reason")) else ""
        return {"value": None, "text": "–", "reason": reason}
    known = pd.notna(row["ci_low"])
    return {
        "value": area,
        "text": f"{area:.2f}" + ("†" if area < LEAST_AUC else ""),
        "interval": f"{row['ci_low']:.2f} – {row['ci_high']:.2f}" if known else "",
        "for": area >= 0.5,
        "strength": f"{100 * min(1.0, abs(area - 0.5) * 2):.0f}%",
    }
