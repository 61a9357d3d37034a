"""Leads and ties."""

import math

from xai_bench.report.estimates import Estimate
from xai_bench.supplement.ranking import leaders


def estimates(**numbers: tuple[float, float, float]) -> dict[str, Estimate]:
    return {m: Estimate(mean=x[0], low=x[1], high=x[2]) for m, x in numbers.items()}


def test_overlaps_with_the_best_are_ties() -> None:
    found = estimates(a=(0.5, 0.4, 0.6), b=(0.7, 0.58, 0.8), c=(0.2, 0.1, 0.3))
    assert leaders(found, "higher") == ["b", "a"]
    assert leaders(found, "lower") == ["c"]


def test_nothing_leads_alone_or_without_an_interval() -> None:
    assert leaders(estimates(a=(0.5, 0.4, 0.6)), "higher") == []
    assert leaders(estimates(a=(1.0, 0.0, 2.0), b=(5.0, math.nan, math.nan)), "higher") == []
