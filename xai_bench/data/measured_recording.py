"""What is measured of a recording, beside what is normal: rhythm, intervals, waves by lead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int16
from pydantic import BaseModel, ConfigDict, Field

from xai_bench.data.beat_finder import FINE_HZ
from xai_bench.data.delineate import Delineation, delineated
from xai_bench.data.ecg_features import UNITS, Measures, measure_one
from xai_bench.data.normal_limits import NEIGHBOURS, Limit, limits_of
from xai_bench.types import LEADS, WAVES

__all__ = ["BY_LEAD", "NO_BEATS", "MeasuredRecording", "Measurement", "Rhythm", "StrictFacts"]
__all__ += ["measure_recording", "unit_of"]

BY_LEAD = ("P", "Q", "Q duration", "R", "S", "J", "ST", "T")
_WHOLE = ("heart rate", "PR", "QRS", "QT", "QTc", "QTc (Bazett)", "axis", "Sokolow-Lyon")
_READ_FROM = {
    "axis": frozenset(("I", "aVF")),
    "Sokolow-Lyon": frozenset(("V1", "V5", "V6")),
}
_OF_T = ("QT", "QTc", "QTc (Bazett)", "T")
_UNITS = {**UNITS, "QTc (Bazett)": "ms", "Sokolow-Lyon": "mV", "Q duration": "ms", "J": "mV"}
_DIGITS = {"mV": 2}
"""What is read off ECG paper; values are judged as they are written. Others are whole numbers."""

_LEAST_Q = 0.1  # millivolt; a smaller Q counts for nothing (Thygesen et al. 2018)
_LEAST_R = 0.05  # millivolt; a smaller R leaves a QS
_J_SAMPLES = 5  # 10 ms
_TALL_R = 0.3  # millivolt; a T may be flat beside a smaller R (Rautaharju et al. 2009)

_PLAUSIBLE_QTC = (300.0, 700.0)
"""Milliseconds; where it comes out beyond, the end of T was missed, and T is not measured."""

_VARIED = 0.12
"""Seconds from the shortest to the longest interval of a regular sinus rhythm, the usual bound of
sinus arrhythmia."""
_DISORDERED = 0.1
"""Standard deviation of all intervals over their mean from which on there is no order in them; with
no P waves that repeat, as guidelines describe atrial fibrillation (Hindricks et al., Eur. Heart J.
2021), which give no number."""
_EARLY = 0.8
"""Of the usual interval, below which a beat is early."""

NO_BEATS = "no beats of one shape were found"
_NO_MEDIAN = "fewer than three whole beats of one shape"
_NO_P = "no P wave that repeats from beat to beat was found"
_NO_T = "no T wave with a plausible end was found"
_FLAT = "the lead is flat"


class StrictFacts(BaseModel):
    """Facts that are written to a file: no unknown keys, no numbers that are none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@final
class Measurement(StrictFacts):
    """One number, and what a reader would call it."""

    name: str = Field(description="What is measured, such as PR or ST")
    lead: str | None = Field(description="null: of the whole recording")
    value: float | None = Field(description="null: not measured, see reason")
    unit: str
    low: float | None = Field(description="Lower end of what is normal; null: there is none")
    high: float | None = Field(description="Upper end of what is normal; null: there is none")
    is_edge_normal: bool | None = Field(description="Whether low and high themselves are normal")
    finding: str = Field(description="normal, no limit, not measured, or what is abnormal")
    abnormal: bool | None = Field(description="null: not measured, or there is no limit")
    source: str | None = Field(description="Who says what is normal, see limits")
    reason: str | None = Field(description="Why it is not measured, or not called abnormal")


@final
class Rhythm(StrictFacts):
    """What can be said of the rhythm by intervals and P waves alone; pacing is not looked for."""

    finding: str
    abnormal: bool | None = Field(description="null: it cannot be told")
    beats: int
    p_before_qrs: bool | None
    rr_ms: float | None = Field(description="Mean time from beat to beat")
    rr_sd_ms: float | None = Field(description="Standard deviation of all these times")
    early_beats: int
    beats_of_another_shape: int
    reason: str | None


