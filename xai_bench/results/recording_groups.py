"""Scores by the class that is explained, and by what the model made of the recording.

A mean over all recordings hides that a method, or a metric, works for one class alone (Baer et al.
2025, arXiv 2506.11790): here are the means of each group, whether two groups differ, and whether
the order of methods is another in another group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, final

import numpy as np
import pandas as pd
from jaxtyping import Bool

from xai_bench.errors import InputError
from xai_bench.presets import PRESETS
from xai_bench.results.cells import Cell, latest_scores
from xai_bench.results.verdicts import ScoreTable, score_tables
from xai_bench.stats import (
    compare_groups,
    compare_pairs,
    floor_of,
    holm,
    rank_agreement,
    statistic_interval,
)
from xai_bench.stats.told_apart import can_tell_apart, told_apart
from xai_bench.tasks import OUTCOMES, UNKNOWN_OUTCOME
from xai_bench.types import CONTROLS, Progress, is_control, silent

__all__ = ["DIFFERENCES", "GROUPS", "MEANS", "ORDERS", "GroupedScores", "Grouping"]
__all__ += ["core_scores", "group_differences", "group_means", "group_orders", "grouped_scores"]

Grouping = Literal["class", "outcome"]
GROUPS: tuple[Grouping, ...] = ("class", "outcome")

_OF = {"dataset": "str", "protocol": "str", "model": "str", "metric": "str"}
MEANS = {
    **_OF,
    **{"method": "str", "family": "str", "direction": "str", "group": "str"},
    **{"mean": "float64", "ci_low": "float64", "ci_high": "float64"},
    **{"n": "int64", "patients": "int64"},
}
"""Columns of `group_means`."""
DIFFERENCES = {
    **_OF,
    **{"method": "str", "first": "str", "second": "str", "test": "str"},
    **dict.fromkeys(("difference", "ci_low", "ci_high", "p", "p_holm", "superiority"), "float64"),
    "apart": "bool",
    **{f"{side}_{what}": "int64" for side in ("first", "second") for what in ("n", "patients")},
    "left_out": "int64",
}
"""Columns of `group_differences`; see `stats.compare_groups`."""
ORDERS = {
    **_OF,
    **{"first": "str", "second": "str", "tau": "float64", "ci_low": "float64"},
    **{"ci_high": "float64", "methods": "int64", "first_n": "int64", "second_n": "int64"},
    **{"pairs": "int64", "swaps": "str"},
}
"""Columns of `group_orders`."""

_RIGHT_AND_WRONG = (("detected", "missed"), ("true negative", "false alarm"))
"""Outcomes that are compared: of the same truth, and so of recordings that are alike."""
_CONTROLS = ("random",)
"""Compared like methods: what differs for it too is the doing of the metric or of the model."""
_FEWEST_METHODS = 3


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupedScores:
    """What the cells of a run say by class or by outcome."""

    by: Grouping
    means: pd.DataFrame
    """See `group_means`."""
    differences: pd.DataFrame
    """See `group_differences`."""
    orders: pd.DataFrame
    """See `group_orders`."""


def grouped_scores(
    cells: Iterable[Cell], by: Grouping, *, progress: Progress = silent
) -> GroupedScores:
    """The means of all metrics in each group, and tests of those of `core` and of the report's
    headlines; of all, where none of these was scored.

    The fewer tests, the less is lost to the correction for their number. Raises InputError where no
    cell knows the groups.
    """
    given = [cell for cell in cells if cell.status == "ok"]
    grouped = list(_grouped(given, by, controls=True))
    asked = _core_of(given)
    tested = [one.without_made_controls() for one in grouped if one.table.metric in asked]
    return GroupedScores(
        by=by,
        means=_means(grouped, progress),
        differences=_differences(tested, by, progress),
        orders=_orders(tested, by, progress),
    )


def core_scores(cells: Iterable[Cell]) -> list[Cell]:
    """The cells that have scores, with those alone that `grouped_scores` tests."""
    given = [cell for cell in cells if cell.status == "ok"]
    return [cell.only(_core_of(given)) for cell in given]


def _core_of(cells: Iterable[Cell]) -> set[str]:
    scored = {name for cell in cells for name in cell.provenance["metrics"]}
    return scored & {*PRESETS.metrics.core, *PRESETS.report.headline_metrics} or scored


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grouped:
    """The scores of a metric, and the recordings of each group."""

    table: ScoreTable
    groups: dict[str, Bool[np.ndarray, " record"]]

    def contrasts(self, by: Grouping) -> list[tuple[str, str]]:
        if by == "class":
            return list(combinations(self.groups, 2))
        return [pair for pair in _RIGHT_AND_WRONG if set(pair) <= set(self.groups)]

    def without_made_controls(self) -> _Grouped:
        """The same with methods and the controls that are compared like them."""
        names = self.table.scores.columns
        kept = [name for name in names if not is_control(name) or name in _CONTROLS]
        return replace(self, table=replace(self.table, scores=self.table.scores[kept]))

    def within(self, group: str) -> ScoreTable:
        """The same without scores of the recordings of other groups, of rivals alone."""
        rivals = [name for name in self.table.scores.columns if not is_control(name)]
        inside = self.groups[group]
        return replace(
            self.table,
            scores=self.table.scores.loc[inside, rivals],
            patients=[p for p, in_ in zip(self.table.patients, inside, strict=True) if in_],
        )


def group_means(
    cells: Iterable[Cell], by: Grouping, *, progress: Progress = silent
) -> pd.DataFrame:
    """The mean score of each group of recordings, with the columns MEANS.

    A row for each dataset, protocol, model, metric and method (controls too) and group that has
    scores. Intervals are those of a leaderboard, of patients of the group; none with fewer than
    five. Raises InputError where no cell knows the groups.
    """
    return _means(list(_grouped(cells, by, controls=True)), progress)


def _means(grouped: Sequence[_Grouped], progress: Progress) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for one in _told(grouped, "means of groups", progress):
        of = one.table.facts() | {"family": one.table.family, "direction": one.table.better}
        patients = np.asarray(one.table.patients)
        for method in one.table.scores.columns:
            scores = one.table.scores[method].to_numpy(np.float64)
            for group, inside in one.groups.items():
                known = inside & ~np.isnan(scores)
                if not known.any():
                    continue
                whose = patients[known].tolist()
                low, high = statistic_interval(scores[known], whose, "mean")
                row = {"method": method, "group": group, "mean": float(scores[known].mean())}
                row |= {"ci_low": low, "ci_high": high, "n": len(whose)}
                rows.append(of | row | {"patients": len(set(whose))})
    return pd.DataFrame(rows, columns=list(MEANS)).astype(MEANS)


def group_differences(
    cells: Iterable[Cell], by: Grouping, *, progress: Progress = silent
) -> pd.DataFrame:
    """Whether the scores of one group differ from those of another, with the columns DIFFERENCES.

    A row for each two classes, or for detected and missed, and true negatives and false alarms, of
    each metric and method, and of the control random. `p_holm` is adjusted after Holm over all
    rows of a dataset, protocol and model; `apart` is the verdict of `told_apart`. Costs are left
    out. Raises InputError where no cell knows the groups.
    """
    return _differences(list(_grouped(cells, by, controls=False)), by, progress)


def _differences(grouped: Sequence[_Grouped], by: Grouping, progress: Progress) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for one in _told(grouped, "differences", progress):
        for first, second in one.contrasts(by):
            for method in one.table.scores.columns:
                found = compare_groups(
                    one.table.scores[method].to_numpy(np.float64),
                    one.table.patients,
                    one.groups[first],
                    one.groups[second],
                    floor=floor_of(one.table.metric),
                )
                of = {"method": method, "first": first, "second": second}
                rows.append(one.table.facts() | of | found)
    if not rows:
        return pd.DataFrame(columns=list(DIFFERENCES)).astype(DIFFERENCES)
    table = pd.DataFrame(rows)
    of_model = table.groupby(["dataset", "protocol", "model"], sort=False)["p"]
    table["p_holm"] = of_model.transform(lambda p: holm(p.to_numpy(np.float64)))
    ends = (table[name] for name in ("p_holm", "ci_low", "ci_high"))
    table["apart"] = [told_apart(*map(float, row)) for row in zip(*ends, strict=True)]
    return table[list(DIFFERENCES)].astype(DIFFERENCES)


def group_orders(
    cells: Iterable[Cell], by: Grouping, *, progress: Progress = silent
) -> pd.DataFrame:
    """Kendall's tau of the orders that two groups give the methods, with the columns ORDERS.

    Recordings of the groups are resampled apart; of patients with recordings in both that makes
    the interval too wide rather than too short. `swaps` names the pairs of methods of which one
    is told apart as the better in the first group and the other in the second ("a > b; c > d", in
    the first), out of `pairs` that are told apart in both. Of fewer than three methods nothing is
    said. Costs are left out. Raises InputError where no cell knows the groups.
    """
    return _orders(list(_grouped(cells, by, controls=False)), by, progress)


def _orders(grouped: Sequence[_Grouped], by: Grouping, progress: Progress) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for one in _told(grouped, "orders of methods", progress):
        for first, second in one.contrasts(by):
            here, there = one.within(first), one.within(second)
            methods = [
                name
                for name in here.scores.columns
                if here.scores[name].notna().any() and there.scores[name].notna().any()
            ]
            if len(methods) < _FEWEST_METHODS:
                continue
            tau, low, high = rank_agreement(
                here.scores[methods],
                there.scores[methods],
                here.patients,
                second_patients=there.patients,
                signs=(here.sign, there.sign),
            )
            better = [_told_apart(side, methods) for side in (here, there)]
            both = {frozenset(pair) for pair in better[0]} & {frozenset(p) for p in better[1]}
            swaps = sorted(pair for pair in better[0] if pair[::-1] in better[1])
            row = {"first": first, "second": second, "tau": tau, "ci_low": low, "ci_high": high}
            row |= {
                "methods": len(methods),
                "first_n": _complete(here, methods),
                "second_n": _complete(there, methods),
                "pairs": len(both),
                "swaps": "; ".join(f"{a} > {b}" for a, b in swaps),
            }
            rows.append(one.table.facts() | row)
    return pd.DataFrame(rows, columns=list(ORDERS)).astype(ORDERS)


def _complete(table: ScoreTable, methods: Sequence[str]) -> int:
    """Recordings that all methods have scores of."""
    return int(table.scores[list(methods)].notna().all(axis=1).sum())


def _told_apart(table: ScoreTable, methods: Sequence[str]) -> set[tuple[str, str]]:
    """Pairs of methods of which the first is better, and told apart."""
    if not can_tell_apart(len(set(table.patients)), len(methods) * (len(methods) - 1) // 2):
        return set()
    pairs = compare_pairs(
        table.scores[list(methods)],
        table.patients,
        better=table.better,
        floor=floor_of(table.metric),
    )
    found = pairs[pairs["apart"]]
    return set(zip(found["first"], found["second"], strict=True))


def _grouped(cells: Iterable[Cell], by: Grouping, *, controls: bool) -> Iterator[_Grouped]:
    """Each metric's scores with its recordings in groups, but for costs."""
    given = list(cells)
    known = _group_of_each(given, by)
    if not known:
        raise InputError(
            f"no cell knows the {by} of its recordings: they were scored before it was stored"
            + (", or have no labels" if by == "outcome" else "")
            + "; score them again: xai-bench run"
        )
    wanted = [*CONTROLS, *_made_of_methods(given)] if controls else _CONTROLS
    tables = score_tables(given, unreliable_too=True, controls=wanted, every_outcome=True)
    for table in tables:
        of_each = known.get((table.dataset, table.protocol, table.model))
        if of_each is None or table.family == "runtime":
            continue
        names = np.array([of_each.get(str(one), "") for one in table.scores.index], dtype=object)
        order = OUTCOMES if by == "outcome" else sorted(set(of_each.values()))
        groups = {name: names == name for name in order if (names == name).any()}
        yield _Grouped(table=table, groups=groups)


def _told(grouped: Sequence[_Grouped], description: str, progress: Progress) -> Iterator[_Grouped]:
    for done, one in enumerate(grouped):
        progress(description, done, len(grouped))
        yield one
    progress(description, len(grouped), len(grouped))


def _made_of_methods(cells: Iterable[Cell]) -> set[str]:
    return {cell.method for cell in cells if "@" in cell.method}


def _group_of_each(cells: Iterable[Cell], by: Grouping) -> dict[tuple[str, ...], dict[str, str]]:
    """Dataset, protocol and model -> recording -> its group, where that is known."""
    column, unknown = {"class": ("explained", ""), "outcome": ("outcome", UNKNOWN_OUTCOME)}[by]
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for place, (_, rows) in latest_scores(cells).items():
        if rows is None:
            continue
        known = rows[rows[column] != unknown]
        if len(known):
            of_model = found.setdefault((place.dataset, place.protocol, place.model), {})
            of_model.update(zip(known["record_id"], known[column], strict=True))
    return found
