"""What is measured of a dose response, and the columns of its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from xai_bench.results.study_tables import Schema
from xai_bench.stats import Statistic

__all__ = ["DETECTED_IN", "MEASURES", "SCHEMA", "Measure"]

DETECTED_IN = 0.9
"""Share of recordings in which a response must exceed that to dose 0 to count as detected."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number of a recording, or of all of them."""

    label: str
    read: str
    """How to read it, one clause."""
    at_dose: bool = False
    """Whether there is one at each dose."""
    against: bool = False
    """Whether it compares a lesion with an irrelevant control."""
    statistic: Statistic = "mean"
    """Over recordings; the median of ratios, whose mean one small denominator decides."""
    yes_or_no: bool = False
    """Whether it is 1 or 0 of each recording: its mean is a share, with an interval of shares."""


MEASURES = {
    "response": Measure(
        label="response",
        read="of the model its log-odds, of a method the sum of attribution within the evidence",
        at_dose=True,
    ),
    "change": Measure(
        label="change", read="the response, less that to dose 0 of the same recording", at_dose=True
    ),
    "exceeds": Measure(
        label="exceeds dose 0",
        read="share of recordings whose response is above that to dose 0",
        at_dose=True,
        yes_or_no=True,
    ),
    "share": Measure(
        label="share in evidence",
        read="of all |attribution|, what lies within the evidence",
        at_dose=True,
    ),
    "outside_change": Measure(
        label="change outside",
        read="mean |change| of attribution outside the evidence since dose 0, over mean "
        "|attribution| there at dose 0",
        at_dose=True,
        statistic="p50",
    ),
    "tau": Measure(
        label="tau with dose", read="Kendall's tau of the response with the dose; 1: always up"
    ),
    "share_tau": Measure(
        label="tau of share", read="Kendall's tau of the share in evidence with the dose"
    ),
    "rises": Measure(
        label="rises at every step",
        read="share of recordings whose response rises at every step",
        yes_or_no=True,
    ),
    "slope": Measure(label="slope", read="response per millivolt, by least squares"),
    "tracks_tau": Measure(
        label="tau with log-odds",
        read="Kendall's tau of attribution within the evidence with the model's log-odds",
    ),
    "tracks_pearson": Measure(label="r with log-odds", read="the same, Pearson's correlation"),
    "tracks_slope": Measure(
        label="slope on log-odds",
        read="attribution within the evidence per unit of log-odds; 1: all of the change is put "
        "where the lesion is",
        statistic="p50",
    ),
    "detection_limit": Measure(
        label="detection limit, mV",
        read=f"a point estimate: the dose from which on the response exceeds that to dose 0 in "
        f"at least {DETECTED_IN:.0%} of recordings, as counted",
    ),
    "evidence": Measure(label="evidence", read="share of samples that are evidence: chance"),
    "excess": Measure(
        label="excess over control",
        read="change at the largest dose, less |change| under the control at the same millivolt "
        "and, of a method, in the same samples",
        against=True,
    ),
    "selective": Measure(
        label="selective",
        read="share of recordings in which that excess is above zero",
        against=True,
        yes_or_no=True,
    ),
    "tau_difference": Measure(
        label="tau less |tau of control|",
        read="tau with the dose of the lesion, less |tau| with that of the control",
        against=True,
    ),
}
"""By name, in the order of tables."""

_OF = {
    "model": "str",
    "method": "str",
    "lesion": "str",
    "target": "str",
    "against": "str",
    "measure": "str",
    "dose": "float64",
}

SCHEMA = Schema(
    stem="dose_response",
    keys=_OF,
    more={"n_failed": "int64", "p": "float64", "p_holm": "float64"},
    scores=_OF | {"record_id": "str", "patient_id": "str", "score": "float64", "reason": "str"},
    facts={
        "data": str,
        "n": int,
        "models": list,
        "methods": list,
        "lesions": dict,
        "doses": list,
        "left_out": list,
        "skipped": list,
    },
    mend="make one: xai-bench dose",
)
"""Of the study's tables.

method: "" for the model itself.
lesion: what was planted, an irrelevant control too.
target: the class whose log-odds are explained, the same at all doses: that of the lesion; of a
    control that of each lesion that it is compared with.
against: the control that a lesion is compared with; of a control the lesion within whose evidence
    attribution is summed; or "".
dose: mV, NaN for measures over all doses.
value, ci_low, ci_high: the mean or median over recordings (`Measure.statistic`), patients
    resampled; of shares of recordings (`Measure.yes_or_no`) that of `share_interval`.
n: recordings with a score; n_failed: those without one, and `reason` is the commonest reason.
p, p_holm: of "tau" and "excess", two-sided signed-rank over patients against zero; Holm over the
    methods of the model, lesion, target and control. The model's own is alone.
"""
