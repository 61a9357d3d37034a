"""Which methods differ, which is likely the best, what it costs, and which orders agree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.report.estimate import Estimate
from xai_bench.report.figures.critical_difference import draw_critical_difference
from xai_bench.report.figures.pareto import draw_pareto, pareto
from xai_bench.report.html.headline_metrics import ASKED, FAITHFUL, SECONDS, only_asked
from xai_bench.report.html.material import Material
from xai_bench.report.html.pictures import drawn
from xai_bench.report.html.scored_metrics import ScoredMetric, scored_metrics
from xai_bench.report.html.section_model import Download, Section
from xai_bench.report.scale import Scale
from xai_bench.results import COMPARABLE, to_csv
from xai_bench.results.verdicts import (
    ScoreTable,
    between,
    differences,
    metric_agreement,
    ranks,
    score_tables,
)

__all__ = ["show_verdicts"]

_ALPHA = 0.05
_FEWEST = 2


def show_verdicts(material: Material) -> Section | None:
    """For each model: the Pareto front, and for each respect ranks and paired differences."""
    cells = only_asked(material.cells)
    metrics = scored_metrics(material.cells, material.zoo.flags())
    asked = [name for name in ASKED if name in metrics]
    tables = [
        table
        for table in score_tables(cells)
        if table.metric in asked and table.scores.shape[1] >= _FEWEST
    ]
    if not tables:
        return None
    order = pd.concat([ranks(cells, name) for name in asked])
    pairs = pd.concat([differences(cells, name) for name in asked])
    agreement = pd.concat([metric_agreement(cells, m) for m in sorted({t.model for t in tables})])
    elsewhere = between(cells)
    fronts = pareto(material.leaderboard, FAITHFUL, SECONDS)
    blocks: dict[tuple[str, str, str], list[ScoreTable]] = {}
    for table in sorted(tables, key=lambda table: asked.index(table.metric)):
        blocks.setdefault((table.dataset, table.protocol, table.model), []).append(table)
    return Section(
        anchor="verdicts",
        title="Verdicts",
        context={
            "blocks": [
                {
                    "dataset": place[0],
                    "model": place[2],
                    "front": _front(_of(fronts, place), place, metrics),
                    "respects": [
                        _respect(
                            table,
                            metrics[table.metric],
                            _of(order, place, table.metric),
                            _of(pairs, place, table.metric),
                        )
                        for table in found
                    ],
                    "agreement": _matrix(_of(agreement, place), metrics),
                }
                for place, found in blocks.items()
            ],
            "between": _between(elsewhere, metrics),
            "tables": [
                Download(name=name, text=to_csv(table))
                for name, table in (
                    ("ranks.csv", order),
                    ("differences.csv", pairs),
                    ("agreement.csv", agreement),
                    ("between.csv", elsewhere),
                )
                if len(table)
            ],
        },
    )


def _of(
    table: pd.DataFrame, place: tuple[str, str, str], metric: str | None = None
) -> pd.DataFrame:
    """The rows of one dataset, protocol and model, perhaps of one metric."""
    keep = (table[list(COMPARABLE)] == list(place)).all(axis=1)
    if metric is not None:
        keep &= table["metric"] == metric
    return table[keep]


def _front(
    points: pd.DataFrame, place: tuple[str, str, str], metrics: Mapping[str, ScoredMetric]
) -> dict[str, Any] | None:
    if len(points) < _FEWEST:
        return None
    figure = draw_pareto(points, metrics[FAITHFUL], title=f"{place[2]} on {place[0]}")
    return {"picture": drawn(figure), "methods": list(points.loc[points["front"], "method"])}


def _respect(
    table: ScoreTable, metric: ScoredMetric, order: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, Any]:
    title = f"{table.model}: {metric.label} {metric.arrow}"
    figure = draw_critical_difference(table, title)
    apart = pairs[pairs["p_holm"] < _ALPHA]
    least = pairs["least"].dropna()
    return {
        "asked": ASKED[table.metric],
        "metric": metric,
        "picture": drawn(figure) if figure else None,
        "friedman": _p_value(float(order["friedman_p"].iloc[0])) if len(order) else "–",
        "order": [_rank(row, len(order)) for row in order.to_dict("records")],
        "pairs": [_pair(row, metric) for row in pairs.to_dict("records")],
        "apart": len(apart),
        "least": f"{least.min():.2g} to {least.max():.2g}" if len(least) else None,
    }


def _rank(row: Mapping[Any, Any], count: int) -> dict[str, Any]:
    mean, low, high = (float(row[name]) for name in ("mean_rank", "rank_low", "rank_high"))
    bar = Scale(low=1.0, high=float(max(count, 2))).bar(Estimate(mean=mean, low=low, high=high))
    return {
        "method": row["method"],
        "rank": mean,
        "text": f"{mean:.2f}" if math.isfinite(mean) else "–",
        "interval": f"{low:.2f} – {high:.2f}" if math.isfinite(low) else "",
        "bar": bar.style if bar else "",
        "best": _probability(float(row["best"])),
        "share": f"{100 * row['best']:.1f}%" if math.isfinite(row["best"]) else "0%",
    }


def _pair(row: Mapping[Any, Any], metric: ScoredMetric) -> dict[str, Any]:
    estimate = Estimate(
        mean=float(row["difference"]),
        low=float(row["ci_low"]),
        high=float(row["ci_high"]),
        unit=metric.unit,
    )
    return {
        "first": row["first"],
        "second": row["second"],
        "text": estimate.mean_text,
        "interval": estimate.interval_text,
        "p": _p_value(float(row["p_holm"])),
        "effect": f"{row['rank_biserial']:.2f}" if math.isfinite(row["rank_biserial"]) else "–",
        "n": int(row["n"]),
        "apart": bool(row["p_holm"] < _ALPHA),
    }


def _matrix(agreement: pd.DataFrame, metrics: Mapping[str, ScoredMetric]) -> dict[str, Any] | None:
    """Kendall's tau of every two metrics as a square."""
    if agreement.empty:
        return None
    found = {
        frozenset((row["first"], row["second"])): _tau(row) for row in agreement.to_dict("records")
    }
    named = [name for name in ASKED if any(name in pair for pair in found)]
    return {
        "labels": [metrics[name].label for name in named],
        "rows": [
            (metrics[one].label, [found.get(frozenset((one, other))) for other in named])
            for one in named
        ],
        "methods": int(agreement["methods"].max()),
    }


