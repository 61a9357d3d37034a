"""Of every two methods, whether the same one is better on all sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal, get_args

import pandas as pd

from xai_bench.results.verdicts import ScoreTable
from xai_bench.stats import compare_pairs, floor_of, told_apart
from xai_bench.types import is_control

__all__ = ["VERDICTS", "Replicated", "replicated_pairs"]

Replicated = Literal["holds", "undecided", "reversed", "pooled only", "not apart"]
"""holds: apart in the same order on every side; undecided: apart on some and on no other the other
way round; reversed: apart in one order on one side and in the other on another; pooled only: apart
where the recordings of all sides are taken together, and on none alone."""

VERDICTS: tuple[Replicated, ...] = get_args(Replicated)

_AHEAD, _BEHIND, _NOT_APART, _NOT_KNOWN = "+-0?"


def replicated_pairs(sides: Sequence[ScoreTable], methods: Sequence[str]) -> list[dict[str, Any]]:
    """A row for every two methods of which one is no control, with the columns of `SCHEMA`.

    sides: the scores of one metric. methods: those that all sides have. Two are apart on a side
    where they are `told_apart` by the interval and by Holm's p over all pairs there. `first` is
    ahead on more sides, or else has the better mean over all; `orders` has for each side + where
    first is ahead, - where it is behind, 0 where the two are not apart, ? where fewer than five
    patients have both scores; `recordings` the number of recordings that have both.

    Taken together, recordings of one patient on several sides are one observation.
    """
    each = [_differences(table, methods) for table in sides]
    together = _differences(_together(sides, methods), methods)
    rows = []
    for pair in combinations(sorted(methods), 2):
        if all(map(is_control, pair)):
            continue
        found = [side[pair] for side in each]
        signs = "".join(one["order"] for one in found)
        pooled = together[pair]
        ahead = signs.count(_AHEAD) - signs.count(_BEHIND)
        if ahead < 0 or (ahead == 0 and pooled["value"] < 0):
            pair, pooled = pair[::-1], _turned(pooled)
            signs = signs.translate(str.maketrans(_AHEAD + _BEHIND, _BEHIND + _AHEAD))
        row = {"first": pair[0], "second": pair[1], **pooled, "reason": "", "orders": signs}
        row |= {"sides": len(signs), "apart": len(signs) - signs.count("0") - signs.count("?")}
        row |= {"reversed": min(signs.count(_AHEAD), signs.count(_BEHIND))}
        row |= {"recordings": " ".join(str(one["n"]) for one in found)}
        rows.append(row | {"verdict": _verdict(signs, pooled["order"])})
    return rows


def _verdict(orders: str, pooled: str) -> Replicated:
    if _AHEAD in orders and _BEHIND in orders:
        return "reversed"
    if _AHEAD in orders:
        return "holds" if set(orders) == {_AHEAD} else "undecided"
    return "pooled only" if pooled in (_AHEAD, _BEHIND) else "not apart"


def _together(sides: Sequence[ScoreTable], methods: Sequence[str]) -> ScoreTable:
    first = sides[0]
    return ScoreTable(
        **first.facts(),
        family=first.family,
        better=first.better,
        scores=pd.concat([side.scores[list(methods)] for side in sides], ignore_index=True),
        patients=[patient for side in sides for patient in side.patients],
    )


def _differences(
    table: ScoreTable, methods: Sequence[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Of every two methods in the order of their names, turned so that more is better."""
    pairs = compare_pairs(
        table.scores[list(methods)],
        table.patients,
        better=table.better,
        floor=floor_of(table.metric),
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in pairs.to_dict("records"):
        value, *ends = (table.sign * float(row[n]) for n in ("difference", "ci_low", "ci_high"))
        low, high = sorted(ends)
        apart = told_apart(float(row["p_holm"]), low, high)
        order = _AHEAD if apart and low > 0 else _BEHIND if apart else _NOT_APART
        facts: dict[str, Any] = {
            "value": value, "ci_low": low, "ci_high": high, "n": int(row["n"]),
            "order": order if row["p_holm"] == row["p_holm"] else _NOT_KNOWN,
        }  # fmt: skip
        first, second = str(row["first"]), str(row["second"])
        found[min(first, second), max(first, second)] = facts if first < second else _turned(facts)
    return found


def _turned(facts: dict[str, Any]) -> dict[str, Any]:
    turned = {_AHEAD: _BEHIND, _BEHIND: _AHEAD}
    return facts | {
        "value": -facts["value"],
        "ci_low": -facts["ci_high"],
        "ci_high": -facts["ci_low"],
        "order": turned.get(facts["order"], facts["order"]),
    }
