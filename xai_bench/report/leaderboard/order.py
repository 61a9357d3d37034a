"""In which order a leaderboard is shown, and which of its methods stand first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import pandas as pd

from xai_bench.errors import UnknownNameError
from xai_bench.report.table import Standing
from xai_bench.results.method_comparison import NOT_ASKED
from xai_bench.types import CONTROLS, is_control

__all__ = ["MetricFacts", "Order", "by_family", "check_metrics", "order_of", "standings"]
__all__ += ["unreliable_models", "with_text"]

_AUROC = ("model", "auroc", "auroc_low", "auroc_high")

Order = Sequence[tuple[str, Sequence[str], Sequence[str]]]
"""Models with their methods and their controls, as they are shown."""


@runtime_checkable
class MetricFacts(Protocol):
    """What a table must know about a metric; a metric of the zoo is one."""

    @property
    def family(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def better(self) -> str:
        """higher, lower or none."""

    @property
    def unit(self) -> str: ...


def with_text(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """A leaderboard, perhaps from a CSV, which has no empty text."""
    for column in ("flags", "remark", "reason", "metric", "ceiling", "floor", "not_better_than"):
        text = leaderboard[column].astype(object)
        leaderboard = leaderboard.assign(**{column: text.where(text.notna(), "")})
    return leaderboard


def check_metrics(scored: pd.DataFrame, cards: Mapping[str, MetricFacts], sort: str | None) -> None:
    """Raises UnknownNameError for a metric without a card, and a `sort` that was not scored."""
    measured = set(scored["metric"])
    if sort is not None and sort not in measured:
        raise UnknownNameError("metric", sort, measured)
    for metric in sorted(measured - set(cards)):
        raise UnknownNameError("metric", metric, cards)


def by_family(
    rows: pd.DataFrame, cards: Mapping[str, MetricFacts], first: str | None = None
) -> dict[str, list[str]]:
    """The metrics that were scored, by their property, in the order of `cards`.

    first: a metric that stands before all others, with its property.
    """
    scored = set(rows["metric"])
    families: dict[str, list[str]] = {}
    for name, card in sorted(cards.items(), key=lambda item: item[0] != first):
        if name in scored:
            families.setdefault(card.family, []).append(name)
    return families


def order_of(rows: pd.DataFrame, sort: str | None, cards: Mapping[str, MetricFacts]) -> Order:
    """Every model with its methods and its controls, in the order in which they are shown.

    sort: a metric to order models and methods by, best first. Unreliable models come last.
    """
    if sort is not None:
        sign = -1 if cards[sort].better == "higher" else 1
        key = (sign * rows["mean"]).where(rows["metric"] == sort)
        control = rows["method"].map(is_control)
        best = key.mask(control).groupby(rows["model"]).transform("min")
        rows = rows.assign(best=best, key=key).sort_values(["best", "key"], kind="stable")
    order = []
    for model, group in rows.groupby("model", sort=False):
        methods = [str(method) for method in dict.fromkeys(group["method"])]
        rivals = [method for method in methods if not is_control(method)]
        controls = [method for method in methods if "@" in method and is_control(method)]
        controls += [method for method in CONTROLS if method in methods]
        order.append((str(model), rivals, controls))
    unreliable = unreliable_models(rows)
    return sorted(order, key=lambda entry: entry[0] in unreliable)


def unreliable_models(rows: pd.DataFrame) -> dict[str, str]:
    """The models that classify too badly to be ranked, each with its AUROC."""
    return {
        row["model"]: f"{row['auroc']:.2f} [{row['auroc_low']:.2f}, {row['auroc_high']:.2f}]"
        for row in rows.loc[rows["quality"] == "unreliable", list(_AUROC)].to_dict("records")
    }


def standings(rows: pd.DataFrame) -> dict[tuple[str, str, str], Standing]:
    """(model, method, metric) -> how it stands, for all that rank first of several.

    Where nobody is behind, being first says nothing, and nobody is marked; nor is a method that is
    not shown to be better than a control without a trained model, which shares that lead.
    """
    ranks: dict[tuple[str, str], dict[str, int]] = {}
    as_good_as_a_control = set()
    columns = (rows[name] for name in ("model", "metric", "method", "rank", "not_better_than"))
    for model, metric, method, rank, control in zip(*columns, strict=True):
        if not pd.isna(rank):
            ranks.setdefault((str(model), str(metric)), {})[str(method)] = rank
        if not pd.isna(control) and control not in ("", NOT_ASKED):
            as_good_as_a_control.add((str(model), str(method), str(metric)))
    found: dict[tuple[str, str, str], Standing] = {}
    for (model, metric), of_methods in ranks.items():
        first = [method for method, rank in of_methods.items() if rank == 1]
        if len(first) < len(of_methods):
            standing: Standing = "best" if len(first) == 1 else "tied"
            found |= {(model, method, metric): standing for method in first}
    return {key: standing for key, standing in found.items() if key not in as_good_as_a_control}