def _between(elsewhere: pd.DataFrame, metrics: Mapping[str, ScoredMetric]) -> list[dict[str, Any]]:
    return [
        _tau(row)
        | {
            "kind": row["kind"],
            "metric": metrics[row["metric"]].label,
            "here": f"{row['model']} on {row['dataset']}",
            "there": f"{row['other_model']} on {row['other_dataset']}",
            "methods": int(row["methods"]),
        }
        for row in elsewhere.to_dict("records")
    ]


def _tau(row: Mapping[Any, Any]) -> dict[str, Any]:
    tau, low, high = (float(row[name]) for name in ("tau", "ci_low", "ci_high"))
    return {
        "text": f"{tau:.2f}" if math.isfinite(tau) else "–",
        "value": tau if math.isfinite(tau) else None,
        "interval": f"{low:.2f} – {high:.2f}" if math.isfinite(low) else "",
        "for": tau >= 0,
        "strength": f"{100 * abs(tau):.0f}%" if math.isfinite(tau) else "0%",
    }


def _p_value(p: float) -> str:
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _probability(share: float) -> str:
    if math.isnan(share):
        return "–"
    if 0 < min(share, 1 - share) < 0.01:
        return "> 0.99" if share > 0.5 else "< 0.01"
    return f"{share:.2f}"
