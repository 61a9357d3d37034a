"""Is a method nearer to the truth for one class than for another?"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from xai_bench.stats import compare_groups, holm, told_apart

__all__ = ["class_differences"]

_COMPARED = {"measure": "cosine", "parts": "region"}
"""The measure and the parts that a page shows first: of all measures there would be too many tests.
"""
_NUMBERS = ("difference", "ci_low", "ci_high", "p", "p_holm", "superiority")


def class_differences(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each net, method and two explained classes, as JSON can hold it.

    scores: with the columns of `SCHEMA.scores` and `explained`. A row has model, method, first and
    second, what `stats.compare_groups` finds of the cosine in regions, `p_holm` over all rows of a
    net, and `apart` of `told_apart`; None is what is not known.
    """
    wanted = scores[(scores[list(_COMPARED)] == list(_COMPARED.values())).all(axis=1)]
    rows: list[dict[str, Any]] = []
    for model, of_model in wanted.groupby("model", sort=False):
        of_net: list[dict[str, Any]] = []
        for method, of_method in of_model.groupby("method", sort=False):
            explained = of_method["explained"].to_numpy(object)
            values = of_method["score"].to_numpy(np.float64)
            for first, second in combinations(sorted(set(explained)), 2):
                found = compare_groups(
                    values,
                    of_method["patient_id"].tolist(),
                    explained == first,
                    explained == second,
                )
                of = {"model": model, "method": method, "first": first, "second": second}
                of_net.append(of | found)
        adjusted = holm(np.array([row["p"] for row in of_net], dtype=np.float64))
        for row, p in zip(of_net, adjusted.tolist(), strict=True):
            row |= {"p_holm": p, "apart": told_apart(p, row["ci_low"], row["ci_high"])}
        rows += of_net
    return [_for_json(row) for row in rows]


def _for_json(row: dict[str, Any]) -> dict[str, Any]:
    unknown = {name: None for name in _NUMBERS if math.isnan(row[name])}
    return row | unknown
