"""An explanation as a report: what was measured, what the attribution rests on, and how well the
two agree. No language model has a part in it; one may read it.

`EXPLANATION_REPORT` names the version of the form, which docs/schema publishes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import scipy
from jaxtyping import Bool, Float64, Int8
from pydantic import ConfigDict, Field

from xai_bench.data.measured_recording import (
    MeasuredRecording,
    Measurement,
    StrictFacts,
    measure_recording,
    unit_of,
)
from xai_bench.data.normal_limits import LIMITS, SOURCES, Limit
from xai_bench.models import Model
from xai_bench.printable import printable
from xai_bench.report.explanation.attribution_regions import Region, sentence
from xai_bench.report.explanation.method_explanation import MethodExplanation
from xai_bench.report.explanation.self_scores import (
    ALL_LEADS,
    LEFT_OUT,
    Mask,
    SelfScore,
    abnormal_share,
    completeness,
    lead_scores,
    planted_scores,
)
from xai_bench.types import LEADS, WAVES, Attributions, Recordings

__all__ = ["EXPLANATION_REPORT", "TERRITORIES", "Citation", "ExplanationReport", "MethodReport"]
__all__ += ["NormalLimit", "grounded_method", "grounded_report", "measure_one_of"]
__all__ += ["report_schema", "value_text"]

Version = Literal["xai-bench explanation report 1"]
EXPLANATION_REPORT: Version = get_args(Version)[0]

TERRITORIES: Mapping[str, str] = {
    **dict.fromkeys(("I", "aVL", "V5", "V6"), "lateral"),
    **dict.fromkeys(("II", "III", "aVF"), "inferior"),
    **dict.fromkeys(("V1", "V2"), "septal"),
    **dict.fromkeys(("V3", "V4"), "anterior"),
    "aVR": "no wall",
}
"""The wall of the left ventricle that a lead looks at."""

_MEASURED_IN = {
    **{"P": ("P",), "PR": (), "QRS": ("Q", "Q duration", "R", "S"), "ST": ("J", "ST"), "T": ("T",)},
    **{"TP": (), "none": ()},
}
_OF_ALL_LEADS = {"P": (), "PR": ("PR",), "QRS": ("QRS",), "ST": (), "T": ("QTc",)}
NOT_FOR_DIAGNOSIS = "For research on explanations, not for diagnosis."


class RecordingFacts(StrictFacts):
    """What was read."""

    id: str
    origin: str = Field(description="What was read, and what was done to it")
    rate_hz: float = Field(description="At which the model reads it, and at which it is measured")
    seconds: float
    leads: tuple[str, ...] = Field(description="Those that are not flat")
    age: float | None
    sex: Literal["male", "female"] | None
    labels: tuple[str, ...] | None = Field(description="null: not known")
    waves: str = Field(description="How the waves are known that citations are of")
    beats: int
    remarks: tuple[str, ...]


class ModelFacts(StrictFacts):
    """What is explained."""

    name: str
    classes: tuple[str, ...]
    target: str = Field(description="The class that is explained")
    probability: float = Field(description="That the model gives it, 0 to 1")
    label_is_target: bool | None = Field(description="null: the label is not known")


class Citation(StrictFacts):
    """A wave of a lead that the attribution rests on."""

    lead: str = Field(description="Or all leads, of a method that does not tell them apart")
    wave: str
    territory: str | None
    beats: tuple[tuple[int, int], ...] = Field(description="First and last of each run, from 1")
    is_every_beat: bool
    share: float = Field(description="Of all that is positive, or all that is negative, 0 to 1")
    measured: tuple[Measurement, ...] = Field(description="What was measured of it")
    abnormal: tuple[str, ...] = Field(description="What abnormal was measured of it")
    is_abnormal: bool | None = Field(description="null: of all leads, where they differ")
    text: str


class MethodReport(StrictFacts):
    """What one method says, and how well it is grounded."""

    method: str
    quantity: Literal["evidence", "attribution"] = Field(
        description="evidence: it sums to the log-odds"
    )
    problem: str | None = Field(description="Why it is not what it promises")
    negative_share: float = Field(description="Of all that is not zero, 0 to 1")
    by_lead: dict[str, float] = Field(description="Shares of what is positive, 0 to 1")
    by_wave: dict[str, float] = Field(description="Shares of what is positive, 0 to 1")
    by_territory: dict[str, float] = Field(description="Shares of what is positive, 0 to 1")
    cited_for: tuple[Citation, ...] = Field(description="Largest share first")
    cited_against: tuple[Citation, ...] = Field(description="Largest share first")
    scores: tuple[SelfScore, ...]


class NormalLimit(StrictFacts):
    """A range that is normal, as it was used."""

    measurement: str
    leads: tuple[str, ...]
    low: float | None
    high: float | None
    is_edge_normal: bool
    sex: str | None
    ages: tuple[float, float | None] | None
    needs: str | None
    called: str
    unit: str
    source: str
    published: str


class ExplanationReport(StrictFacts):
    """The whole report; `report_schema` publishes its form."""

    model_config = ConfigDict(title="xai-bench explanation report")

    version: Version = Field(alias="schema")
    notice: str
    recording: RecordingFacts
    model: ModelFacts
    picture: str | None = Field(description="Relative to the report")
    measured: MeasuredRecording
    methods: tuple[MethodReport, ...]
    limits: tuple[NormalLimit, ...]
    left_out: tuple[str, ...] = Field(description="Of GEM's rubric, and why")

    def to_json(self) -> str:
        return self.model_dump_json(indent=2, by_alias=True) + "\n"


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a report."""
    schema = ExplanationReport.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def grounded_report(
    model: Model,
    recording: Recordings,
    waves: Int8[np.ndarray, " time"],
    found: Attributions,
    methods: Sequence[MethodExplanation],
    *,
    how_waves_are_known: str,
    beats: int,
    remarks: Sequence[str],
    picture: str | None,
) -> ExplanationReport:
    """Measure one recording, and say what each method rests on and how far the two agree.

    waves: index into WAVES, of which the regions of `methods` are. found: of any of the methods.
    """
    labels = None if recording.labels is None else recording.labels[0]
    target = int(found.target[0])
    measured = measure_one_of(recording)
    evidence = None if recording.evidence is None else np.asarray(recording.evidence[0])
    age = math.nan if recording.age is None else float(recording.age[0])
    return ExplanationReport(
        schema=EXPLANATION_REPORT,
        notice=NOT_FOR_DIAGNOSIS,
        recording=RecordingFacts(
            id=printable(recording.record_id[0]),
            origin=printable(recording.origin),
            rate_hz=recording.rate_hz,
            seconds=recording.seconds,
            leads=measured.recorded,
            age=None if math.isnan(age) else age,
            sex=_sex_of(recording) or None,
            labels=None if labels is None else tuple(map(printable, sorted(labels))),
            waves=how_waves_are_known,
            beats=beats,
            remarks=tuple(map(printable, remarks)),
        ),
        model=ModelFacts(
            name=printable(model.name),
            classes=tuple(map(printable, model.task.classes)),
            target=printable(model.task.classes[target]),
            probability=round(float(scipy.special.expit(found.log_odds[0])), 4),
            label_is_target=None if labels is None else model.task.present(labels, target),
        ),
        picture=None if picture is None else printable(picture),
        measured=measured,
        methods=tuple(
            grounded_method(one, measured, waves, evidence, is_normal=target == model.task.normal)
            for one in methods
        ),
        limits=tuple(map(_limit, LIMITS)),
        left_out=LEFT_OUT,
    )


