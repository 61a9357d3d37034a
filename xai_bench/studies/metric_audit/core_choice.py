"""Which metrics are the core: by trust, resolution, reliability, redundancy and cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import Schema
from xai_bench.zoo import FAMILIES, FLAGGED

__all__ = ["PLACES", "PROBABILITIES", "SCHEMA", "choose_core"]

SCHEMA = Schema(
    stem="core",
    keys={"metric": "str", "family": "str"},
    more={
        "failed": "str",
        "undecided": "str",
        "resolution": "float64",
        "reliability": "float64",
        "seconds": "float64",
        "cluster": "int64",
        "core": "bool",
        "why": "str",
    },
    mend="make one: xai-bench audit metrics",
)

PLACES = {"faithfulness": 4, "localisation": 2}
"""At most so many metrics of a family are in the core; one of each other: ten in all."""

PROBABILITIES = ("aucse", "deletion", "insertion", "irof", "selectivity", "turbe_f")
"""Areas under curves of probabilities. They saturate (insertion is .98 to .99 for every recording
of a linear net) where log-odds do not, and the core has one scale."""

_RELIABLE = 0.05
"""Of the intraclass correlation: what differs by less is as reliable."""
_FREE = 0.1
"""Seconds of a recording below which only the timer differs."""
_COST = 0.5
"""Of the decades of seconds: what differs by less, a factor of three, costs as much."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    metric: str
    family: str
    asked: tuple[str, ...]
    """Questions that it answered, one way or the other."""
    failed: tuple[str, ...]
    undecided: tuple[str, ...]
    """Questions for which there are too few recordings."""
    resolution: float
    reliability: float
    seconds: float
    cluster: int

    @property
    def told(self) -> float:
        return 1 - len(self.failed) / len(self.asked) if self.asked else math.nan

    @property
    def order(self) -> tuple[float, ...]:
        """First is better: something known, fewer failed, more that it told, what it notices, how
        well it repeats, what it costs, and what is in the core already.

        What it notices and how well it repeats count once, by their estimates: a resolution of too
        few recordings counts neither for nor against a metric.
        """
        told = len(set(self.asked) - set(self.failed) - {"resolution", "reliability"})
        steps = round(self.reliability / _RELIABLE) if self.reliability == self.reliability else -1
        known_cost = self.seconds == self.seconds
        cost = round(math.log10(max(self.seconds, _FREE)) / _COST) if known_cost else math.inf
        return (
            float(not self.asked),
            len(self.failed),
            -told,
            self.resolution if self.resolution == self.resolution else math.inf,
            -steps,
            cost,
            float(self.metric not in PRESETS.metrics.core),
        )


def choose_core(
    trust: pd.DataFrame, clusters: Mapping[str, int], seconds: Mapping[str, float]
) -> pd.DataFrame:
    """The metrics of an audit, the best of each family first, and why each is in or out: SCHEMA.

    The rule: areas of PROBABILITIES are out. Of metrics that ask the same question (a cluster) one
    stands for all: that which fails fewest questions of the audit, tells most, notices the smallest
    corruption, repeats best, costs least and is in the core already, in this order. Of those that
    are left, each family has at most its PLACES in the same order; where none of a family fails
    nothing, its best is in and its failures are named.

    value: the share of the questions that it answered which it tells; n: how many it answered.
    failed: questions that it is shown not to tell or to have reversed; undecided: those for which
    there are too few recordings, which are neither. resolution: the estimate, decided or not.
    seconds: what scoring takes.
    """
    alone = max(clusters.values(), default=0)
    unknown = [metric for metric in dict.fromkeys(trust["metric"]) if metric not in clusters]
    clusters = {**clusters, **{name: alone + k for k, name in enumerate(unknown, start=1)}}
    candidates = [
        _candidate(str(metric), rows, clusters, seconds)
        for metric, rows in trust.groupby("metric", sort=False)
    ]
    ordered = sorted(
        candidates, key=lambda one: (FAMILIES.index(one.family), one.order, one.metric)
    )
    first: dict[int, _Candidate] = {}
    for one in sorted(candidates, key=lambda one: (one.order, one.metric)):
        if one.metric not in PROBABILITIES:
            first.setdefault(one.cluster, one)
    taken: dict[str, list[str]] = {}
    rows = []
    for one in ordered:
        stands_for = first.get(one.cluster, one)
        of_family = taken.setdefault(one.family, [])
        places = PLACES.get(one.family, 1)
        why = _out(one, stands_for, of_family, places)
        if not why:
            of_family.append(one.metric)
        rows.append(
            {
                "metric": one.metric,
                "family": one.family,
                "value": one.told,
                "n": len(one.asked),
                "reason": "" if one.asked else "no question was answered",
                "failed": ", ".join(one.failed),
                "undecided": ", ".join(one.undecided),
                "resolution": one.resolution,
                "reliability": one.reliability,
                "seconds": one.seconds,
                "cluster": one.cluster,
                "core": not why,
                "why": why or _in(one),
            }
        )
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def _out(one: _Candidate, first: _Candidate, of_family: list[str], places: int) -> str:
    """Why a metric is left out; "" where it is in."""
    if one.metric in PROBABILITIES:
        return "an area of probabilities, which saturate; the core is in log-odds"
    if not one.asked and of_family:
        return "undecided: too few recordings" if one.undecided else "not asked"
    if first is not one:
        return f"asks what {first.metric} asks, which stands for it"
    if one.failed and of_family:
        return f"fails {', '.join(one.failed)}"
    if len(of_family) >= places:
        return f"behind {', '.join(of_family)}"
    return ""


def _in(one: _Candidate) -> str:
    if not one.undecided:
        return _known(one)
    verb = "is" if len(one.undecided) == 1 else "are"
    return f"{_known(one)}; in, though {' and '.join(one.undecided)} {verb} undecided"


def _known(one: _Candidate) -> str:
    if one.failed:
        return f"best of a family in which none passes; fails {', '.join(one.failed)}"
    if not one.asked:
        return "best of a family of which nothing is known"
    return f"tells {', '.join(one.asked)}"


def _candidate(
    metric: str, rows: pd.DataFrame, clusters: Mapping[str, int], seconds: Mapping[str, float]
) -> _Candidate:
    by_question = rows.set_index("question")
    verdicts = by_question["verdict"]
    answered = verdicts[verdicts.isin(("tells", *FLAGGED))]

    def value(question: str) -> float:
        found = by_question["value"].get(question, np.nan)
        return float(found)

    noticed = verdicts.get("resolution") in ("tells", "too few recordings")
    return _Candidate(
        metric=metric,
        family=str(rows["family"].iloc[0]),
        asked=tuple(map(str, answered.index)),
        failed=tuple(map(str, answered[answered.isin(FLAGGED)].index)),
        undecided=tuple(map(str, verdicts[verdicts == "too few recordings"].index)),
        resolution=value("resolution") if noticed else math.nan,
        reliability=value("reliability"),
        seconds=seconds.get(metric, math.nan),
        cluster=clusters[metric],
    )
