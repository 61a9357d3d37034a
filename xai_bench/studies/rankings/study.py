"""Does the order of methods that is found on one data set hold on another?

For each model and metric the methods of two data sets in the order of their mean scores, and
Kendall's tau-b of the two orders. Controls are in no order. Recordings of the two data sets are
resampled apart; costs are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import pandas as pd
from jaxtyping import Float

from xai_bench.errors import InputError
from xai_bench.results import Cell, read_cells
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.results.verdicts import ScoreTable
from xai_bench.stats import FEWEST_PATIENTS, half_agreement, mirrored, resampled_agreement
from xai_bench.studies.rankings.method_pairs import compare_places, pair_table
from xai_bench.studies.rankings.scored_sides import Side, find_data, shared_recordings, sides
from xai_bench.types import Progress, silent
from xai_bench.zoo import FAMILIES

__all__ = ["EVERY", "FEWEST_METHODS", "SCHEMA", "Rankings", "Verdict", "rankings"]

SCHEMA = Schema(
    stem="rankings",
    keys={"first": "str", "second": "str", "model": "str", "family": "str", "metric": "str"},
    more={
        **{"methods": "int64", "metrics": "int64", "first_n": "int64", "second_n": "int64"},
        **{"halves_first": "float64", "halves_second": "float64", "halves_between": "float64"},
        **{"pairs": "int64", "pairs_hold": "int64", "pairs_swap": "int64", "verdict": "str"},
    },
    facts={"data": list, "models": list, "quality": dict, "shared": list, "left_out": list},
    mend="make one: xai-bench rankings RUNS",
)
"""value: Kendall's tau-b of a metric; without a metric, the mean over those of the family; without
a family, over all. n: recordings of both data sets that all methods have scores of.
`facts["shared"]`: see `shared_recordings`. halves_*: tau of halves of patients, see
`stats.half_agreement`. pairs: of methods; those that hold and those that swap, see
`compare_places`."""

EVERY = ""
"""The metric of a mean over metrics, the family of one over families."""

FEWEST_METHODS = 3
"""Two methods have two orders: that they agree says little."""

Verdict = Literal["holds", "holds but for swaps", "changes", "not known"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rankings:
    """What was found."""

    result: StudyResult
    pairs: pd.DataFrame
    """Every two methods, with the columns `PAIRS`."""


def rankings(
    runs: str | Path | Iterable[str | Path | Cell],
    between: Sequence[str] | None = None,
    *,
    progress: Progress = silent,
) -> Rankings:
    """Compare the orders of methods on every two data sets of these runs, or of those named.

    runs: folders that `run` wrote, or cells.

    The verdict of an order: `holds` where the interval of its tau is above zero, some two methods
    keep their places with certainty and none swap, `holds but for swaps`, `changes` where some swap
    and the interval reaches zero, else `not known`. Of means there is no verdict. Models that
    classify too badly are compared too: what a method says of a net can be right of a bad net;
    `facts["quality"]` says how good each is.

    Raises InputError for fewer than two data sets, for an unknown one, and where no model has
    scores on two.
    """
    given = sorted(_cells(runs), key=lambda cell: str(cell.provenance.get("started", "")))
    data = find_data(given, between)
    found, left_out = sides(given, data)
    models = list(dict.fromkeys(side.model for side in found))
    of_pair = {(side.data, side.model): side for side in found}
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    todo = [
        (of_pair[first, model], of_pair[second, model])
        for first, second in combinations(data, 2)
        for model in models
        if (first, model) in of_pair and (second, model) in of_pair
    ]
    if not todo:
        raise InputError(
            f"no model has scores on two of {', '.join(data)}; score one of them on another: "
            "xai-bench run --data FOLDER"
        )
    for done, (first, second) in enumerate(todo):
        progress("comparing orders", done, len(todo))
        compared = [_compare(first, second, metric) for metric in _metrics(first, second)]
        rows += [one.row for one in compared] + _means(compared)
        pairs += [row for one in compared for row in one.pairs]
    facts = {
        "data": data,
        "models": models,
        "quality": {
            name: {
                side.model: asdict(side.quality) | {"scored": side.recordings}
                for side in found
                if side.data == name
            }
            for name in data
        },
        "shared": [
            {"first": first.data, "second": second.data, "model": first.model} | shared
            for first, second in todo
            if (shared := shared_recordings(first, second)) is not None
        ],
        "left_out": left_out,
    }
    table = pd.DataFrame(rows, columns=list(SCHEMA.estimates))
    return Rankings(
        result=StudyResult(schema=SCHEMA, table=table, facts=facts), pairs=pair_table(pairs)
    )


def _cells(runs: str | Path | Iterable[str | Path | Cell]) -> Iterator[Cell]:
    for one in [runs] if isinstance(runs, str | Path) else runs:
        yield from [one] if isinstance(one, Cell) else read_cells(Path(one))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Compared:
    """The orders of one metric."""

    row: dict[str, Any]
    pairs: list[dict[str, Any]] = field(default_factory=list)
    resampled: Float[np.ndarray, " resample"] | None = None


def _metrics(first: Side, second: Side) -> list[str]:
    family = {name: one.family for side in (first, second) for name, one in side.tables.items()}
    order = {name: place for place, name in enumerate(FAMILIES)}
    return sorted(family, key=lambda name: (order.get(family[name], len(order)), name))


def _compare(first: Side, second: Side, metric: str) -> _Compared:
    known = [side.tables[metric] for side in (first, second) if metric in side.tables]
    keys = {"first": first.data, "second": second.data, "model": first.model}
    keys |= {"family": known[0].family, "metric": metric}
    methods = sorted(first.methods(metric) & second.methods(metric))
    row: dict[str, Any] = keys | _NOTHING | {"methods": len(methods), "metrics": 1}
    reason = _why_not(first, second, metric, methods)
    if reason:
        return _Compared(row=row | {"reason": reason})
    one, other = (_Complete.of(side.tables[metric], methods) for side in (first, second))
    row |= {"first_n": len(one.scores), "second_n": len(other.scores)}
    row["n"] = row["first_n"] + row["second_n"]
    if min(len(set(one.patients)), len(set(other.patients))) < FEWEST_PATIENTS:
        few = f"fewer than {FEWEST_PATIENTS} patients have scores of all methods"
        return _Compared(row=row | {"reason": few})
    here, there = first.tables[metric], second.tables[metric]
    tau, resampled = resampled_agreement(
        here.scores[methods],
        there.scores[methods],
        here.patients,
        second_patients=there.patients,
        signs=(here.sign, there.sign),
    )
    if resampled is None:
        return _Compared(row=row | {"reason": "the methods are tied on one of the two"})
    low, high = mirrored(tau, resampled)
    halves = half_agreement(one.scores, other.scores, one.patients, other.patients)
    pairs = [keys | pair for pair in compare_places(here, there, methods)]
    swaps, hold = (sum(p["verdict"] == word for p in pairs) for word in ("swaps", "holds"))
    row |= {"value": tau, "ci_low": low, "ci_high": high, "reason": ""}
    row |= dict(zip(("halves_first", "halves_second", "halves_between"), halves, strict=True))
    row |= {"pairs": len(pairs), "pairs_hold": hold, "pairs_swap": swaps}
    return _Compared(
        row=row | {"verdict": _verdict(low, hold, swaps)}, pairs=pairs, resampled=resampled
    )


_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("value", "ci_low", "ci_high"), float("nan")),
    **dict.fromkeys(("halves_first", "halves_second", "halves_between"), float("nan")),
    **dict.fromkeys(("n", "first_n", "second_n", "pairs", "pairs_hold", "pairs_swap"), 0),
    "verdict": "",
}


def _verdict(low: float, hold: int, swaps: int) -> Verdict:
    if swaps:
        return "holds but for swaps" if low > 0 else "changes"
    return "holds" if low > 0 and hold else "not known"


def _why_not(first: Side, second: Side, metric: str, methods: Sequence[str]) -> str:
    """Why a metric gives no two orders, or ""."""
    if first.version != second.version:
        return f"scored under protocols {first.version} and {second.version}"
    for side in (first, second):
        if metric not in side.tables:
            return f"not scored on {side.data}"
    for side in (first, second):
        if len(side.methods(metric)) < FEWEST_METHODS:
            why = side.reasons[metric] or "too few methods"
            return f"no scores of {FEWEST_METHODS} methods on {side.data}: {why}"
    if len(methods) < FEWEST_METHODS:
        return f"fewer than {FEWEST_METHODS} methods have scores on both"
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class _Complete:
    """The recordings that all methods have, the better way up."""

    scores: pd.DataFrame
    patients: list[str]

    @classmethod
    def of(cls, table: ScoreTable, methods: Sequence[str]) -> _Complete:
        scores = table.sign * table.scores[list(methods)]
        whole = scores.notna().all(axis=1).to_numpy()
        return cls(
            scores[whole], [p for p, all_ in zip(table.patients, whole, strict=True) if all_]
        )


def _means(compared: Sequence[_Compared]) -> list[dict[str, Any]]:
    """Of a model the mean tau over the metrics of each family, and over all."""
    known = [one for one in compared if one.resampled is not None]
    families = list(dict.fromkeys(one.row["family"] for one in known))
    rows = []
    for family in [*families, EVERY]:
        chosen = [one for one in known if family in (EVERY, one.row["family"])]
        if not chosen:
            continue
        each = [one.row for one in chosen]
        # Metrics of the same recordings share resamples, so that their mean has them too.
        taus = np.stack([one.resampled for one in chosen if one.resampled is not None])
        mean = float(np.mean([row["value"] for row in each]))
        low, high = mirrored(mean, taus.mean(axis=0))
        row = {name: each[0][name] for name in ("first", "second", "model")}
        row |= {"family": family, "metric": EVERY, **_NOTHING, "reason": ""}
        row |= {"value": mean, "ci_low": low, "ci_high": high, "metrics": len(each)}
        row |= {
            name: max(one[name] for one in each) for name in ("n", "first_n", "second_n", "methods")
        }
        for name in ("halves_first", "halves_second", "halves_between"):
            known_halves = [one[name] for one in each if np.isfinite(one[name])]
            row[name] = float(np.mean(known_halves)) if known_halves else float("nan")
        for name in ("pairs", "pairs_hold", "pairs_swap"):
            row[name] = sum(one[name] for one in each)
        rows.append(row)
    return rows