def measure_one_of(recording: Recordings) -> MeasuredRecording:
    """Of Recordings of one."""
    return measure_recording(
        np.asarray(recording.microvolt[0]),
        recording.rate_hz,
        sex=_sex_of(recording),
        age=math.nan if recording.age is None else float(recording.age[0]),
    )


def grounded_method(
    one: MethodExplanation,
    measured: MeasuredRecording,
    waves: Int8[np.ndarray, " time"],
    evidence: Mask | None,
    *,
    is_normal: bool,
) -> MethodReport:
    """What one method rests on, with what was measured there, and the scores of that.

    evidence: where something was planted, if that is known. is_normal: whether the explained class
    means that nothing was found.
    """
    abnormal = measured.abnormal_waves()
    positive = one.shares.positive
    cited = one.strongest_for
    return MethodReport(
        method=printable(one.method),
        quantity="evidence" if one.what == "evidence" else "attribution",
        problem=one.problem,
        negative_share=round(one.shares.against, 4),
        by_lead=_shares(LEADS, positive.sum(axis=1)),
        by_wave=_shares(WAVES, positive.sum(axis=0)),
        by_territory=_territories(positive),
        cited_for=_citations(cited, measured, abnormal, f"positive {one.what}"),
        cited_against=_citations(one.strongest_against, measured, abnormal, f"negative {one.what}"),
        scores=(
            completeness(measured),
            *lead_scores(cited, measured, waves, is_normal=is_normal),
            *planted_scores(cited, waves, evidence, is_normal=is_normal),
        ),
    )


