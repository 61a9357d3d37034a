"""Which metrics ask the same question: how far their scores of the same maps go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd
import torch

from xai_bench.results import Cell
from xai_bench.results.cells import latest_scores
from xai_bench.results.study_tables import Schema
from xai_bench.stats import floor_of
from xai_bench.stats.correlation import spearman
from xai_bench.types import is_control

__all__ = ["ALIKE", "SCHEMA", "clusters", "order_of_metrics", "redundancy", "square"]

SCHEMA = Schema(
    stem="redundancy",
    keys={"first": "str", "second": "str"},
    more={"low": "float64", "high": "float64", "models": "int64", "maps": "int64"},
    mend="make one: xai-bench audit metrics",
)

ALIKE = 0.9
"""Mean |correlation| from which metrics are said to ask the same question."""
_FEWEST = 10
"""Scores that a correlation is of at least."""
_UNKNOWN = "too few maps have both scores, or one of the two never differs"


def redundancy(cells: Sequence[Cell], models: Sequence[str]) -> pd.DataFrame:
    """Every two metrics, but for costs: columns of SCHEMA.

    value: Spearman's correlation of their scores, the better way up, over all maps of all methods
    and recordings of a model, controls apart; the mean over models; low and high: the lowest and
    the highest of a model. Scores tied by `floor_of` are equal. n: recordings, models and maps
    (methods of models) that the value is of; reason: why there is none. No interval: of thousands
    of scores, patients add less to it than another model does.
    """
    tables, families = _tables(cells, models)
    metrics = sorted({name for table in tables.values() for name in table.columns})
    metrics.sort(key=lambda name: families[name])
    of_models = {model: _Model(table) for model, table in tables.items()}
    rows = []
    for first, second in combinations(metrics, 2):
        found = [
            one
            for of_model in of_models.values()
            if not np.isnan((one := of_model.correlation(first, second)).value)
        ]
        values = [one.value for one in found]
        row: dict[str, Any] = {
            "first": first,
            "second": second,
            "reason": "" if found else _UNKNOWN,
        }
        row |= {"n": len({name for one in found for name in one.recordings})}
        row |= {"models": len(found), "maps": sum(one.maps for one in found)}
        if found:
            row |= {"value": float(np.mean(values)), "low": min(values), "high": max(values)}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def square(table: pd.DataFrame) -> pd.DataFrame:
    """The correlations as a square, metric x metric; NaN where there is none, 1 on the diagonal."""
    metrics = list(dict.fromkeys([*table["first"], *table["second"]]))
    found = pd.DataFrame(np.nan, index=metrics, columns=metrics)
    for first, second, value in zip(table["first"], table["second"], table["value"], strict=True):
        found.loc[first, second] = found.loc[second, first] = value
    for metric in metrics:
        found.loc[metric, metric] = 1.0
    return found


def clusters(table: pd.DataFrame) -> dict[str, int]:
    """Metric -> number of its cluster, from 1, in the order of `order_of_metrics`.

    Average linkage of 1 - |correlation|, cut at 1 - ALIKE; what is not known is 0.
    """
    from scipy.cluster.hierarchy import fcluster  # slow to import

    metrics, tree = _tree(table)
    if tree is None:
        return {metric: place for place, metric in enumerate(metrics, start=1)}
    found = dict(zip(metrics, fcluster(tree, 1 - ALIKE, "distance"), strict=True))
    numbers: dict[int, int] = {}
    ordered = order_of_metrics(table)
    return {metric: numbers.setdefault(int(found[metric]), len(numbers) + 1) for metric in ordered}


def order_of_metrics(table: pd.DataFrame) -> list[str]:
    """Metrics such that those that go together stand together."""
    from scipy.cluster.hierarchy import leaves_list  # slow to import

    metrics, tree = _tree(table)
    return metrics if tree is None else [metrics[place] for place in leaves_list(tree)]


def _tree(table: pd.DataFrame) -> tuple[list[str], np.ndarray | None]:
    from scipy.cluster.hierarchy import linkage  # slow to import
    from scipy.spatial.distance import squareform

    correlations = square(table)
    metrics = list(correlations.index)
    if len(metrics) < 2:
        return metrics, None
    distance = (1 - correlations.fillna(0).abs().to_numpy()).clip(0)
    np.fill_diagonal(distance, 0)
    return metrics, linkage(squareform(distance, checks=False), "average")


def _tables(
    cells: Sequence[Cell], models: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], Mapping[str, str]]:
    """Of each model its scores, (method, recording) x metric."""
    columns: dict[str, dict[str, list[pd.Series]]] = {}
    families: dict[str, str] = {}
    for place, (cell, rows) in latest_scores(cells).items():
        if rows is None or is_control(place.method) or place.model not in models:
            continue
        family = cell.provenance["families"][place.metric]
        if family == "runtime":
            continue
        families[place.metric] = family
        sign = 1.0 if cell.provenance["metrics"][place.metric]["better"] == "higher" else -1.0
        index = pd.MultiIndex.from_product(
            [[place.method], rows["record_id"]], names=["method", "record_id"]
        )
        values = sign * _rounded(rows["score"].to_numpy(np.float64), floor_of(place.metric))
        of_metric = columns.setdefault(place.model, {}).setdefault(place.metric, [])
        of_metric.append(pd.Series(values, index=index))
    tables = {
        model: pd.DataFrame({metric: pd.concat(parts) for metric, parts in found.items()})
        for model, found in columns.items()
    }
    return tables, families


def _rounded(scores: np.ndarray, floor: float) -> np.ndarray:
    """To multiples of the floor of each score, or of 1, so that rounding makes no ranks."""
    with np.errstate(divide="ignore"):
        size = 10.0 ** np.ceil(np.log10(np.maximum(1.0, np.abs(scores))))
    rounded: np.ndarray = np.round(scores / (floor * size)) * (floor * size)
    return rounded


class _Correlation(NamedTuple):
    value: float
    recordings: frozenset[str]
    maps: int


@final
@dataclass(frozen=True, eq=False)
class _Model:
    """The scores of one model, (method, recording) x metric."""

    table: pd.DataFrame

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {name: self.table[name].to_numpy(np.float64) for name in self.table.columns}

    @cached_property
    def _owners(self) -> tuple[np.ndarray, np.ndarray]:
        index = self.table.index
        return (
            index.get_level_values("method").to_numpy(object),
            index.get_level_values("record_id").to_numpy(object),
        )

    def correlation(self, first: str, second: str) -> _Correlation:
        if first not in self._columns or second not in self._columns:
            return _Correlation(float("nan"), frozenset(), 0)
        one, other = self._columns[first], self._columns[second]
        both = ~np.isnan(one) & ~np.isnan(other)
        methods, recordings = (owner[both] for owner in self._owners)
        value = float("nan")
        if both.sum() >= _FEWEST:
            value = float(spearman(*map(torch.from_numpy, (one[both], other[both]))))
        return _Correlation(value, frozenset(map(str, recordings)), len(set(methods)))
