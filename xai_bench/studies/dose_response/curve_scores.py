"""From responses to doses to scores of recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from xai_bench.stats.ranks import agreement_of_means
from xai_bench.studies.dose_response.dose_measures import SCHEMA
from xai_bench.studies.dose_response.response_curves import THE_MODEL, AtDose, Curves

__all__ = [
    "NO_UNIT",
    "CurveScore",
    "against_controls",
    "curve_scores",
    "evidence_share",
    "response_scores",
    "without_rounding",
]

_FLAT = "{} the same at every dose"
NO_UNIT = "its values are not log-odds"
_KEY = ["model", "method", "target", "record_id", "patient_id"]

Scores = Float64[np.ndarray, " record"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class CurveScore:
    """One measure of each recording, perhaps at one dose."""

    measure: str
    dose: float
    scores: Scores
    """NaN where it is not defined."""
    reason: str = ""
    """Why it is not defined, where nothing else is known to be wrong."""


def curve_scores(
    method: str, curves: Curves, doses: Sequence[float], log_odds: Curves
) -> Iterator[CurveScore]:
    """Every measure of one response within its own evidence; log_odds: the model's own."""
    yield from response_scores(method, curves, doses)
    response = without_rounding(curves.response, curves.rounding)
    of_dose = np.broadcast_to(np.asarray(doses, dtype=np.float64), response.shape)
    for k, dose in enumerate(doses[1:], start=1):
        yield CurveScore("exceeds", dose, (response[:, k] > response[:, 0]).astype(np.float64))
    nan = float("nan")
    rises = np.all(np.diff(response, axis=1) > 0, axis=1).astype(np.float64)
    yield CurveScore("rises", nan, rises)
    yield CurveScore("slope", nan, _slope(of_dose, response))
    if curves.share is None or curves.outside_change is None:
        return
    yield from _of_maps(curves.share, curves.outside_change, doses)
    model = without_rounding(log_odds.response, log_odds.rounding)
    why = f"{_FLAT.format(_what(method))}, or the log-odds are"
    yield CurveScore("tracks_tau", nan, _kendall(response, model), why)
    yield CurveScore("tracks_pearson", nan, _pearson(response, model), why)
    if curves.in_log_odds:
        flat = _FLAT.format("the log-odds are")
        yield CurveScore("tracks_slope", nan, _slope(model, response), flat)
    else:
        yield CurveScore("tracks_slope", nan, np.full(len(model), np.nan), NO_UNIT)


def response_scores(method: str, curves: Curves, doses: Sequence[float]) -> Iterator[CurveScore]:
    """The response itself, within whatever place, and whether it follows the dose."""
    response = without_rounding(curves.response, curves.rounding)
    of_dose = np.broadcast_to(np.asarray(doses, dtype=np.float64), response.shape)
    for k, dose in enumerate(doses):
        yield CurveScore("response", dose, curves.response[:, k])
        if k:
            yield CurveScore("change", dose, curves.response[:, k] - curves.response[:, 0])
    tau = _kendall(response, of_dose)
    yield CurveScore("tau", float("nan"), tau, _FLAT.format(_what(method)))


def _what(method: str) -> str:
    return "the log-odds are" if method == THE_MODEL else "attribution within the evidence is"


def _of_maps(share: AtDose, outside_change: AtDose, doses: Sequence[float]) -> Iterator[CurveScore]:
    for k, dose in enumerate(doses):
        yield CurveScore("share", dose, share[:, k], "attribution is zero everywhere")
        if k:
            nothing = "there is no attribution outside the evidence at dose 0"
            yield CurveScore("outside_change", dose, outside_change[:, k], nothing)
    merged = without_rounding(share, np.full(len(share), 1e-6))
    of_dose = np.broadcast_to(np.asarray(doses, dtype=np.float64), share.shape)
    tau = np.where(np.isnan(share).any(axis=1), np.nan, _kendall(merged, of_dose))
    why = f"{_FLAT.format('the share is')}, or attribution is zero everywhere"
    yield CurveScore("share_tau", float("nan"), tau, why)


def evidence_share(evidence: Bool[np.ndarray, "record lead time"]) -> CurveScore:
    """Of each recording, how much of it is evidence."""
    return CurveScore("evidence", float("nan"), evidence.mean(axis=(1, 2), dtype=np.float64))


