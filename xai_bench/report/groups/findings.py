"""Whether scores depend on the class or the outcome, in sentences that are made of the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from xai_bench.report.formats import p_of_a_sentence
from xai_bench.report.leaderboard.order import MetricFacts
from xai_bench.results.recording_groups import GroupedScores, Grouping
from xai_bench.types import is_control

__all__ = ["group_findings"]

_PLACE = ["dataset", "protocol", "model"]
_COMPARED: dict[Grouping, str] = {
    "class": "no two classes have",
    "outcome": "detected are compared with missed, and true negatives with false alarms; no such "
    "two have",
}
_MOST = 3
"""Of a kind that are named."""


def group_findings(
    found: GroupedScores, metrics: Mapping[str, MetricFacts]
) -> dict[tuple[str, str, str], list[str]]:
    """For each dataset, protocol and model: what differs, and which methods change places."""
    sentences = {}
    for place, means in found.means.groupby(_PLACE, sort=False):
        tests, orders = (
            table[(table[_PLACE] == list(place)).all(axis=1)]
            for table in (found.differences, found.orders)
        )
        of = f"{place[2]} on {place[0]}"
        key = (str(place[0]), str(place[1]), str(place[2]))
        sentences[key] = [
            *_different(of, found.by, means, tests, metrics),
            *_orders(of, found.by, orders, metrics),
        ]
    return sentences


def _different(
    of: str,
    by: Grouping,
    means: pd.DataFrame,
    tests: pd.DataFrame,
    metrics: Mapping[str, MetricFacts],
) -> Iterator[str]:
    largest = means.groupby("group", sort=False)["n"].max()
    counts = ", ".join(f"{group} {n}" for group, n in largest.items())
    start = f"{of} by {by} ({counts} recordings at most): "
    known = tests[tests["p"].notna()]
    if known.empty:
        yield f"{start}{_COMPARED[by]} five patients each, so that nothing is tested."
        return
    rivals = known[~known["method"].map(is_control).astype(bool)]
    controls = known[known["method"].map(is_control).astype(bool)]
    apart = rivals[rivals["apart"]].sort_values("p_holm", kind="stable")
    tested = f"{len(rivals)} scores of methods (metric by metric)"
    if apart.empty:
        yield (
            f"{start}none of {tested} is told apart between two groups, which is no proof that "
            "they are alike."
        )
        return
    named = "; ".join(_test(row, metrics) for row in apart[:_MOST].to_dict("records"))
    sentence = f"{start}{len(apart)} of {tested} differ between two groups: {named}"
    sentence += f"; and {len(apart) - _MOST} more." if len(apart) > _MOST else "."
    if len(controls):
        sentence += (
            f" So do {int(controls['apart'].sum())} of {len(controls)} of the control random, "
            "which knows nothing of the class: what differs for it is the metric's or the net's "
            "doing."
        )
    yield sentence


def _test(row: Mapping[Any, Any], metrics: Mapping[str, MetricFacts]) -> str:
    return (
        f"{metrics[row['metric']].label} of {row['method']} is {abs(row['difference']):.2g} "
        f"{'higher' if row['difference'] > 0 else 'lower'} in {row['first']} than in "
        f"{row['second']} ({p_of_a_sentence(float(row['p_holm']))} after Holm)"
    )


def _orders(
    of: str, by: Grouping, orders: pd.DataFrame, metrics: Mapping[str, MetricFacts]
) -> Iterator[str]:
    known = orders[orders["tau"].notna()]
    if known.empty:
        return
    apart = int(known["pairs"].sum())
    swapped = known[known["swaps"] != ""]
    taus = f"Kendall's τ of the two orders {known['tau'].min():.2f} to {known['tau'].max():.2f}"
    of_all = f"{len(known)} orders compared ({taus}), {apart} pairs of methods told apart in both"
    if swapped.empty:
        none = "none changes places" if apart else "so that none could change places"
        yield f"{of} by {by}: of {of_all} groups, {none}."
        return
    named = "; ".join(
        f"{row['swaps']} in {row['first']} and the reverse in {row['second']} by "
        f"{metrics[row['metric']].label}"
        for row in swapped[:_MOST].to_dict("records")
    )
    more = f"; and by {len(swapped) - _MOST} more" if len(swapped) > _MOST else ""
    yield f"{of} by {by}: of {of_all} groups, some change places: {named}{more}."
