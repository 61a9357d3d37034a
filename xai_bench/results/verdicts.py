"""Which methods differ, which is likely the best, and which orders of methods agree.

Controls and models that classify too badly do not compete. Only scores of one dataset, protocol and
model are ever compared method with method.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, final

import numpy as np
import pandas as pd
from jaxtyping import Float64

from xai_bench.results import Cell, latest_scores
from xai_bench.results.detected import is_pooled
from xai_bench.stats import (
    compare_pairs,
    floor_of,
    friedman,
    rank_agreement,
    rank_methods,
    with_least,
)
from xai_bench.types import is_control

__all__ = ["ScoreTable", "agreement_of", "between", "between_of", "differences", "differences_of"]
__all__ += ["metric_agreement", "net_of", "ranks", "ranks_of", "score_tables"]

_FEWEST_METHODS = 3
"""Two methods have two orders: that they agree says little."""
_SEED = re.compile(r"-seed\d+$")
_PLACE = ("dataset", "protocol", "model", "metric")
_SIDE = ("dataset", "model", "protocol")


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTable:
    """The scores of one metric that all methods of a model have on the same recordings."""

    dataset: str
    protocol: str
    model: str
    metric: str
    family: str
    better: Literal["higher", "lower"]
    scores: pd.DataFrame
    """recording x method; NaN where a recording could not be scored."""
    patients: Sequence[str]
    """Of each recording."""

    @property
    def sign(self) -> int:
        return 1 if self.better == "higher" else -1

    def facts(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in _PLACE}


def net_of(model: str) -> str:
    """The name of a model without the seed that it was trained with: imn of imn-seed1."""
    return _SEED.sub("", model)


def score_tables(
    cells: Iterable[Cell],
    metric: str | None = None,
    *,
    unreliable_too: bool = False,
    controls: Collection[str] = (),
    every_outcome: bool = False,
) -> list[ScoreTable]:
    """A table for each dataset, protocol, model and metric; of one metric if it is given.

    Models that classify too badly have none, but where they are asked for too. controls: those
        that are compared with methods. Scores of localisation are of detected recordings alone, see
        `pooled_recordings`, but where those of every outcome are asked for.
    """
    of_table: dict[tuple[str, str, str, str], dict[str, tuple[Cell, pd.DataFrame]]] = {}
    patients: dict[tuple[str, str], dict[str, str]] = {}
    unreliable = set()
    for place, (cell, rows) in latest_scores(cells).items():
        group = (place.dataset, place.protocol)
        if cell.provenance.get("quality", {}).get("verdict") == "unreliable":
            unreliable.add((*group, place.model))
        if rows is None or (is_control(place.method) and place.method not in controls):
            continue
        of_rows = zip(rows["record_id"], rows["patient_id"], strict=True)
        patients.setdefault(group, {}).update(of_rows)
        if metric in (None, place.metric):
            family = cell.provenance.get("families", {}).get(place.metric, "")
            if not every_outcome:
                rows = rows[is_pooled(family, rows["outcome"].to_numpy(object))]
            table = of_table.setdefault((*group, place.model, place.metric), {})
            table[place.method] = (cell, rows)
    return [
        _table(place, of_methods, patients[place[:2]])
        for place, of_methods in sorted(of_table.items())
        if unreliable_too or place[:3] not in unreliable
    ]


def _table(
    place: tuple[str, str, str, str],
    of_methods: dict[str, tuple[Cell, pd.DataFrame]],
    patients: dict[str, str],
) -> ScoreTable:
    """All tables of a protocol have the same recordings, so that two can share resamples."""
    dataset, protocol, model, metric = place
    recordings = sorted(patients)
    places = {recording: place for place, recording in enumerate(recordings)}
    scores = {method: _column(rows, places) for method, (_, rows) in sorted(of_methods.items())}
    provenance = next(iter(of_methods.values()))[0].provenance
    return ScoreTable(
        dataset=dataset,
        protocol=protocol,
        model=model,
        metric=metric,
        family=provenance.get("families", {}).get(metric, ""),
        better=provenance["metrics"][metric]["better"],
        scores=pd.DataFrame(scores, index=pd.Index(recordings, name="record_id")),
        patients=[patients[recording] for recording in recordings],
    )


def _column(rows: pd.DataFrame, places: Mapping[str, int]) -> Float64[np.ndarray, " record"]:
    """The scores of a method at the places of its recordings; NaN where it has none."""
    column = np.full(len(places), np.nan)
    known = rows["status"].to_numpy(object) == "ok"
    column[[places[one] for one in rows["record_id"].to_numpy(object)[known]]] = rows[
        "score"
    ].to_numpy(np.float64)[known]
    return column


def differences(cells: Iterable[Cell], metric: str) -> pd.DataFrame:
    """`differences_of` the tables of a metric."""
    return differences_of(score_tables(cells, metric))


def differences_of(tables: Iterable[ScoreTable]) -> pd.DataFrame:
    """Every two methods of each table: a row as `stats.compare_pairs` and `with_least` give it.

    Columns: dataset, protocol, model, metric, first, second, difference, ci_low, ci_high, p,
    p_holm, apart, rank_biserial, cohen_dz, n, patients, least.
    """
    return _stacked(_differences(table) for table in tables)


def _differences(table: ScoreTable) -> pd.DataFrame:
    floor = floor_of(table.metric)
    pairs = compare_pairs(table.scores, table.patients, better=table.better, floor=floor)
    return with_least(pairs, table.scores, table.patients, floor=floor).assign(**table.facts())


def ranks(cells: Iterable[Cell], metric: str) -> pd.DataFrame:
    """`ranks_of` the tables of a metric."""
    return ranks_of(score_tables(cells, metric))


def ranks_of(tables: Iterable[ScoreTable]) -> pd.DataFrame:
    """Every method of each table: a row as `stats.rank_methods` gives it, and Friedman's test.

    Columns: dataset, protocol, model, metric, method, mean_rank, rank_low, rank_high, best,
    friedman, friedman_p.
    """
    found = []
    for table in tables:
        statistic, p = friedman(table.scores, table.patients)
        of_table = rank_methods(
            table.scores, table.patients, table.better, floor=floor_of(table.metric)
        )
        found.append(of_table.assign(**table.facts(), friedman=statistic, friedman_p=p))
    return _stacked(found)


def metric_agreement(cells: Iterable[Cell], model: str) -> pd.DataFrame:
    """`agreement_of` the tables of a model."""
    return agreement_of([table for table in score_tables(cells) if table.model == model])


def agreement_of(tables: Iterable[ScoreTable]) -> pd.DataFrame:
    """Every two metrics of a model: Kendall's tau of the orders that they give its methods.

    Columns: dataset, protocol, model, first, second, tau, ci_low, ci_high, methods. A metric that
    is better when lower has its sign turned; costs are left out. Of groups of fewer than three
    methods nothing is said.
    """
    rows = []
    for first, second in combinations([t for t in tables if t.family != "runtime"], 2):
        if first.facts() | {"metric": ""} == second.facts() | {"metric": ""}:
            facts = {name: getattr(first, name) for name in ("dataset", "protocol", "model")}
            facts |= {"first": first.metric, "second": second.metric}
            rows += [facts | found for found in _agreement(first, second)]
    columns = ["dataset", "protocol", "model", "first", "second", *_AGREEMENT]
    return pd.DataFrame(rows, columns=columns)


def between(cells: Iterable[Cell]) -> pd.DataFrame:
    """`between_of` all tables."""
    return between_of(score_tables(cells))


def between_of(tables: Iterable[ScoreTable]) -> pd.DataFrame:
    """Kendall's tau of the orders that a metric gives methods here and there.

    Columns: kind, metric, dataset, model, protocol, other_dataset, other_model, other_protocol,
    tau, ci_low, ci_high, methods. kind is `seed` (two trainings of one net) or `model`, on the same
    recordings of one protocol; or `dataset`, of one model, whose recordings are resampled apart.
    Costs are left out.
    """
    given = [table for table in tables if table.family != "runtime"]
    given.sort(key=lambda table: table.metric)
    rows = []
    for first, second in combinations(given, 2):
        kind = _kind(first, second)
        if kind is None:
            continue
        facts = {"kind": kind, "metric": first.metric}
        facts |= {name: getattr(first, name) for name in _SIDE}
        facts |= {f"other_{name}": getattr(second, name) for name in _SIDE}
        rows += [facts | found for found in _agreement(first, second)]
    columns = ["kind", "metric", *_SIDE, *(f"other_{name}" for name in _SIDE), *_AGREEMENT]
    return pd.DataFrame(rows, columns=columns)


_AGREEMENT = ("tau", "ci_low", "ci_high", "methods")


def _kind(first: ScoreTable, second: ScoreTable) -> Literal["seed", "model", "dataset"] | None:
    """What differs between two tables of a metric, if it is one thing only."""
    if first.metric != second.metric:
        return None
    if first.dataset != second.dataset:
        version, other = (table.protocol.partition("-")[0] for table in (first, second))
        return "dataset" if first.model == second.model and version == other else None
    if first.protocol != second.protocol or first.model == second.model:
        return None
    return "seed" if net_of(first.model) == net_of(second.model) else "model"


def _agreement(first: ScoreTable, second: ScoreTable) -> Iterator[dict[str, Any]]:
    known = [set(table.scores.columns[table.scores.notna().any()]) for table in (first, second)]
    methods = sorted(known[0] & known[1])
    if len(methods) < _FEWEST_METHODS:
        return
    apart = first.dataset != second.dataset
    tau, low, high = rank_agreement(
        first.scores[methods],
        second.scores[methods],
        first.patients,
        second_patients=second.patients if apart else None,
        signs=(first.sign, second.sign),
    )
    yield {"tau": tau, "ci_low": low, "ci_high": high, "methods": len(methods)}


def _stacked(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One below the other, with what they are of in front."""
    found = list(tables)
    if not found:
        return pd.DataFrame(columns=list(_PLACE))
    stacked = pd.concat(found, ignore_index=True)
    return stacked[[*_PLACE, *(name for name in stacked.columns if name not in _PLACE)]]
