"""The leaderboard on the page: a wide table for each property, and a long one to search."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.figures.run_summary import run_summaries
from xai_bench.report.formats import ARROWS, with_unit
from xai_bench.report.html.embed import embed_figure
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.leaderboard.order import (
    Order,
    by_family,
    order_of,
    unreliable_models,
    with_text,
)
from xai_bench.report.leaderboard.tables import (
    Cells,
    board_cells,
    caption,
    metrics_table,
    unscored_table,
)
from xai_bench.report.leaderboard.undetected import undetected_table
from xai_bench.report.scale import scale_of
from xai_bench.report.scored_metrics import ScoredMetric
from xai_bench.results import to_csv
from xai_bench.types import is_control

__all__ = ["leaderboard_section"]

_WIDEST = 6
"""Metrics beside each other: more run off a window of 1300 pixels."""


def leaderboard_section(material: Material) -> Section | None:
    """One board for each dataset and protocol: rows of different protocols never meet."""
    if material.leaderboard.empty:
        return None
    pictures = {
        (dataset, protocol): embed_figure(figure)
        for dataset, protocol, figure in run_summaries(
            material.leaderboard, material.metrics, material.zoo.audited()
        )
    }
    places = with_text(material.leaderboard).groupby(["dataset", "protocol"], sort=False)
    boards = [
        _board(f"board{number}", str(dataset), str(protocol), rows, material.metrics)
        | {"summary": pictures.get((str(dataset), str(protocol)))}
        for number, ((dataset, protocol), rows) in enumerate(places)
    ]
    tables = [
        Download(name="leaderboard.csv", text=to_csv(material.leaderboard)),
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
    scored, unscored = table[table["status"] == "ok"], table[table["status"] != "ok"]
    scales = {
        str(name): scale_of(map(float, rows[["mean", "ci_low", "ci_high"]].to_numpy().ravel()))
        for name, rows in scored.groupby("metric", sort=False)
    }
    order = order_of(scored, None, metrics)
    cells = board_cells(scored, metrics, scales=scales)
    families = by_family(scored, metrics)
    shown = {name: metrics[name] for names in families.values() for name in names}
    return {
        "anchor": anchor,
        "dataset": dataset,
        "protocol": protocol,
        "models": [model for model, *_ in order],
        "metrics": shown,
        "families": list(families),
        "parts": [
            {
                "family": family,
                "metrics": part,
                "table": metrics_table(
                    f"{family.capitalize()} of {dataset}{of_parts}",
                    {name: metrics[name] for name in part},
                    order,
                    scored[scored["metric"].isin(part)],
                    cells,
                    about={name: metrics[name].summary for name in part},
                    caption=caption(scored[scored["metric"].isin(part)], protocol),
                ),
            }
            for family, names in families.items()
            for part, of_parts in _parts(names, metrics)
        ],
        "undetected": [
            apart
            for family, names in families.items()
            for part, of_parts in _parts(names, metrics)
            if (
                apart := undetected_table(
                    f"{family.capitalize()} of {dataset} where the model does not detect{of_parts}",
                    {name: metrics[name] for name in part},
                    order,
                    scored,
                )
            )
        ],
        "headings": {name: _heading(metric) for name, metric in shown.items()},
        "long": _long(scored, order, cells, shown),
        "unscored": None if unscored.empty else unscored_table(unscored),
    }


def _parts(
    names: Sequence[str], metrics: Mapping[str, ScoredMetric]
) -> Iterator[tuple[list[str], str]]:
    """As many metrics as stand beside each other in a page, and which part they are; those of the
    core first, and what the audit of metrics flags last and apart."""
    first = {name: place for place, name in enumerate(PRESETS.metrics.core)}
    ordered = sorted(names, key=lambda name: first.get(name, len(first)))
    parts = []
    for flagged in (False, True):
        alike = [name for name in ordered if (metrics[name].flags != "") == flagged]
        count = math.ceil(len(alike) / _WIDEST)
        size = math.ceil(len(alike) / max(count, 1))
        parts += [alike[start * size : (start + 1) * size] for start in range(count)]
    for number, part in enumerate(parts, start=1):
        yield part, f", {number} of {len(parts)}" if len(parts) > 1 else ""


def _long(
    scored: pd.DataFrame, order: Order, cells: Cells, metrics: Mapping[str, ScoredMetric]
) -> list[list[Any]]:
    """A row for each score, with the columns that tables.js knows, in their order."""
    rows = {(row["model"], row["method"], row["metric"]): row for row in scored.to_dict("records")}
    unreliable = unreliable_models(scored)
    keys = [
        (model, method, name)
        for name in metrics
        for model, rivals, controls in order
        for method in [*rivals, *controls]
    ]
    places = {name: place for place, name in enumerate(metrics)}
    return [
        [
            model,
            method,
            metrics[name].family,
            places[name],
            cell.value,
            cell.text.replace("-", "−") + ("°" if cell.model_free else ""),
            cell.interval.replace("-", "−"),
            cell.bar.style if cell.bar else "",
            _between(row),
            int(row["n"]),
            int(row["n_failed"]),
            cell.standing or "",
            int(is_control(method)) + 2 * int(model in unreliable),
            None if pd.isna(row["rank"]) else int(row["rank"]),
        ]
        for model, method, name in keys
        if (row := rows.get((model, method, name))) and (cell := cells[model, method, name])
    ]


def _between(row: Mapping[Hashable, Any]) -> str:
    """Skill, or else place, of a method."""
    known = row["place"] if pd.isna(row["skill"]) else row["skill"]
    shown = pd.notna(known) and not is_control(str(row["method"]))
    return f"{known:.2f}".replace("-", "−") if shown else ""


def _heading(metric: ScoredMetric) -> str:
    heading = f"{with_unit(metric.label, metric.unit)} {ARROWS[metric.better]}".rstrip()
    return heading + ("†" if metric.flags else "")
