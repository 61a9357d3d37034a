"""The leaderboard: a wide table for each family, and a long one to search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.report.estimate import Estimate
from xai_bench.report.html.material import Material
from xai_bench.report.html.scored_metrics import ScoredMetric, scored_metrics
from xai_bench.report.html.section_model import Download, Section
from xai_bench.report.leaderboard.order import standings
from xai_bench.report.scale import Scale, scale_of
from xai_bench.results import is_control, to_csv, widen

__all__ = ["show_board"]

Rows = dict[tuple[str, str, str], dict[str, Any]]
"""(model, method, metric) -> what is known of it."""


def show_board(material: Material) -> Section | None:
    """One board for each dataset and protocol: rows of different protocols never meet."""
    table = material.leaderboard
    if table.empty:
        return None
    metrics = scored_metrics(material.cells, material.zoo.flags())
    boards = [
        _board(f"board{place}", str(dataset), str(protocol), rows, metrics)
        for place, ((dataset, protocol), rows) in enumerate(
            table.groupby(["dataset", "protocol"], sort=False)
        )
    ]
    tables = [
        Download(name="leaderboard.csv", text=to_csv(table)),
        Download(name="leaderboard_wide.csv", text=to_csv(widen(table))),
    ]
    return Section(
        anchor="leaderboard", title="Leaderboard", context={"boards": boards, "tables": tables}
    )


def _board(
    anchor: str,
    dataset: str,
    protocol: str,
    table: pd.DataFrame,
    metrics: Mapping[str, ScoredMetric],
) -> dict[str, Any]:
    scored = table[table["status"] == "ok"]
    known = {name: m for name, m in metrics.items() if name in set(scored["metric"])}
    scales = {name: _scale(rows) for name, rows in scored.groupby("metric", sort=False)}
    unreliable = set(scored.loc[scored["quality"] == "unreliable", "model"])
    cells: Rows = {
        (row["model"], row["method"], row["metric"]): _cell(
            row, known[row["metric"]], scales[row["metric"]]
        )
        for row in scored.to_dict("records")
    }
    for key, standing in standings(scored).items():
        cells[key]["lead"] = standing
    pairs = list(dict.fromkeys((model, method) for model, method, _ in cells))
    pairs.sort(key=lambda pair: (pair[0] in unreliable, pair[0], is_control(pair[1])))
    remarks = {
        (row["model"], row["method"]): row["remark"]
        for row in scored.to_dict("records")
        if row["remark"]
    }
    families = list(dict.fromkeys(metric.family for metric in known.values()))
    return {
        "anchor": anchor,
        "dataset": dataset,
        "protocol": protocol,
        "n": _span(scored["n"]),
        "models": list(dict.fromkeys(model for model, _ in pairs)),
        "methods": list(dict.fromkeys(method for _, method in pairs)),
        "unreliable": sorted(unreliable),
        "wide": [_wide(family, known, pairs, cells, remarks, unreliable) for family in families],
        "families": families,
        "metrics": list(known.values()),
        "headings": {name: _heading(metric) for name, metric in known.items()},
        "long": _long(cells, known, pairs, unreliable),
        "unscored": _unscored(table[table["status"] != "ok"]),
    }


def _cell(row: Mapping[Any, Any], metric: ScoredMetric, scale: Scale) -> dict[str, Any]:
    mean, low, high = (float(row[name]) for name in ("mean", "ci_low", "ci_high"))
    estimate = Estimate(mean=mean, low=low, high=high, unit=metric.unit)
    bar = scale.bar(estimate, float(row["random"]) if pd.notna(row["random"]) else math.nan)
    skill = [float(row[name]) for name in ("skill", "skill_low", "skill_high")]
    return {
        "value": mean if math.isfinite(mean) else None,
        "text": estimate.mean_text,
        "interval": estimate.interval_text,
        "bar": bar.style if bar else "",
        "n": int(row["n"]),
        "failed": int(row["n_failed"]),
        "reason": row["reason"],
        "skill": f"{skill[0]:.2f}".replace("-", "−") if math.isfinite(skill[0]) else "",
        "rank": None if pd.isna(row["rank"]) else int(row["rank"]),
        "lead": "",
    }


def _scale(rows: pd.DataFrame) -> Scale:
    ends = rows[["mean", "ci_low", "ci_high"]].to_numpy(dtype=float)
    return scale_of(float(number) for number in ends.ravel())


def _wide(
    family: str,
    metrics: Mapping[str, ScoredMetric],
    pairs: list[tuple[str, str]],
    cells: Rows,
    remarks: Mapping[tuple[str, str], str],
    unreliable: set[str],
) -> dict[str, Any]:
    chosen = [metric for metric in metrics.values() if metric.family == family]
    rows = [
        {
            "model": model,
            "method": method,
            "control": is_control(method),
            "unreliable": model in unreliable,
            "remark": remarks.get((model, method), ""),
            "cells": [cells.get((model, method, metric.name)) for metric in chosen],
        }
        for model, method in pairs
        if any((model, method, metric.name) in cells for metric in chosen)
    ]
    return {"family": family, "metrics": chosen, "rows": rows}


def _long(
    cells: Rows,
    metrics: Mapping[str, ScoredMetric],
    pairs: list[tuple[str, str]],
    unreliable: set[str],
) -> list[list[Any]]:
    """A row for each cell, in the order of the columns that tables.js knows."""
    place = {pair: k for k, pair in enumerate(pairs)}
    order = {name: k for k, name in enumerate(metrics)}
    keys = sorted(cells, key=lambda key: (order[key[2]], place[key[:2]]))
    rows = []
    for model, method, name in keys:
        cell, metric = cells[model, method, name], metrics[name]
        rows.append(
            [
                model,
                method,
                metric.family,
                order[name],
                cell["value"],
                cell["text"].replace("-", "−"),
                cell["interval"].replace("-", "−"),
                cell["bar"],
                cell["skill"],
                cell["n"],
                cell["failed"],
                cell["lead"],
                int(is_control(method)) + 2 * int(model in unreliable),
                cell["rank"],
            ]
        )
    return rows


def _heading(metric: ScoredMetric) -> str:
    return f"{metric.heading} {metric.arrow}{'†' if metric.flags else ''}".strip()


def _unscored(table: pd.DataFrame) -> list[dict[str, Any]]:
    """What has no score, by reason."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in table.fillna({"metric": "", "reason": ""}).to_dict("records"):
        key = (f"{row['model']} × {row['method']}", str(row["status"]), str(row["reason"]))
        found.setdefault(key, []).append(str(row["metric"]))
    return [
        {"pair": pair, "status": status, "reason": reason, "metrics": [m for m in metrics if m]}
        for (pair, status, reason), metrics in found.items()
    ]


def _span(counts: pd.Series) -> str:
    if counts.empty:
        return "0"
    least, most = counts.min(), counts.max()
    return f"{least}" if least == most else f"{least} to {most}"