def without_rounding(values: AtDose, rounding: Scores) -> AtDose:
    """Values of which those that differ by no more than rounding are equal: each becomes the
    smallest of its group, where a group has no larger gap between neighbours."""
    order = np.argsort(values, axis=1, kind="stable")
    rising = np.take_along_axis(values, order, axis=1)
    new = np.ones(rising.shape, dtype=np.bool_)
    new[:, 1:] = np.diff(rising, axis=1) > rounding[:, None]
    smallest = np.maximum.accumulate(np.where(new, rising, -np.inf), axis=1)
    merged = np.empty_like(values)
    np.put_along_axis(merged, order, smallest, axis=1)
    return merged


def _kendall(x: AtDose, y: AtDose) -> Scores:
    """Kendall's tau-b over doses, of values that are equal or apart; NaN where either side is
    constant, or not known."""

    def ranks(values: AtDose) -> AtDose:
        """How many are smaller: whole numbers, whatever the unit."""
        smaller: AtDose = np.zeros_like(values)
        for k in range(values.shape[1]):
            smaller += values > values[:, k : k + 1]
        return smaller

    return agreement_of_means(ranks(x), ranks(y))


def _slope(x: AtDose, y: AtDose) -> Scores:
    """Of y on x by least squares; NaN where x is constant."""
    moved = x - x.mean(axis=1, keepdims=True)
    spread = np.square(moved).sum(axis=1)
    constant = np.ptp(x, axis=1) == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        # Less the first, so that of a constant nothing is left to be rounded.
        slope = (moved * (y - y[:, :1])).sum(axis=1) / spread
    return np.where(constant, np.nan, slope)


def _pearson(x: AtDose, y: AtDose) -> Scores:
    """NaN where either is constant."""
    moved = [one - one.mean(axis=1, keepdims=True) for one in (x, y)]
    constant = (np.ptp(x, axis=1) == 0) | (np.ptp(y, axis=1) == 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        norms = np.prod([np.square(one).sum(axis=1) for one in moved], axis=0)
        r = (moved[0] * moved[1]).sum(axis=1) / np.sqrt(norms)
    return np.where(constant, np.nan, r)


def against_controls(scores: pd.DataFrame, controls: Sequence[str], largest: float) -> pd.DataFrame:
    """Scores of each lesion against each control, on the recordings that have both.

    Attribution under a control is that within the evidence of the lesion, so that both are sums
    over the same samples. The control may move a response either way: its |change| and |tau|
    count. A tau that is not defined, because nothing changes, counts as 0 here.
    """
    change = scores[(scores["measure"] == "change") & (scores["dose"] == largest)]
    tau = scores[scores["measure"] == "tau"]
    found = []
    for control in controls:
        changed = _paired(change, controls, control).dropna(subset=["score", "score_control"])
        excess = changed["score"] - changed["score_control"].abs()
        found.append(changed.assign(measure="excess", score=excess))
        found.append(changed.assign(measure="selective", score=(excess > 0).astype(float)))
        # What a flaw leaves without a change must not count as no tau.
        known = pd.MultiIndex.from_frame(changed[["lesion", *_KEY]])
        both = _paired(tau, controls, control)
        both = both[pd.MultiIndex.from_frame(both[["lesion", *_KEY]]).isin(known)]
        of_control = both["score_control"].fillna(0.0).abs()
        found.append(
            both.assign(measure="tau_difference", score=both["score"].fillna(0.0) - of_control)
        )
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=scores.columns)
    made: pd.DataFrame = table.assign(dose=np.nan, reason="")[list(SCHEMA.scores)]
    return made.astype(SCHEMA.scores)


def _paired(rows: pd.DataFrame, controls: Sequence[str], control: str) -> pd.DataFrame:
    """Rows of lesions beside the score of the same recording, and place, under a control."""
    lesions = rows[~rows["lesion"].isin(controls)]
    of_control = rows[rows["lesion"] == control].drop(columns="lesion")
    # The log-odds have no place: they are the same beside each lesion.
    model = of_control.loc[of_control["method"] == THE_MODEL, [*_KEY, "score"]]
    places = of_control[of_control["against"] != ""].rename(columns={"against": "lesion"})
    maps = places[["lesion", *_KEY, "score"]]
    both = [
        lesions.merge(model, on=_KEY, suffixes=("", "_control")),
        lesions.merge(maps, on=["lesion", *_KEY], suffixes=("", "_control")),
    ]
    made: pd.DataFrame = pd.concat(both, ignore_index=True).assign(against=control)
    return made
