"""Which two methods change places between two data sets, and which keep them."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from xai_bench.results.verdicts import ScoreTable
from xai_bench.stats import ROUNDING, compare_pairs, holm, told_apart

__all__ = ["PAIRS", "PairVerdict", "compare_places", "pair_table", "pair_verdict"]

PairVerdict = Literal["swaps", "holds", "not known"]

PAIRS = {
    **{"first": "str", "second": "str", "model": "str", "metric": "str"},
    **{"method": "str", "other": "str"},
    **{f"{side}_{name}": "float32" for side in ("first", "second") for name in
       ("difference", "ci_low", "ci_high", "p", "n")},
    **{"p_holm": "float32", "verdict": "str"},
}  # fmt: skip
"""Columns of the table of pairs. Differences are method - other, turned so that more is better."""


def compare_places(
    first: ScoreTable, second: ScoreTable, methods: Collection[str]
) -> list[dict[str, Any]]:
    """A row for every two methods.

    swaps: one is better on the first data set and the other on the second, and each difference is
    `told_apart` from none; holds: the same one is better on both. For
    either, both tests must reject, so that the larger p is that of both (intersection-union); it
    is adjusted over all pairs after Holm. A difference at the level of rounding is none.
    """
    names = sorted(methods)
    found = [_differences(table, names) for table in (first, second)]
    rows = []
    for pair in combinations(names, 2):
        here, there = found[0][pair], found[1][pair]
        row: dict[str, Any] = {"method": pair[0], "other": pair[1]}
        for side, of_side in (("first", here), ("second", there)):
            row |= {f"{side}_{name}": value for name, value in of_side.items()}
        rows.append(row)
    larger = np.array([np.maximum(row["first_p"], row["second_p"]) for row in rows])
    for row, p in zip(rows, holm(larger), strict=True):
        row |= {"p_holm": float(p), "verdict": pair_verdict(row, float(p))}
    return rows


def _differences(table: ScoreTable, names: list[str]) -> dict[tuple[str, str], dict[str, float]]:
    """Of every two methods in the order of their names, the better way up."""
    pairs = compare_pairs(table.scores[names], table.patients, better=table.better)
    size = np.maximum(1.0, table.scores[names].abs().mean())
    found = {}
    for row in pairs.to_dict("records"):
        key = (str(row["first"]), str(row["second"]))
        ends = [float(row[name]) for name in ("difference", "ci_low", "ci_high")]
        value, low, high = (table.sign * end for end in ends)
        low, high = sorted((low, high))
        if abs(value) <= ROUNDING * max(size[name] for name in key):
            value = low = high = 0.0
        if key[0] > key[1]:
            key, value, low, high = key[::-1], -value, -high, -low
        facts = {"difference": value, "ci_low": low, "ci_high": high}
        found[key] = facts | {"p": float(row["p"]), "n": float(row["n"])}
    return found


def pair_verdict(row: dict[Any, Any], p: float) -> PairVerdict:
    """Of a row of PAIRS, with p: the larger of both tests, after whichever correction."""
    sides = ("first", "second")
    if not all(told_apart(p, row[f"{side}_ci_low"], row[f"{side}_ci_high"]) for side in sides):
        return "not known"
    return "holds" if row["first_difference"] * row["second_difference"] > 0 else "swaps"


def pair_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table with the columns PAIRS."""
    return pd.DataFrame(rows, columns=list(PAIRS)).astype(PAIRS)
