"""How the methods of a model compare in a metric: with each other, and with what needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
import pandas as pd

from xai_bench.stats import ALPHA, compare_pairs, floor_of, holm, places, told_apart
from xai_bench.types import is_control

__all__ = ["CEILINGS", "MODEL_FREE_FAMILIES", "NOT_ASKED", "TOO_FEW"]
__all__ += ["MethodScores", "compare_methods"]

CEILINGS = {"localisation": "oracle", "faithfulness": "truth"}
"""The control that no method can be above, by family; elsewhere there is none. Whatever is planted
is where a localisation metric looks. Of a known net the truth is what a faithfulness metric asks
for; but the evidence is not, because a model need not use all of it. An oracle that ignores the
recording is perfectly stable, which is no aim."""

NOT_ASKED = "not asked"
TOO_FEW = "too few patients"
"""The least p that so many can have is not below that of Holm's first step."""

MODEL_FREE_FAMILIES = ("faithfulness", "stability", "localisation")
"""Where a method is asked whether it is better than what needs no trained model.

Not randomisation: what ignores the model scores worst by construction. Not axiomatic: identities
hold or do not. Not complexity: a sparser map is not a better one. Not runtime."""

_PLACED = (*MODEL_FREE_FAMILIES, "randomisation")
"""Where the way from the best control to the best method is one that a method has to go."""

_MODEL_FREE = ("amplitude", "slope")
_FLOORS = ("random", *_MODEL_FREE)
_UNTRAINED = "@untrained"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MethodScores:
    """The scores of one metric by all methods and controls of a model."""

    metric: str
    family: str
    statistic: str
    better: str
    """higher, lower or none."""
    scores: pd.DataFrame
    """recording x method; NaN where a recording has no score."""
    patients: Sequence[str]
    """Of each recording."""

    @property
    def methods(self) -> list[str]:
        return [name for name in self.scores.columns if not is_control(name)]

    def floors(self, method: str) -> list[str]:
        """The controls without a trained model that a method is held against: |z|, |dz/dt| and
        its own map of the net before training."""
        asked = [*_MODEL_FREE, f"{method}{_UNTRAINED}"]
        return [name for name in asked if name in self.scores.columns]


def compare_methods(table: MethodScores) -> dict[str, dict[str, Any]]:
    """Of each method its columns of the leaderboard: rank, place and not_better_than.

    rank: 1 + the number of methods that are better and told apart from it, by `compare_pairs` over
    all pairs of methods. not_better_than: which of its `floors` it is not told apart from as the
    better one; empty where it is better than each, `TOO_FEW` where no p could show it, and
    `NOT_ASKED` where none was scored or it makes no sense (`MODEL_FREE_FAMILIES`).
    place, place_low, place_high and the control that is the floor: see `stats.places`, with random,
    |z|, |dz/dt| and all untrained maps as controls; none where there is a ceiling.
    """
    found: dict[str, dict[str, Any]] = {
        method: {"not_better_than": NOT_ASKED} for method in table.methods
    }
    if table.better == "none":
        return found
    better: Literal["higher", "lower"] = "higher" if table.better == "higher" else "lower"
    floor = floor_of(table.metric)
    pairs = compare_pairs(table.scores[table.methods], table.patients, better=better, floor=floor)
    behind = pairs.loc[pairs["apart"], "second"].value_counts()
    for method in table.methods:
        found[method]["rank"] = 1 + int(behind.get(method, 0))
    if table.statistic != "mean":
        return found
    if table.family in MODEL_FREE_FAMILIES:
        for method, unbeaten in _not_better(table, better, floor).items():
            found[method]["not_better_than"] = unbeaten
    names = list(table.scores.columns)
    if table.family in _PLACED and CEILINGS.get(table.family, "") not in names:
        untrained = [name for name in names if name.endswith(_UNTRAINED)]
        of_floor, by_method = places(
            table.scores,
            table.patients,
            methods=table.methods,
            controls=[name for name in _FLOORS if name in names] + untrained,
            better=better,
        )
        for method, numbers in by_method.items():
            place = dict(zip(("place", "place_low", "place_high"), numbers, strict=True))
            found[method] |= place | {"floor": of_floor}
    return found


def _not_better(
    table: MethodScores, better: Literal["higher", "lower"], floor: float
) -> dict[str, str]:
    """By method, the names of the floors that it is not shown to be better than.

    To be better than each of them it must be told apart from the hardest, so that the largest p is
    that of all (intersection-union, Berger 1982), after Holm over the methods. Where that is not
    so, those are named whose own p fails that of as many tests.
    """
    asked = {method: names for method in table.methods if (names := table.floors(method))}
    if not asked:
        return {}
    listed = [(method, name) for method, names in asked.items() for name in names]
    pairs = compare_pairs(table.scores, table.patients, better=better, pairs=listed, floor=floor)
    pairs = pairs.assign(method=[method for method, _ in listed], control=[of for _, of in listed])
    # However sure it is that a control is ahead, it is not beaten.
    pairs["p"] = pairs["p"].where(pairs["first"] == pairs["method"], 1.0).fillna(1.0)
    tests = len(asked)
    if not 2.0 ** (1 - int(pairs["patients"].max())) < ALPHA / tests:
        return dict.fromkeys(asked, TOO_FEW)
    hardest = pairs.groupby("method", sort=False)["p"].max()
    p_of_all = dict(zip(hardest.index, holm(hardest.to_numpy(np.float64)), strict=True))
    found = {}
    for method, of_method in pairs.groupby("method", sort=False):
        rows = of_method.to_dict("records")
        p = float(p_of_all[method])
        if all(told_apart(p, row["ci_low"], row["ci_high"]) for row in rows):
            found[str(method)] = ""
            continue
        unbeaten = [
            str(row["control"])
            for row in rows
            if not told_apart(tests * row["p"], row["ci_low"], row["ci_high"])
        ]
        found[str(method)] = "; ".join(unbeaten)
    return found