@final
class MeasuredRecording(StrictFacts):
    """All of one recording."""

    recorded: tuple[str, ...] = Field(description="Leads that are not flat")
    rhythm: Rhythm
    whole: tuple[Measurement, ...]
    by_lead: tuple[Measurement, ...] = Field(description="Leads in order, each with all its waves")

    def of(self, name: str, lead: str | None = None) -> Measurement:
        """One measurement. Raises KeyError."""
        for one in self.whole if lead is None else self.by_lead:
            if (one.name, one.lead) == (name, lead):
                return one
        raise KeyError(name, lead)

    def abnormal_in(self, lead: str, wave: str) -> list[str]:
        """What abnormal was measured of a wave of a lead.

        PR: of P and PR in all leads. QRS: of all QRS. QTc: of all T. Axis: of the QRS in I and aVF,
        that it is read from. Sokolow-Lyon: of the QRS in V1 and in the taller of V5 and V6. What is
        measured by lead: of its lead. No order and no P waves: of what is between T and QRS in all
        leads. A fast or slow rate: of none.
        """
        found = [
            one.finding
            for one in (*self.whole, *self.by_lead)
            if one.abnormal
            and wave in _SEEN_IN.get(one.name, ())
            and lead in ([one.lead] if one.lead else self._leads_of(one.name))
        ]
        if self.rhythm.abnormal and self.rhythm.p_before_qrs is False and wave in _OF_ATRIA:
            found.append(self.rhythm.finding)
        return found

    def abnormal_waves(self) -> Bool[np.ndarray, "lead wave"]:
        """Where `abnormal_in` finds something; waves in the order of WAVES."""
        return np.array([[bool(self.abnormal_in(lead, wave)) for wave in WAVES] for lead in LEADS])

    def normal_waves(self) -> Bool[np.ndarray, "lead wave"]:
        """Where something was measured, and `abnormal_in` finds nothing."""
        known = {
            (one.name, one.lead) for one in (*self.whole, *self.by_lead) if one.value is not None
        }
        there = [[bool(known & _measures(lead, wave)) for wave in WAVES] for lead in LEADS]
        found: Bool[np.ndarray, "lead wave"] = np.array(there) & ~self.abnormal_waves()
        return found

    def _leads_of(self, name: str) -> tuple[str, ...]:
        if name == "axis":
            return "I", "aVF"
        if name == "Sokolow-Lyon":
            v5, v6 = (self.of("R", lead).value or 0.0 for lead in ("V5", "V6"))
            return "V1", "V5" if v5 >= v6 else "V6"
        return LEADS


_OF_WAVE = {"P": ("P",), "QRS": ("R", "S"), "ST": ("ST",), "T": ("T",)}
_OF_ATRIA = ("P", "PR", "TP")
_SEEN_IN: Mapping[str, tuple[str, ...]] = {
    **{"PR": ("P", "PR"), "P": ("P",), "QTc": ("T",), "T": ("T",), "J": ("ST",), "ST": ("ST",)},
    **dict.fromkeys(("QRS", "axis", "Sokolow-Lyon", "Q duration", "R"), ("QRS",)),
}


def _measures(lead: str, wave: str) -> set[tuple[str, str | None]]:
    """The measurements that are of a wave in each lead, PR among them."""
    if wave == "PR":
        return {("PR", None)}
    return {(name, lead) for name in _OF_WAVE.get(wave, ())}


def unit_of(name: str) -> str:
    """Of a measurement."""
    return _UNITS[name]


def measure_recording(
    microvolt: Int16[np.ndarray, "12 time"],
    rate_hz: float,
    *,
    sex: str = "",
    age: float = math.nan,
) -> MeasuredRecording:
    """Measure one recording and judge it by `normal_limits`.

    sex: "male", "female", or "" where it is not known. age: years, or NaN.
    """
    found = delineated(microvolt.astype(np.float64) / 1000, rate_hz)
    values: Measures = {}
    if found is not None:
        values = measure_one(microvolt, rate_hz)
        if not math.isnan(values["QRS", ""]):
            values |= _levels(found)
            values |= _without_r(values)
        values |= _combined(values)
        missing: tuple[str, ...] = ("PR", "P") if math.isnan(found.common.p_onset) else ()
        if not _PLAUSIBLE_QTC[0] <= values["QTc", ""] <= _PLAUSIBLE_QTC[1]:
            missing += _OF_T
        values |= {key: math.nan for key in values if key[0] in missing}
    flat = {lead for lead, row in zip(LEADS, microvolt, strict=True) if np.ptp(row) == 0}
    missing_leads = {name: leads & flat for name, leads in _READ_FROM.items()}
    keys = [(name, "") for name in _WHOLE] + [(name, lead) for lead in LEADS for name in BY_LEAD]
    written = {
        (name, lead): math.nan
        if lead in flat or missing_leads.get(name)
        else _written(name, values.get((name, lead), math.nan))
        for name, lead in keys
    }
    judged = {key: _judged(key, written, sex, age, found is not None, flat) for key in keys}
    seconds = microvolt.shape[1] / rate_hz
    return MeasuredRecording(
        recorded=tuple(lead for lead in LEADS if lead not in flat),
        rhythm=_rhythm(found, seconds, written.get(("P", "II"), math.nan)),
        whole=tuple(judged[name, ""] for name in _WHOLE),
        by_lead=tuple(judged[name, lead] for lead in LEADS for name in BY_LEAD),
    )


