"""Verdicts in a terminal: which methods differ, which is likely the best, what goes unseen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from rich.box import HORIZONTALS
from rich.table import Table
from rich.text import Text

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.report.estimate import Estimate
from xai_bench.report.formats import ARROWS
from xai_bench.report.leaderboard.order import MetricFacts
from xai_bench.results import Cell
from xai_bench.results.verdicts import differences, ranks

__all__ = ["unseen", "verdict_tables"]

_ALPHA = 0.05
_GROUP = ["dataset", "protocol", "model"]


def verdict_tables(
    cells: Sequence[Cell], metric: str, cards: Mapping[str, MetricFacts]
) -> list[Table]:
    """For each model: the methods in order of their ranks, and every two of them compared.

    Pairs that differ (p adjusted after Holm below 0.05) are bold. Raises UnknownNameError for a
    metric without a card, InputError where there are no two methods to compare.
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
    for group, of_model in pairs.groupby(_GROUP, sort=False):
        in_order = order[(order[_GROUP] == list(group)).all(axis=1)]
        dataset, protocol, model = map(str, group)
        what = f"{cards[metric].label}{ARROWS[cards[metric].better]}"
        title = f"{dataset} · {model} · {what}"
        tables.append(_ranks_table(in_order, title, protocol))
        tables.append(_pairs_table(of_model, title, cards[metric].unit))
    return tables


def unseen(cells: Sequence[Cell], metric: str, label: str) -> str:
    """How far two methods must differ in `metric` to be told apart, in a line; empty if unknown.

    `least` of `stats.compare_pairs`, over the pairs of all models.
    """
    pairs = differences(cells, metric)
    if pairs.empty or pairs["least"].isna().all():
        return ""
    low, high = pairs["least"].min(), pairs["least"].max()
    fewest = int(pairs["n"].min())
    return (
        f"n = {fewest}: {label} tells two methods apart with 80 % power if they differ by "
        f"{_number(low)} to {_number(high)}, depending on the two; take more recordings for less"
    )


def _ranks_table(order: pd.DataFrame, title: str, protocol: str) -> Table:
    table = _table(f"{title} · ranks")
    for heading in ("method", "mean rank", "95 % interval", "probability of being best"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    for row in order.to_dict("records"):
        interval = f"{row['rank_low']:.2f} – {row['rank_high']:.2f}"
        table.add_row(
            Text(str(row["method"])),
            f"{row['mean_rank']:.2f}",
            "–" if math.isnan(row["rank_low"]) else interval,
            _probability(row["best"]),
        )
    p = order["friedman_p"].iloc[0]
    asked = "Friedman's test: " + (
        "needs three methods and five patients"
        if math.isnan(p)
        else f"chi² {order['friedman'].iloc[0]:.1f}, p {_p_value(p)}"
    )
    caption = f"1 is best · resamples of patients · {asked} · protocol {protocol}"
    table.caption = Text(caption, style="dim")
    return table


def _pairs_table(pairs: pd.DataFrame, title: str, unit: str) -> Table:
    table = _table(f"{title} · differences")
    table.add_column("first\n  - second", no_wrap=True)  # a name that is broken cannot be typed
    for heading in ("difference", "95 % interval", "p", "effect", "least"):
        table.add_column(f"\n{heading}", justify="right")
    for first, of_first in pairs.groupby("first", sort=False):
        table.add_row(Text(str(first), style="dim"))
        for row in of_first.to_dict("records"):
            estimate = Estimate(
                mean=row["difference"], low=row["ci_low"], high=row["ci_high"], unit=unit
            )
            table.add_row(
                Text(f"  - {row['second']}"),
                estimate.mean_text,
                estimate.interval_text or "–",
                _p_value(row["p_holm"]),
                "–" if math.isnan(row["rank_biserial"]) else f"{row['rank_biserial']:.2f}",
                _number(row["least"]),
                style="bold" if row["p_holm"] < _ALPHA else "",
            )
    least, most = pairs["n"].min(), pairs["n"].max()
    recordings = f"{least}" if least == most else f"{least} to {most}"
    apart = int((pairs["p_holm"] < _ALPHA).sum())
    caption = (
        f"of the same n = {recordings} recordings · p: signed-rank test of "
        f"patients, adjusted after Holm; bold below {_ALPHA}: {apart} of {len(pairs)} · effect: "
        "matched-pairs rank correlation · least: difference that is found with 80 % power"
    )
    table.caption = Text(caption, style="dim")
    return table


def _table(title: str) -> Table:
    return Table(
        box=HORIZONTALS,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=Text(title, style="bold"),
        caption_justify="left",
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2g}"


def _probability(value: float) -> str:
    if math.isnan(value):
        return "–"
    if 0 < min(value, 1 - value) < 0.01:
        return "> 0.99" if value > 0.5 else "< 0.01"
    return f"{value:.2f}"


def _p_value(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
