"""Scores by class or by outcome as tables: the means of each group, and the orders of methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from xai_bench.report.formats import ARROWS, p_value
from xai_bench.report.leaderboard.order import MetricFacts
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell
from xai_bench.results.recording_groups import GroupedScores
from xai_bench.types import CONTROLS, is_control

__all__ = ["group_tables", "means_table", "orders_table"]

_MOST_CONTRASTS = 3
"""Beside the groups in a table; of more only those that are told apart are named."""
_PLACE = ["dataset", "protocol", "model"]
WORDS = {"class": "class that is explained", "outcome": "what the model made of the recording"}


def group_tables(
    found: GroupedScores, metrics: Mapping[str, MetricFacts]
) -> Iterator[tuple[tuple[str, str, str], list[Table]]]:
    """For each dataset, protocol and model: the means of the metrics that were tested, and the
    orders."""
    for place, means in found.means.groupby(_PLACE, sort=False):
        names = {str(name) for name in _of(found.differences, place)["metric"]} or set(
            means["metric"]
        )
        shown = {name: metric for name, metric in metrics.items() if name in names}
        tables = [means_table(found, place, shown)]
        orders = _of(found.orders, place)
        if len(orders):
            tables.append(orders_table(orders, f"{place[0]} · {place[2]}", metrics))
        yield (str(place[0]), str(place[1]), str(place[2])), tables


def means_table(
    found: GroupedScores, place: tuple[Any, ...], metrics: Mapping[str, MetricFacts]
) -> Table:
    """A row for each method below its metric, a column for each group and each two compared."""
    means, tests = _of(found.means, place), _of(found.differences, place)
    groups = list(dict.fromkeys(means["group"]))
    pairs = zip(tests["first"], tests["second"], strict=True)
    contrasts = [(str(a), str(b)) for a, b in dict.fromkeys(pairs)]
    few = len(contrasts) <= _MOST_CONTRASTS
    of_group = {
        (row["metric"], row["method"], row["group"]): row for row in means.to_dict("records")
    }
    of_contrast = {
        (row["metric"], row["method"], row["first"], row["second"]): row
        for row in tests.to_dict("records")
    }
    rows = []
    for name, metric in metrics.items():
        for method in _in_order(means.loc[means["metric"] == name, "method"]):
            cells = [_mean(of_group.get((name, method, group)), metric.unit) for group in groups]
            compared = [of_contrast.get((name, method, *pair)) for pair in contrasts]
            if few:
                cells += [_difference(row, metric.unit) for row in compared]
            else:
                cells.append(Cell(text=_named(compared)))
            rows.append(
                Row(
                    cells=[Cell(text=method), *cells],
                    group=f"{metric.label}{ARROWS[metric.better]}",
                    control=is_control(method),
                )
            )
    of_contrasts = (
        [Column(heading=f"{first} − {second}") for first, second in contrasts]
        if few
        else columns("told apart", kind="words")
    )
    return Table(
        title=f"{place[0]} · {place[2]} · by {WORDS[found.by]}",
        columns=[*columns("method", kind="name"), *columns(*groups), *of_contrasts],
        rows=rows,
        caption=[
            "mean, 95 % interval over the patients of the group, and n",
            "no interval of fewer than five patients",
            *_of_tests(int(tests["p"].notna().sum())),
            *(
                [f"{len(others)} more metrics were scored, and not tested: --format csv"]
                if (others := set(means["metric"]) - set(metrics))
                else []
            ),
            f"protocol {place[1]}",
        ],
        group_heading="metric",
        stacked=True,
    )


def _of_tests(count: int) -> Iterator[str]:
    """What tests are of; nothing where none could be made."""
    if count:
        yield (
            "differences: bold where p < 0.05 and the interval excludes 0; p is of the rank-sum "
            "test between patients (signed-rank where most are in both groups), after Holm over "
            f"{count} test{'' if count == 1 else 's'}"
        )


def orders_table(orders: pd.DataFrame, title: str, metrics: Mapping[str, MetricFacts]) -> Table:
    """Kendall's tau of two groups' orders; rows of `results.recording_groups.group_orders`."""
    return Table(
        title=f"{title} · is the order of methods the same?",
        columns=[
            *columns("metric", "groups", kind="name"),
            *columns("τ", "methods", "pairs"),
            *columns("change places", kind="words"),
        ],
        rows=[
            Row(
                cells=[
                    Cell(text=metrics[row["metric"]].label),
                    Cell(
                        text=f"{row['first']} ({row['first_n']}), "
                        f"{row['second']} ({row['second_n']})"
                    ),
                    estimate_cell(
                        *(float(row[name]) for name in ("tau", "ci_low", "ci_high")), digits=2
                    ),
                    Cell(text=str(row["methods"])),
                    Cell(text=str(row["pairs"])),
                    Cell(text=row["swaps"] or "–"),
                ]
            )
            for row in orders.to_dict("records")
        ],
        caption=[
            "Kendall's τ of the orders of methods in two groups, with the recordings of each",
            "95 % intervals, patients of each group resampled apart",
            "pairs: of methods that are told apart in both groups; those that change places are "
            "named as they stand in the first",
        ],
    )


def _of(table: pd.DataFrame, place: Any) -> pd.DataFrame:
    return table[(table[_PLACE] == list(place)).all(axis=1)]


def _in_order(methods: pd.Series) -> list[str]:
    """Rivals as they come, then controls."""
    named = list(dict.fromkeys(map(str, methods)))
    controls = [name for name in named if "@" in name]
    controls += [name for name in CONTROLS if name in named]
    return [*(name for name in named if not is_control(name)), *controls]


def _mean(row: Mapping[Any, Any] | None, unit: str) -> Cell:
    if row is None:
        return Cell()
    return estimate_cell(
        *(float(row[name]) for name in ("mean", "ci_low", "ci_high")),
        unit=unit,
        note=f"n {row['n']}",
    )


def _difference(row: Mapping[Any, Any] | None, unit: str) -> Cell:
    if row is None:
        return Cell()
    p = float(row["p_holm"])
    return estimate_cell(
        *(float(row[name]) for name in ("difference", "ci_low", "ci_high")),
        unit=unit,
        note="" if p != p else f"p {p_value(p)}",
        strong=bool(row["apart"]),
    )


def _named(compared: Sequence[Mapping[Any, Any] | None]) -> str:
    apart = [row for row in compared if row is not None and row["apart"]]
    return "; ".join(
        f"{row['first']} {'>' if row['difference'] > 0 else '<'} {row['second']}" for row in apart
    )
