"""Verdicts as tables: which methods differ, which is likely the best, what can be detected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.report.formats import ARROWS, decimals, p_value, probability, span
from xai_bench.report.leaderboard.order import MetricFacts
from xai_bench.report.scale import Scale
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell, text_cells
from xai_bench.results import COMPARABLE
from xai_bench.results import Cell as RunCell
from xai_bench.results.verdicts import differences, ranks
from xai_bench.stats import ALPHA

__all__ = [
    "detectable_difference",
    "least_differences",
    "pairs_table",
    "ranks_table",
    "verdict_tables",
]


def verdict_tables(
    cells: Sequence[RunCell], metric: str, cards: Mapping[str, MetricFacts]
) -> list[Table]:
    """For each model: the methods in order of their ranks, and every two of them compared.

    Raises UnknownNameError for a metric without a card, InputError where there are no two methods
    to compare.
    """
    if metric not in cards:
        raise UnknownNameError("metric", metric, cards)
    pairs, order = differences(cells, metric), ranks(cells, metric)
    if pairs.empty:
        raise InputError(
            f"no two methods to compare in {metric}; score several that are no controls, on a "
            "model that is not unreliable: xai-bench run --method native,saliency"
        )
    tables = []
    for place, of_model in pairs.groupby(list(COMPARABLE), sort=False):
        in_order = order[(order[list(COMPARABLE)] == list(place)).all(axis=1)]
        dataset, _, model = map(str, place)
        title = f"{dataset} · {model} · {cards[metric].label}{ARROWS[cards[metric].better]}"
        tables += [ranks_table(in_order, title), pairs_table(of_model, title, cards[metric].unit)]
    return tables


def detectable_difference(cells: Sequence[RunCell], metric: str, label: str) -> str:
    """How far two methods must differ in `metric` to be told apart, in a line; empty if unknown.

    `least` of `stats.with_least`, over the pairs of all models.
    """
    pairs = differences(cells, metric)
    if pairs.empty:
        return ""
    if (pairs["least"] == math.inf).any():
        return (
            f"n = {pairs['n'].min()}: too few patients to tell any two of so many methods apart "
            f"in {label}; take more recordings"
        )
    differ = least_differences(pairs)
    return differ and (
        f"n = {pairs['n'].min()}: {label} tells two methods apart, with a nominal power of 80 %, "
        f"if they differ by {differ}, depending on the two; take more recordings for less"
    )


def least_differences(pairs: pd.DataFrame) -> str:
    """The range of what is told apart, 80 % of power meant; empty if unknown, or nothing is."""
    least = pairs["least"][np.isfinite(pairs["least"])]
    return f"{least.min():.2g} to {least.max():.2g}" if len(least) else ""


def ranks_table(order: pd.DataFrame, title: str) -> Table:
    """Methods of one model by mean rank; rows of `results.verdicts.ranks`."""
    statistic, p = float(order["friedman"].iloc[0]), float(order["friedman_p"].iloc[0])
    known = f"chi² {statistic:.1f}, p {p_value(p)}"
    friedman = "needs three methods and five patients" if math.isnan(p) else known
    scale = Scale(low=1.0, high=float(max(len(order), 2)))
    return Table(
        title=f"{title} · ranks",
        columns=[
            Column(heading="method", kind="name"),
            Column(heading="mean rank", better="lower"),
            Column(heading="probability of being best", better="higher"),
        ],
        rows=[
            Row(
                cells=[
                    Cell(text=str(row["method"])),
                    estimate_cell(
                        row["mean_rank"], row["rank_low"], row["rank_high"], digits=2, scale=scale
                    ),
                    _probability(row["best"]),
                ]
            )
            for row in order.to_dict("records")
        ],
        caption=[
            "1 is best",
            "95 % intervals and probability: resamples of patients",
            f"Friedman's test: {friedman}",
            f"protocol {order['protocol'].iloc[0]}",
        ],
    )


def _probability(share: float) -> Cell:
    bar = estimate_cell(share, scale=Scale(low=0.0, high=1.0))
    return Cell(text=probability(share), value=bar.value, bar=bar.bar)


def pairs_table(pairs: pd.DataFrame, title: str, unit: str) -> Table:
    """Every two methods of one model; rows of `results.verdicts.differences`.

    Strong: told apart, see `stats.told_apart`.
    """
    apart = int(pairs["apart"].sum())
    return Table(
        title=f"{title} · differences",
        columns=[
            *columns("second", kind="name"),
            *columns("difference", "p", "effect", "least"),
        ],
        rows=[_pair(row, unit) for row in pairs.to_dict("records")],
        caption=[
            "first − second",
            f"of the same n = {span(pairs['n'].min(), pairs['n'].max())} recordings",
            "p: signed-rank test of patients, adjusted after Holm",
            f"bold, told apart: p below {ALPHA}, and an interval without 0: "
            f"{apart} of {len(pairs)}",
            "effect: matched-pairs rank correlation",
            "least: difference that is told apart with a nominal power of 80 %",
        ],
        group_heading="first",
    )


def _pair(row: Mapping[Any, Any], unit: str) -> Row:
    first, second = str(row["first"]), str(row["second"])
    difference, low, high, p, effect, least = (
        float(row[name])
        for name in ("difference", "ci_low", "ci_high", "p_holm", "rank_biserial", "least")
    )
    strong = bool(row["apart"])
    named, *rest = text_cells(
        *(second, p_value(p), decimals(effect), _least(least)),
        strong=strong,
    )
    estimate = estimate_cell(difference, low, high, unit=unit, strong=strong)
    return Row(group=first, cells=[named, estimate, *rest])


def _least(difference: float) -> str:
    if math.isinf(difference):
        return "none"
    return "–" if math.isnan(difference) else f"{difference:.2g}"