def _combined(values: Measures) -> Measures:
    """What is calculated of others: QTc after Bazett (1920), voltage after Sokolow, Lyon (1949)."""
    rr = 60 / values["heart rate", ""]
    in_v1 = values["S", "V1"] if values["R", "V1"] >= _LEAST_R else values["Q", "V1"]
    return {
        ("QTc (Bazett)", ""): values["QT", ""] / math.sqrt(rr),
        ("Sokolow-Lyon", ""): in_v1 + max(values["R", "V5"], values["R", "V6"]),
    }


def _levels(found: Delineation) -> Measures:
    """Of each lead, from its level before the QRS: the J point, and how long Q is below that level.

    J: median of the first 10 ms after the QRS, millivolt. Q duration: milliseconds up to where the
    lead returns, of all of the QRS where it has no R; 0 where Q is not 0.1 mV deep.
    """
    waves, start = found.common, found.fiducial
    on, off = (start + round(t * FINE_HZ) for t in (waves.qrs_onset, waves.qrs_offset))
    level = found.beat - np.median(found.beat[:, max(on - 8, 0) : on], axis=1, keepdims=True)
    of_j = np.median(level[:, off : off + _J_SAMPLES], axis=1)
    values: Measures = {("J", lead): float(value) for lead, value in zip(LEADS, of_j, strict=True)}
    for lead, row in zip(LEADS, level, strict=True):
        values["Q duration", lead] = 1000 * _q_samples(row[on : off + 1]) / FINE_HZ
    return values


def _without_r(values: Measures) -> Measures:
    """A wave without an R is all Q, however it was parted into Q and S."""
    found: Measures = {}
    for lead in LEADS:
        if values["R", lead] < _LEAST_R:
            found["Q", lead] = max(values["Q", lead], values["S", lead])
            found["S", lead] = 0.0
    return found


def _q_samples(qrs: Float64[np.ndarray, " part"]) -> int:
    top = int(qrs.argmax())
    if qrs[top] < _LEAST_R:
        return len(qrs) if qrs.min() <= -_LEAST_Q else 0
    before = qrs[: top + 1]
    if before.min() > -_LEAST_Q:
        return 0
    lowest = int(before.argmin())
    if before[:lowest].max(initial=0.0) >= _LEAST_R:
        return 0  # it is an S, after a small r
    return lowest + int((before[lowest:] < 0).sum())


def _written(name: str, value: float) -> float:
    """Rounded as it is shown."""
    return value if math.isnan(value) else round(value, _DIGITS.get(_UNITS[name], 0)) + 0.0


def _judged(
    key: tuple[str, str],
    values: Measures,
    sex: str,
    age: float,
    has_beats: bool,
    flat: set[str],
) -> Measurement:
    name, lead = key
    value = values[key]
    if math.isnan(value):
        return Measurement(
            name=name,
            lead=lead or None,
            value=None,
            unit=_UNITS[name],
            low=None,
            high=None,
            is_edge_normal=None,
            finding="not measured",
            abnormal=None,
            source=None,
            reason=_why_missing(name, lead, values, has_beats, flat),
        )
    limits = limits_of(name, lead, sex=sex, age=age)
    low = max((limit.low for limit in limits), default=-math.inf)
    high = min((limit.high for limit in limits), default=math.inf)
    broken, reasons = None, []
    for limit in limits:
        if what := limit.broken(value):
            if missing := _lacks(limit, lead, values, sex, age):
                reasons.append(f"{what} by its size alone; {missing}")
            else:
                broken = limit
                break
    finding = "normal" if limits else "no limit"
    if broken is not None:
        finding = _named(broken.broken(value), name, value, values)
    return Measurement(
        name=name,
        lead=lead or None,
        value=value,
        unit=_UNITS[name],
        low=low if math.isfinite(low) else None,
        high=high if math.isfinite(high) else None,
        is_edge_normal=limits[0].is_edge_normal if limits else None,
        finding=finding,
        abnormal=broken is not None if limits else None,
        source=(broken or limits[0]).source if limits else None,
        reason=reasons[0] if reasons and broken is None else None,
    )


