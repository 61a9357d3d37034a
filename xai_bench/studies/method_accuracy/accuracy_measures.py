"""What is measured of a method on a known net, and the columns of the study's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from xai_bench.results.study_tables import Schema
from xai_bench.stats import Statistic

__all__ = ["MEASURES", "PARTS", "SCHEMA", "Measure"]

PARTS = {
    "sample": "single samples",
    "region": "tenths of a lead, attribution summed in each",
    "lead": "leads, attribution summed in each",
}
"""Of recordings, finest first: a method that says nothing of samples may be right about leads."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number of a recording's map and its truth."""

    label: str
    read: str
    """How to read it, one clause."""
    better: Literal["higher", "lower", "none"] = "higher"
    statistic: Statistic = "mean"
    """Over recordings; the median of ratios, whose mean one small denominator decides."""


MEASURES = {
    "cosine": Measure(
        label="cosine",
        read="cosine of map and truth, with signs; the size of the map does not count",
    ),
    "rank": Measure(label="rank", read="Spearman's correlation of map and truth, with signs"),
    "size_rank": Measure(
        label="rank of sizes",
        read="the same of |map| and |truth|: fair to maps without signs",
    ),
    "mass": Measure(
        label="mass overlap",
        read="the sum of the smaller of the shares that a part has of |map| and of |truth|",
    ),
    "sign": Measure(label="sign agreement", read="share of |truth| where the map has its sign"),
    "outside": Measure(
        label="where the truth is zero",
        read="share of |map| where the truth is exactly zero",
        better="lower",
    ),
    "size": Measure(
        label="size",
        read="sum of |map| over sum of |truth|: 1 for a map in log-odds that is right (median)",
        better="none",
        statistic="p50",
    ),
    "above_amplitude": Measure(
        label="mass overlap over |z|",
        read="mass overlap, less that of |z| on the same recording, which knows no model",
    ),
    "shortcut": Measure(
        label="in the suspect lead",
        read="share of |map| in a lead that says nothing of the class, which a net with a shortcut "
        "reads and one without does not; that of the truth is right, but for maps of regions, in "
        "which what speaks for and against has cancelled",
        better="none",
    ),
    "shortcut_excess": Measure(
        label="in the suspect lead over the truth",
        read="the same, less that of the truth on the same recording",
        better="none",
    ),
}
"""By name, in the order of tables."""

_OF = {"model": "str", "method": "str", "parts": "str", "measure": "str"}

SCHEMA = Schema(
    stem="method_accuracy",
    keys=_OF,
    more={"n_failed": "int64"},
    scores=_OF | {"record_id": "str", "patient_id": "str", "score": "float64", "reason": "str"},
    facts={
        "data": str,
        "n": int,
        "models": dict,
        "methods": list,
        "left_out": list,
        "skipped": list,
    },
    mend="make one: xai-bench accuracy",
)
"""Of the study's tables.

parts: of PARTS, what is compared.
value, ci_low, ci_high: the mean or median over recordings (`Measure.statistic`), patients
    resampled.
n: recordings with a score; n_failed: those without one, and `reason` is the commonest reason.
"""
