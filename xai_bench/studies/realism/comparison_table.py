"""The table of the study of realism: how well made recordings are told from real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xai_bench.results.study_tables import Schema, select

__all__ = ["SCHEMA", "comparison_rows", "feature_rows", "two_sample_rows"]

_AREA, _DISTANCE = "AUROC", "KS"
_QUANTILES = [f"{side}_{q}" for side in ("real", "made") for q in ("q10", "q50", "q90")]

SCHEMA = Schema(
    stem="realism",
    keys=dict.fromkeys(
        ("real", "made", "class", "statistic", "shown", "lead", "classifier"), "str"
    ),
    more={"features": "int64", "real_n": "int64", "made_n": "int64", "unit": "str"}
    | dict.fromkeys((*_QUANTILES, "percentile", "p"), "float64"),
    facts={"comparisons": list},
    mend="make one: xai-bench data realism",
)
"""AUROC: of a classifier that is shown a group of features, with its interval over patients. KS:
the distance of the two distributions of one feature, in a lead where it has one, with the quantiles
of either side, and where the real median lies among the made ones. n: recordings of both sides."""


def comparison_rows(
    keys: Mapping[str, str], test: pd.DataFrame, features: pd.DataFrame, reason: str
) -> pd.DataFrame:
    """The rows of one comparison.

    keys: real, made and class. test: as `two_sample` returns it, or `reason` why there is none.
    features: as `feature_comparison.compare` returns them.
    """
    areas = test.rename(columns={"group": "shown", "auroc": "value"}).assign(statistic=_AREA)
    if reason:
        areas = pd.DataFrame([{"statistic": _AREA, "shown": "everything", "reason": reason}])
    names = {"feature": "shown", "ks": "value"}
    distances = features.rename(columns=names).assign(statistic=_DISTANCE, features=1)
    rows = pd.concat([areas, distances], ignore_index=True).assign(**keys)
    counts = rows.reindex(columns=["real_n", "made_n"]).fillna(0)
    rows["n"] = counts.sum(axis=1)
    unknown: dict[str, Any] = {"str": "", "int64": 0, "float64": float("nan")}
    of_columns = {
        name: rows[name].astype(object).fillna(unknown[kind]) if name in rows else unknown[kind]
        for name, kind in SCHEMA.estimates.items()
    }
    return pd.DataFrame(of_columns, index=rows.index).astype(dict(SCHEMA.estimates))


def two_sample_rows(table: pd.DataFrame) -> pd.DataFrame:
    """real, made, class, group, classifier, features, real_n, made_n, auroc, ci_low, ci_high,
    reason."""
    rows = select(table, statistic=_AREA)
    rows = rows.rename(columns={"shown": "group", "value": "auroc"}).reset_index(drop=True)
    names = ["real", "made", "class", "group", "classifier", "features", "real_n", "made_n"]
    return rows[[*names, "auroc", "ci_low", "ci_high", "reason"]]


def feature_rows(table: pd.DataFrame) -> pd.DataFrame:
    """real, made, class, and the columns of `feature_comparison.compare`."""
    rows = select(table, statistic=_DISTANCE)
    rows = rows.rename(columns={"shown": "feature", "value": "ks"}).reset_index(drop=True)
    names = ["real", "made", "class", "feature", "lead", "unit", "real_n", "made_n"]
    return rows[[*names, *_QUANTILES, "percentile", "ks", "p"]]
