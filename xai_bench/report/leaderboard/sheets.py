"""The leaderboard as sheets: what Markdown and LaTeX both set, before either sets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pandas as pd

from xai_bench.report.estimate import Estimate
from xai_bench.report.leaderboard.order import (
    MetricFacts,
    Standing,
    batched,
    check_metrics,
    order_of,
    standings,
    unreliable_models,
    with_text,
)

__all__ = ["ARROWS", "Entry", "Heading", "Line", "Sheet", "sheets"]

ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
_MOST_METRICS = 5
"""Beside each other on one sheet: as many as the text of a page is wide."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A metric above its column."""

    label: str
    arrow: str
    flagged: bool


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mean with its interval, and whether it is first of its model."""

    estimate: Estimate
    standing: Standing | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A method of a model."""

    model: str
    method: str
    is_control: bool
    unreliable: bool
    entries: Sequence[Entry | None]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Metrics of one family and lines of one dataset and protocol."""

    dataset: str
    protocol: str
    family: str
    recordings: str
    """How many: "32", or "16 to 32"."""
    headings: Sequence[Heading]
    lines: Sequence[Line]


def sheets(
    leaderboard: pd.DataFrame, cards: Mapping[str, MetricFacts], *, sort: str | None = None
) -> Iterator[Sheet]:
    """For each dataset, protocol and family: a sheet for every five metrics, in order of `cards`.

    sort: a metric to order models and methods by, best first. Raises UnknownNameError.
    """
    scored = with_text(leaderboard[leaderboard["status"] == "ok"])
    check_metrics(scored, cards, sort)
    for (dataset, protocol), rows in scored.groupby(["dataset", "protocol"], sort=False):
        order = order_of(rows, sort, cards)
        for family in dict.fromkeys(card.family for card in cards.values()):
            shown = rows[[cards[metric].family == family for metric in rows["metric"]]]
            metrics = [name for name in cards if name in set(shown["metric"])]
            for piece in batched(metrics, _MOST_METRICS):
                of_piece = shown[shown["metric"].isin(piece)]
                least, most = of_piece["n"].min(), of_piece["n"].max()
                flagged = set(of_piece.loc[of_piece["flags"] != "", "metric"])
                yield Sheet(
                    dataset=str(dataset),
                    protocol=str(protocol),
                    family=family,
                    recordings=f"{least}" if least == most else f"{least} to {most}",
                    headings=[_heading(cards[name], name in flagged) for name in piece],
                    lines=list(_lines(of_piece, order, {name: cards[name] for name in piece})),
                )


def _heading(card: MetricFacts, flagged: bool) -> Heading:
    unit = f" ({card.unit})" if card.unit not in ("", "s", "B") else ""
    return Heading(label=f"{card.label}{unit}", arrow=ARROWS[card.better], flagged=flagged)


def _lines(
    rows: pd.DataFrame,
    order: list[tuple[str, list[str], list[str]]],
    cards: Mapping[str, MetricFacts],
) -> Iterator[Line]:
    standing = standings(rows)
    unreliable = unreliable_models(rows)
    entries = {
        (key := (row["model"], row["method"], row["metric"])): Entry(
            estimate=Estimate(
                mean=float(row["mean"]),
                low=float(row["ci_low"]),
                high=float(row["ci_high"]),
                unit=cards[row["metric"]].unit,
            ),
            standing=standing.get(key),
        )
        for row in rows.to_dict("records")
    }
    for model, rivals, controls in order:
        for method in [*rivals, *controls]:
            line = [entries.get((model, method, metric)) for metric in cards]
            if any(line):
                yield Line(
                    model=model,
                    method=method,
                    is_control=method in controls,
                    unreliable=model in unreliable,
                    entries=line,
                )
