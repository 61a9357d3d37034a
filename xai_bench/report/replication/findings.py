"""What holds on every fold and training, in sentences that are made of the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from xai_bench.report.replication.tables import n_of_methods, standing
from xai_bench.report.stability.wording import listed
from xai_bench.results.study_tables import StudyResult

__all__ = ["findings"]

_MOST = 6
"""Pairs that are named in a sentence."""


def findings(result: StudyResult) -> list[str]:
    """Sentences about each net."""
    table = result.table
    return [
        sentence
        for net, sides in result.facts["sides"].items()
        for sentence in _of_net(net, sides, table[table["model"] == net])
    ]


def _of_net(net: str, sides: list[dict[str, Any]], rows: pd.DataFrame) -> Iterator[str]:
    if rows.empty:
        yield f"{net}: no metric is scored on all {len(sides)} sides."
        return
    yield _counted(net, sides, rows)
    yield _on_all(net, sides, rows)
    if (rows["verdict"] == "reversed").any():
        yield _reversed(net, rows)
    yield _leading(net, rows)
    bad = [side["name"] for side in sides if side["quality"]["verdict"] == "unreliable"]
    if bad:
        yield f"{net} classifies too badly for its explanations to be ranked: {listed(bad)}."


def _counted(net: str, sides: list[dict[str, Any]], rows: pd.DataFrame) -> str:
    apart = rows[rows["orders"].str[0].isin(["+", "-"])]
    each = {int(n) for said in rows["recordings"] for n in said.split()}
    n = " to ".join(map(str, sorted({min(each), max(each)})))
    again = []
    for place, side in enumerate(sides[1:], start=1):
        signs = apart["orders"].str[0] + apart["orders"].str[place]
        same, other = int(signs.isin(["++", "--"]).sum()), int(signs.isin(["+-", "-+"]).sum())
        again.append(f"{same} on {side['name']} ({other} in the other order)")
    return (
        f"{net}: of {len(rows)} pairs ({rows['metric'].nunique()} metrics, "
        f"{len({*rows['first'], *rows['second']})} methods and controls; n = {n} "
        f"on each side, by metric and pair) {len(apart)} are apart on "
        f"{sides[0]['name']}; of these are apart in the same order {listed(again)}."
    )


def _on_all(net: str, sides: list[dict[str, Any]], rows: pd.DataFrame) -> str:
    counts = rows["verdict"].value_counts()
    return (
        f"{net}: {counts.get('holds', 0)} of {len(rows)} orders hold on all {len(sides)} sides; "
        f"{counts.get('undecided', 0)} are apart on some of them and nowhere the other way round, "
        f"{counts.get('reversed', 0)} are reversed, {counts.get('pooled only', 0)} are apart only "
        f"when all recordings are taken together, {counts.get('not apart', 0)} never."
    )


def _reversed(net: str, rows: pd.DataFrame) -> str:
    chosen = rows[rows["verdict"] == "reversed"]
    named = [
        f"{r.first} and {r.second} ({r.metric}, n = {', '.join(str(r.recordings).split())})"
        for r in chosen.itertuples()
    ]
    more = f" and {len(named) - _MOST} more" if len(named) > _MOST else ""
    return f"{net}: reversed are {', '.join(named[:_MOST])}{more}."


def _leading(net: str, rows: pd.DataFrame) -> str:
    leads: dict[str, list[str]] = {}
    for metric, of_metric in rows.groupby("metric", sort=False):
        named = f"{metric} (n = {n_of_methods(of_metric)})"
        leads.setdefault(standing(of_metric).leader, []).append(named)
    none = leads.pop("", [])
    parts = [f"{method} leads in {listed(metrics)}" for method, metrics in sorted(leads.items())]
    if none:
        parts.append(f"no method leads in {len(none)} of {rows['metric'].nunique()} metrics")
    return f"{net}, on all sides (n is of each): {'; '.join(parts)}."