def _named(what: str, name: str, value: float, values: Measures) -> str:
    if name == "axis" and value < -90:
        return "extreme axis"
    if name == "Q duration" and value >= values["QRS", ""]:
        return "QS"
    return what


def _lacks(limit: Limit, lead: str, values: Measures, sex: str, age: float) -> str:
    """What keeps a value beyond a limit from being abnormal, or ""."""
    r = values.get(("R", lead), math.nan)
    if limit.needs.startswith("R above S") and not r > values.get(("S", lead), math.nan):
        return "R is not above S"
    if limit.needs == "R above 0.3 mV" and not r > _TALL_R:
        return "R is small"
    if limit.needs.endswith("neighbour") and not _has_neighbour(limit, lead, values, sex, age):
        return "no neighbouring lead has it"
    return ""


def _has_neighbour(limit: Limit, lead: str, values: Measures, sex: str, age: float) -> bool:
    what = limit.below or limit.above
    return any(
        other.broken(values[limit.measurement, near]) == what
        for near in NEIGHBOURS[lead]
        for other in limits_of(limit.measurement, near, sex=sex, age=age)
    )


def _why_missing(name: str, lead: str, values: Measures, has_beats: bool, flat: set[str]) -> str:
    if lead in flat or flat & _READ_FROM.get(name, frozenset()):
        return _FLAT if lead else "a lead that it is read from is flat"
    if not has_beats:
        return NO_BEATS
    if math.isnan(values["QRS", ""]):
        return _NO_MEDIAN
    if name in ("PR", "P"):
        return _NO_P
    return _NO_T


def _rhythm(found: Delineation | None, seconds: float, p_in_ii: float) -> Rhythm:
    if found is None:
        return Rhythm(
            finding="not measured", abnormal=None, beats=0, p_before_qrs=None, rr_ms=None,
            rr_sd_ms=None, early_beats=0, beats_of_another_shape=0, reason=NO_BEATS,
        )  # fmt: skip
    inside = (found.at >= 0) & (found.at < seconds)
    at, alike = found.at[inside], found.alike[inside]
    rr = np.diff(at)
    early = rr < _EARLY * found.usual
    has_p = not math.isnan(found.common.p_onset)
    usual = rr[~early & alike[1:] & alike[:-1]]
    usual = usual[usual < 1.6 * found.usual]  # after an early beat comes a pause
    spread = float(np.ptp(usual)) if len(usual) else 0.0
    disorder = float(rr.std(ddof=1) / rr.mean()) if len(rr) > 1 else 0.0
    rate = 60 / found.usual
    others = int((~alike).sum())
    words, abnormal = _rhythm_words(
        has_p=has_p,
        upright=not p_in_ii < 0,
        rate=rate,
        spread=spread,
        disorder=disorder,
    )
    extra = [f"{n} {what}" for n, what in ((others, "of another shape"),) if n]
    if has_p and early.any():
        extra.append(f"{int(early.sum())} early")
    return Rhythm(
        finding=words + (f"; beats: {', '.join(extra)}" if extra else ""),
        abnormal=abnormal,
        beats=len(at),
        p_before_qrs=has_p,
        rr_ms=round(1000 * float(rr.mean())) + 0.0 if len(rr) else None,
        rr_sd_ms=round(1000 * float(rr.std(ddof=1))) + 0.0 if len(rr) > 1 else None,
        early_beats=int(early.sum()),
        beats_of_another_shape=others,
        reason=None,
    )


def _rhythm_words(
    *, has_p: bool, upright: bool, rate: float, spread: float, disorder: float
) -> tuple[str, bool | None]:
    """What the rhythm is called, and whether that is abnormal."""
    order = "irregular" if spread > _VARIED else "regular"
    if not has_p:
        if disorder > _DISORDERED:
            return "irregular without P waves, as in atrial fibrillation", True
        return f"no P waves found, {order}", None
    if not upright:
        return "P waves, negative in II: not from the sinus node", True
    broken = [
        limit.broken(round(rate)) for limit in limits_of("heart rate", "", sex="", age=math.nan)
    ]
    kind = next((f"sinus {one}" for one in broken if one), "sinus rhythm")
    return f"{kind}, {order}", kind != "sinus rhythm"