def _sex_of(recording: Recordings) -> Literal["male", "female", ""]:
    sex = "" if recording.sex is None else recording.sex[0]
    return "male" if sex == "male" else "female" if sex == "female" else ""


def _shares(names: Sequence[str], values: Float64[np.ndarray, " name"]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


def _territories(positive: Float64[np.ndarray, "lead wave"]) -> dict[str, float]:
    sums = dict.fromkeys(dict.fromkeys(TERRITORIES[lead] for lead in LEADS), 0.0)
    for lead, row in zip(LEADS, positive, strict=True):
        sums[TERRITORIES[lead]] += float(row.sum())
    return {name: round(value, 4) for name, value in sums.items()}


def _citations(
    regions: Sequence[Region],
    measured: MeasuredRecording,
    abnormal: Bool[np.ndarray, "lead wave"],
    what: str,
) -> tuple[Citation, ...]:
    return tuple(_citation(region, measured, abnormal, what) for region in regions)


def _citation(
    region: Region,
    measured: MeasuredRecording,
    abnormal: Bool[np.ndarray, "lead wave"],
    what: str,
) -> Citation:
    is_one = region.lead != ALL_LEADS
    there = [measured.of(name) for name in _OF_ALL_LEADS.get(region.wave, ())]
    if is_one:
        there = [measured.of(name, region.lead) for name in _MEASURED_IN[region.wave]] + there
    share = abnormal_share(region, abnormal)
    called = measured.abnormal_in(region.lead, region.wave) if is_one else []
    return Citation(
        lead=region.lead,
        wave=region.wave,
        territory=TERRITORIES[region.lead] if is_one else None,
        beats=region.runs,
        is_every_beat=region.every,
        share=round(region.share, 4),
        measured=tuple(there),
        abnormal=tuple(called),
        is_abnormal=bool(share) if share in (0.0, 1.0) else None,
        text=f"{sentence(region, what=what)}. {_measured_text(there, called, share, is_one)}",
    )


def _measured_text(
    there: Sequence[Measurement], called: Sequence[str], share: float, is_one: bool
) -> str:
    known = [one for one in there if one.value and (one.abnormal or _is_told(one))]
    numbers = ", ".join(f"{one.name} {value_text(one)}" for one in known)
    if not is_one:
        verdict = f"abnormal in {round(share * len(LEADS))} of {len(LEADS)} leads"
    elif called:
        verdict = ", ".join(called)
    elif there and not any(one.value is not None for one in there):
        return f"Nothing is measured there: {there[0].reason}."
    else:
        verdict = "nothing abnormal" if there else "nothing is measured there"
    text = f"{numbers}; {verdict}" if numbers else verdict
    return f"Measured: {text}." if numbers else f"{text[0].upper()}{text[1:]}."


def _is_told(one: Measurement) -> bool:
    """Whether it is said of each wave, normal or not: its own height, and the PR interval."""
    return one.unit == "mV" or one.name == "PR"


def value_text(one: Measurement) -> str:
    """Such as "-0.12 mV", or "–"."""
    if one.value is None:
        return "–"
    digits = 2 if one.unit == "mV" else 0
    number = f"{one.value:.{digits}f}".replace("-", "−")
    return f"{number}{'' if one.unit == '°' else ' '}{one.unit}"


def _limit(limit: Limit) -> NormalLimit:
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    has_ages = limit.ages != (0.0, math.inf)
    return NormalLimit(
        measurement=limit.measurement,
        leads=() if limit.leads == ("",) else limit.leads,
        low=finite(limit.low),
        high=finite(limit.high),
        is_edge_normal=limit.is_edge_normal,
        sex=limit.sex or None,
        ages=(limit.ages[0], finite(limit.ages[1])) if has_ages else None,
        needs=limit.needs or None,
        called=" or ".join(word for word in (limit.below, limit.above) if word),
        unit=unit_of(limit.measurement),
        source=limit.source,
        published=SOURCES[limit.source],
    )
