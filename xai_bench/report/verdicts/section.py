"""Which methods differ, which is likely the best, what it costs, and which orders agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.figures.critical_difference import draw_critical_difference
from xai_bench.report.figures.pareto_plot import draw_pareto
from xai_bench.report.html.embed import embed_figure
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.scored_metrics import ScoredMetric
from xai_bench.report.table import Cell, Row, Table, columns, estimate_cell, text_cells
from xai_bench.report.verdicts.tables import least_differences, pairs_table, ranks_table
from xai_bench.results import COMPARABLE, to_csv
from xai_bench.results import Cell as RunCell
from xai_bench.results.pareto import pareto
from xai_bench.results.verdicts import (
    ScoreTable,
    between,
    differences,
    metric_agreement,
    ranks,
    score_tables,
)

__all__ = ["headline_scores", "verdicts_section"]

_FEWEST = 2
_REPORT = PRESETS.report


def headline_scores(cells: Sequence[RunCell]) -> list[RunCell]:
    """Cells with the scores of headline metrics only: comparing every two of fifty is slow."""
    return [cell.only(_REPORT.headline_metrics) for cell in cells if cell.status == "ok"]


def verdicts_section(material: Material) -> Section | None:
    """For each model: the Pareto front, and for each respect ranks and paired differences."""
    cells, metrics = headline_scores(material.cells), material.metrics
    headline = [name for name in _REPORT.headline_metrics if name in metrics]
    blocks: dict[tuple[str, str, str], list[ScoreTable]] = {}
    for name in headline:
        for table in score_tables(cells, name):
            if table.scores.shape[1] >= _FEWEST:
                place = (table.dataset, table.protocol, table.model)
                blocks.setdefault(place, []).append(table)
    if not blocks:
        return None
    found = {
        "ranks": pd.concat([ranks(cells, name) for name in headline]),
        "differences": pd.concat([differences(cells, name) for name in headline]),
        "agreement": pd.concat(
            [metric_agreement(cells, model) for model in sorted({place[2] for place in blocks})]
        ),
        "between": between(cells),
    }
    fronts = pareto(material.leaderboard, _REPORT.faithfulness, _REPORT.cost)
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
                            _of(found["ranks"], place, table.metric),
                            _of(found["differences"], place, table.metric),
                        )
                        for table in tables
                    ],
                    "agreement": _agreement_table(_of(found["agreement"], place), metrics),
                }
                for place, tables in sorted(blocks.items())
            ],
            "between": _between_table(found["between"], metrics),
            "tables": [
                Download(name=f"{name}.csv", text=to_csv(table))
                for name, table in found.items()
                if len(table)
            ],
        },
    )


def _of(
    table: pd.DataFrame, place: tuple[str, str, str], metric: str | None = None
) -> pd.DataFrame:
    """The rows of one dataset, protocol and model, perhaps of one metric."""
    chosen = (table[list(COMPARABLE)] == list(place)).all(axis=1)
    if metric is not None:
        chosen &= table["metric"] == metric
    return table[chosen]


def _front(
    points: pd.DataFrame, place: tuple[str, str, str], metrics: Mapping[str, ScoredMetric]
) -> dict[str, Any] | None:
    if len(points) < _FEWEST:
        return None
    title = f"{place[2]} on {place[0]}"
    figure = draw_pareto(points, metrics[_REPORT.faithfulness], title=title)
    methods = list(points.loc[points["front"], "method"])
    return {"picture": embed_figure(figure), "methods": methods}


def _respect(
    table: ScoreTable, metric: ScoredMetric, order: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, Any]:
    title = f"{table.model} · {metric.label}"
    figure = draw_critical_difference(order, pairs, title)
    return {
        "respect": _REPORT.headline_metrics[table.metric],
        "metric": metric,
        "picture": embed_figure(figure) if figure else None,
        "ranks": ranks_table(order, title) if len(order) else None,
        "pairs": pairs_table(pairs, title, metric.unit),
        "apart": int(pairs["apart"].sum()),
        "least": least_differences(pairs),
    }


def _agreement_table(agreement: pd.DataFrame, metrics: Mapping[str, ScoredMetric]) -> Table | None:
    """Kendall's tau of every two metrics as a square."""
    if agreement.empty:
        return None
    found = {frozenset((row["first"], row["second"])): row for row in agreement.to_dict("records")}
    names = [name for name in _REPORT.headline_metrics if any(name in pair for pair in found)]
    labels = [metrics[name].label for name in names]
    pairs = {(a, b): found.get(frozenset((a, b))) for a in names for b in names}
    return Table(
        title="Kendall's τ of the orders that two metrics give methods",
        columns=[*columns("", kind="name"), *columns(*labels)],
        rows=[
            Row(
                cells=[
                    Cell(text=label),
                    *(
                        _tau(row) if (row := pairs[one, other]) else Cell(text="")
                        for other in names
                    ),
                ]
            )
            for one, label in zip(names, labels, strict=True)
        ],
        caption=[
            f"of {int(agreement['methods'].max())} methods",
            "with 95 % intervals over patients",
            "1: the same order; -1: the reverse",
        ],
    )


def _between_table(elsewhere: pd.DataFrame, metrics: Mapping[str, ScoredMetric]) -> Table | None:
    if elsewhere.empty:
        return None
    rows = []
    for row in elsewhere.to_dict("records"):
        here = f"{row['model']} on {row['dataset']}"
        there = f"{row['other_model']} on {row['other_dataset']}"
        names = (metrics[row["metric"]].label, row["kind"], here, there)
        count = Cell(text=str(row["methods"]), value=float(row["methods"]))
        rows.append(Row(cells=[*text_cells(*names), _tau(row), count]))
    return Table(
        title="Kendall's τ of the orders that a metric gives the same methods here and there",
        columns=[
            *columns("metric", "another", "here", "there", kind="name"),
            *columns("τ", "methods"),
        ],
        rows=rows,
        caption=["with 95 % intervals over patients"],
    )


def _tau(row: Mapping[Any, Any]) -> Cell:
    tau, low, high = (float(row[name]) for name in ("tau", "ci_low", "ci_high"))
    return estimate_cell(tau, low, high, digits=2, heat=tau)
