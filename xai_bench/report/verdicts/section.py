"""Which methods differ, which is likely the best, what it costs, and which orders agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.figures.pareto_plot import draw_pareto
from xai_bench.report.figures.standings import draw_standings
from xai_bench.report.html.embed import Picture, embed_figure
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.report.leaderboard.order import with_text
from xai_bench.report.scored_metrics import ScoredMetric
from xai_bench.report.table import Cell, Row, Table, columns, estimate_cell, text_cells
from xai_bench.report.verdicts.tables import least_differences, pairs_table, ranks_table
from xai_bench.results import COMPARABLE, to_csv
from xai_bench.results.pareto import pareto
from xai_bench.results.verdicts import (
    ScoreTable,
    agreement_of,
    between_of,
    differences_of,
    ranks_of,
    score_tables,
)

__all__ = ["verdicts_section"]

_FEWEST = 2
_REPORT = PRESETS.report


def verdicts_section(material: Material) -> Section | None:
    """For each model: its methods and controls in a figure, cost, and for each respect ranks and
    paired differences."""
    metrics = material.metrics
    # Costs are in the plot beside: how sure a difference of milliseconds is, nobody asks.
    headline = [
        name
        for name in _REPORT.headline_metrics
        if name in metrics and metrics[name].family != "runtime"
    ]
    # Comparing every two of fifty metrics is slow.
    cells = [cell.only(headline) for cell in material.cells if cell.status == "ok"]
    of_name = {(table.metric, *_place(table)): table for table in score_tables(cells)}
    order = {name: number for number, name in enumerate(headline)}
    tables = sorted(of_name.values(), key=lambda table: (_place(table), order[table.metric]))
    several = [table for table in tables if table.scores.shape[1] >= _FEWEST]
    if not several:
        return None
    found = {
        "ranks": ranks_of(tables),
        "differences": differences_of(tables),
        "agreement": agreement_of(tables),
        "between": between_of(tables),
    }
    fronts = pareto(material.leaderboard, _REPORT.faithfulness, _REPORT.cost)
    return Section(
        anchor="verdicts",
        title="Which methods differ?",
        context={
            "blocks": [
                {
                    "dataset": place[0],
                    "model": place[2],
                    "standings": _standings(_of(material.leaderboard, place), metrics),
                    "front": _front(_of(fronts, place), place, metrics),
                    "respects": [
                        _respect(
                            table,
                            metrics[table.metric],
                            _of(found["ranks"], place, table.metric),
                            _of(found["differences"], place, table.metric),
                        )
                        for table in several
                        if _place(table) == place
                    ],
                    "agreement": _agreement_table(_of(found["agreement"], place), metrics),
                }
                for place in dict.fromkeys(map(_place, several))
            ],
            "between": _between_table(found["between"], metrics),
            "tables": [
                Download(name=f"{name}.csv", text=to_csv(table))
                for name, table in found.items()
                if len(table)
            ],
        },
    )


def _place(table: ScoreTable) -> tuple[str, str, str]:
    return table.dataset, table.protocol, table.model


def _of(
    table: pd.DataFrame, place: tuple[str, str, str], metric: str | None = None
) -> pd.DataFrame:
    """The rows of one dataset, protocol and model, perhaps of one metric."""
    chosen = (table[list(COMPARABLE)] == list(place)).all(axis=1)
    if metric is not None:
        chosen &= table["metric"] == metric
    return table[chosen]


def _standings(rows: pd.DataFrame, metrics: Mapping[str, ScoredMetric]) -> Picture | None:
    """All methods and controls by the metrics of the README's excerpt; None where none of these
    was scored."""
    rows = with_text(rows[rows["status"] == "ok"])
    shown = [name for name in _REPORT.excerpt if name in set(rows["metric"])]
    return embed_figure(draw_standings(rows, metrics, shown)) if shown else None


def _front(
    points: pd.DataFrame, place: tuple[str, str, str], metrics: Mapping[str, ScoredMetric]
) -> dict[str, Any] | None:
    rivals = points[~points["control"].astype(bool)]
    if len(rivals) < _FEWEST:
        return None
    title = f"{place[2]} on {place[0]}"
    figure = draw_pareto(points, metrics[_REPORT.faithfulness], title=title)
    return {
        "picture": embed_figure(figure),
        "quality": metrics[_REPORT.faithfulness].label,
        "methods": list(rivals.loc[rivals["front"], "method"]),
    }


def _respect(
    table: ScoreTable, metric: ScoredMetric, order: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, Any]:
    title = f"{table.model} · {metric.label}"
    return {
        "respect": _REPORT.headline_metrics[table.metric],
        "metric": metric,
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
