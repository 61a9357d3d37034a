"""The leaderboard on a screen: the metrics that are trusted most, and that there are others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.formats import span
from xai_bench.report.leaderboard.order import (
    MetricFacts,
    Order,
    by_family,
    check_metrics,
    order_of,
    standings,
    unreliable_models,
    with_text,
)
from xai_bench.report.leaderboard.tables import (
    Cells,
    board_cells,
    metrics_table,
    model_free_captions,
    unscored_table,
)
from xai_bench.report.table import Table
from xai_bench.report.terminal import lines_of, width_of

__all__ = ["Screen", "headline_columns", "screen_tables"]

_COSTS = "runtime"
"""What no audit of metrics asks about stands behind what it asks about."""
_LAYOUTS = ("beside", "below", "none")
"""Where intervals stand, the best first."""


class Screen(NamedTuple):
    """Characters in a line, and lines."""

    width: int
    height: int


def screen_tables(
    leaderboard: pd.DataFrame,
    cards: Mapping[str, MetricFacts],
    screen: Screen,
    *,
    sort: str | None = None,
) -> list[Table]:
    """One table for each dataset and protocol, or one for each of its models where all do not fit
    the height of the screen: a row a method, a column a metric.

    Of each property stand its headline metrics (of the presets), or where it has none the one that
    is trusted most: those that the audit of metrics does not flag first, costs last. As many
    columns as fit stand there, intervals where they fit too. Controls stand last, those that are
    made of a method (@) do not stand there. The last caption names what is not shown. Marks are
    those of `leaderboard_tables`, and the last table lists the pairs that were skipped.

    sort: the first column, and what models and methods are sorted by, best first. Raises
    UnknownNameError for a metric that is not in the leaderboard or that has no card.
    """
    leaderboard = with_text(leaderboard)
    scored = leaderboard[leaderboard["status"] == "ok"]
    skipped = leaderboard[leaderboard["status"] == "skipped"]
    check_metrics(scored, cards, sort)
    tables: list[Table] = []
    for (dataset, protocol), rows in scored.groupby(["dataset", "protocol"], sort=False):
        title = str(dataset) if scored["protocol"].nunique() == 1 else f"{dataset} · {protocol}"
        tables += _on_screen(title, rows, cards, screen, sort)
    return tables if skipped.empty else [*tables, unscored_table(skipped)]


def headline_columns(
    rows: pd.DataFrame, cards: Mapping[str, MetricFacts], sort: str | None = None
) -> tuple[list[str], int]:
    """The metrics that stand for their properties, the most trusted first, and how many of these
    are headline metrics of the presets (all, where none is)."""
    families = by_family(rows, cards)
    flagged = set(rows.loc[rows["flags"] != "", "metric"])

    def distrust(metric: str) -> tuple[bool, bool, bool]:
        is_core = metric in PRESETS.metrics.core
        return cards[metric].family == _COSTS, metric in flagged, not is_core

    scored = [name for names in families.values() for name in names]
    headline = [name for name in PRESETS.report.headline_metrics if name in scored]
    others = [
        min(names, key=distrust) for names in families.values() if not set(names) & set(headline)
    ]
    if sort is not None:
        headline = [sort, *(name for name in headline if name != sort)]
        others = [name for name in others if name != sort]
    first = headline[: sort is not None]
    found = first + sorted(headline[len(first) :], key=distrust) + sorted(others, key=distrust)
    return found, len(headline) or len(found)


def _on_screen(
    title: str,
    rows: pd.DataFrame,
    cards: Mapping[str, MetricFacts],
    screen: Screen,
    sort: str | None,
) -> list[Table]:
    order = [
        (model, rivals, [name for name in controls if "@" not in name])
        for model, rivals, controls in order_of(rows, sort, cards)
    ]
    wanted, least = headline_columns(rows, cards, sort)
    with_intervals = board_cells(rows[rows["metric"].isin(wanted)], cards, skill=False)
    without = {key: replace(cell, interval="") for key, cell in with_intervals.items()}
    for layout in _LAYOUTS:
        cells = without if layout == "none" else with_intervals
        board = _Board(title, rows, cards, cells, layout)
        names: list[str] = []
        for name in wanted:
            if not names or width_of(board.table([*names, name], order)) <= screen.width:
                names.append(name)
        caption = _caption(rows, cards, names, order, layout)
        together = board.table(names, order, caption)
        if _fits(together, screen):
            tables = [together]
        else:
            *others, last = order
            tables = [board.table(names, [one]) for one in others]
            tables.append(board.table(names, [last], caption))
        if set(wanted[:least]) <= set(names) and all(_fits(one, screen) for one in tables):
            return tables
    return tables  # without intervals, as long as they are


def _fits(table: Table, screen: Screen) -> bool:
    """With a line to spare for what is typed next."""
    return len(lines_of(table, screen.width)) < screen.height


class _Board(NamedTuple):
    """What the tables of one dataset and protocol have in common."""

    title: str
    rows: pd.DataFrame
    cards: Mapping[str, MetricFacts]
    cells: Cells
    layout: str

    def table(self, names: Sequence[str], order: Order, caption: Sequence[str] = ()) -> Table:
        """Of these metrics and models; one model alone stands in the title."""
        rows = self.rows[self.rows["metric"].isin(list(names))]
        metrics = {name: self.cards[name] for name in names}
        table = metrics_table(self.title, metrics, order, rows, self.cells, caption=caption)
        if len(order) == 1:
            ((model, *_),) = order
            caveat = "".join(f" ({one.caveat})" for one in table.rows[:1] if one.caveat)
            alone = [replace(row, group="") for row in table.rows]
            table = replace(
                table, title=f"{table.title} · {model}{caveat}", rows=alone, group_heading=""
            )
        return replace(table, stacked=self.layout == "below", compact=True)


def _marks(rows: pd.DataFrame) -> list[str]:
    marks = {"best": "*: alone first", "tied": "=: first beside others"}
    return [words for mark, words in marks.items() if mark in standings(rows).values()]


def _caption(
    rows: pd.DataFrame,
    cards: Mapping[str, MetricFacts],
    names: Sequence[str],
    order: Order,
    layout: str,
) -> list[str]:
    """What the marks mean, in as few words as do, and what is folded and how to see it."""
    shown = rows[rows["metric"].isin(list(names))]
    what = "mean" if layout == "none" else "mean and 95 % interval"
    parts = [f"{what} of n = {span(shown['n'].min(), shown['n'].max())}", *_marks(shown)]
    parts += model_free_captions(shown)
    if (shown["flags"] != "").any():
        parts.append("†: flagged by the audit of metrics")
    if "detected" in set(shown["recordings"]):
        parts.append("localisation is of recordings that the model detects")
    for model, auroc in unreliable_models(rows).items():
        parts.append(f"{model} is unreliable and not ranked: AUROC {auroc}")
    folded = Counter(
        card.family
        for name, card in cards.items()
        if name not in names and name in set(rows["metric"])
    )
    more = [f"{count} {family}" for family, count in folded.items()]
    methods = {method for _, rivals, controls in order for method in [*rivals, *controls]}
    apart = len(set(rows["method"]) - methods)
    metrics = f"{folded.total()} more metric{'s' * (folded.total() > 1)}"
    hidden = [f"{metrics} ({', '.join(more)})"] if more else []
    hidden += [f"{apart} control{'s' * (apart > 1)} made of a method"] if apart else []
    hidden += ["95 % intervals"] if layout == "none" else []
    if hidden:
        parts.append(f"folded: {', '.join(hidden)}: xai-bench show --metrics all, FAMILY or NAMES")
    return parts
