"""How well a report is grounded, as far as that is no matter of judgement: GEM's rubric, counted.

Lan et al. (GEM, arXiv:2503.06073) let a language model give points to what another one wrote. What
it counts is counted here: leads that are named, features that are measured, and whether what is
named is what was measured. Two scores are added where evidence was planted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int8
from pydantic import Field

from xai_bench.data.measured_recording import MeasuredRecording, StrictFacts
from xai_bench.report.explanation.attribution_regions import Region, number_beats
from xai_bench.types import LEADS, WAVES

__all__ = ["ALL_LEADS", "LEFT_OUT", "Mask", "SelfScore", "abnormal_share", "cited_samples"]
__all__ += ["completeness", "lead_scores", "planted_scores"]

ALL_LEADS = "all leads"

LEFT_OUT = (
    "DiagnosisAccuracy: whether each diagnosis is right (+2, +1, 0) is given only as the class of "
    "the label, where one is known; a report here states one class.",
    "AnalysisRelevance: whether a feature supports the diagnosis (+2, +1) is a judgement.",
    "GroundedECGUnderstanding, EvidenceBasedReasoning, RealisticDiagnosticProcess (0, 50, 80, "
    "100): whether the text reasons as a cardiologist does; there is no reasoning here to judge.",
    "The report rubric (diagnosis, waveform, rhythm, 0 to 10 each): needs a report by a doctor.",
)
"""What of GEM's rubric needs a language model or a doctor, and why."""

Mask = Bool[np.ndarray, "lead time"]
LeadsByWaves = Bool[np.ndarray, "lead wave"]


class SelfScore(StrictFacts):
    """Points of a report, and what they are counted by."""

    name: str
    rubric: str | None = Field(description="The part of GEM's rubric it stands for; null: ours")
    points: float | None
    most: float | None = Field(description="As many points as there can be")
    percent: float | None = Field(description="100 points / most; GEM's scale of 0 to 100")
    chance_percent: float | None = Field(description="What choosing blindly would reach")
    formula: str
    reason: str | None = Field(description="Why there is no score")


def completeness(measured: MeasuredRecording) -> SelfScore:
    """How many of rhythm, PR, QRS, QT, ST and T are measured."""
    whole = [measured.of(name).value is not None for name in ("PR", "QRS", "QT")]
    leads = [
        any(one.value is not None for one in measured.by_lead if one.name == name)
        for name in ("ST", "T")
    ]
    points = sum((measured.rhythm.reason is None, *whole, *leads))
    return _score(
        "analysis completeness",
        "AnalysisCompleteness",
        points,
        6,
        formula="1 for each of rhythm, PR, QRS, QT, ST and T that is measured",
    )


def lead_scores(
    cited: Sequence[Region],
    measured: MeasuredRecording,
    waves: Int8[np.ndarray, " time"],
    *,
    is_normal: bool,
) -> list[SelfScore]:
    """Coverage of leads, accuracy of leads, and agreement of what is cited with what is measured.

    is_normal: whether the explained class means that nothing was found, so that what is cited
    should be measured and normal.
    """
    there = np.isin(np.arange(len(WAVES)), np.unique(waves)) & (np.arange(len(WAVES)) > 0)
    fits = measured.normal_waves() if is_normal else measured.abnormal_waves()
    named = sorted({region.lead for region in cited} - {ALL_LEADS}, key=LEADS.index)
    what = "measured and normal" if is_normal else "abnormal"
    coverage = _score(
        "lead coverage",
        "LeadAssessmentCoverage",
        len(named),
        len(measured.recorded),
        formula="1 for each lead that is cited, of those recorded",
    )
    formula = (
        f"2 for a cited lead of which a cited wave is {what}, 1 if only another wave is; chance: "
        "citing one wave of it at random"
    )
    if named:
        points = [_lead_points(lead, cited, fits, there) for lead in named]
        blind = [_blind_points(fits[LEADS.index(lead), there]) for lead in named]
        accuracy = _score(
            "lead accuracy",
            "LeadAssessmentAccuracy",
            sum(points),
            2 * len(named),
            chance=sum(blind) / (2 * len(named)),
            formula=formula,
        )
    else:
        why = "no lead is cited" if not cited else "the method has no lead axis"
        accuracy = _none("lead accuracy", "LeadAssessmentAccuracy", formula, why)
    formula = f"cited waves that are {what}, of all cited; chance: share of such waves in all leads"
    if not cited or not there.any():
        why = "nothing is cited" if not cited else "no waves were found"
        agreement = _none("agreement with what is measured", None, formula, why)
    else:
        agreement = _score(
            "agreement with what is measured",
            None,
            sum(abnormal_share(region, fits) for region in cited),
            len(cited),
            chance=float(fits[:, there].mean()),
            formula=formula,
        )
    return [coverage, accuracy, agreement]


def abnormal_share(region: Region, abnormal: LeadsByWaves) -> float:
    """1 if the wave of the lead is abnormal, else 0; of "all leads", the share of leads."""
    of_wave = abnormal[:, WAVES.index(region.wave)]
    return float(of_wave.mean() if region.lead == ALL_LEADS else of_wave[LEADS.index(region.lead)])


def planted_scores(
    cited: Sequence[Region],
    waves: Int8[np.ndarray, " time"],
    evidence: Mask | None,
    *,
    is_normal: bool,
) -> list[SelfScore]:
    """Samples that are cited and planted, of those cited (precision) and those planted (recall)."""
    names = ("precision against what is planted", "recall of what is planted")
    formulas = (
        "samples of the cited waves in the cited beats that are evidence, of all that are cited; "
        "chance: share of evidence in the recording",
        "samples of evidence that are cited, of all evidence; chance: share of the recording that "
        "is cited",
    )
    why = ""
    if evidence is None:
        why = "nothing is known to be planted in this recording"
    elif not evidence.any():
        why = "nothing is planted in this recording"
    elif is_normal:
        why = "what is planted speaks against the class that is explained"
    elif not cited:
        why = "nothing is cited"
    if why or evidence is None:
        return [
            _none(name, None, formula, why) for name, formula in zip(names, formulas, strict=True)
        ]
    samples = cited_samples(cited, waves)
    both = int((samples & evidence).sum())
    return [
        _score(name, None, both, int(of.sum()), chance=float(chance.mean()), formula=formula)
        for name, formula, of, chance in zip(
            names, formulas, (samples, evidence), (evidence, samples), strict=True
        )
    ]


def cited_samples(cited: Sequence[Region], waves: Int8[np.ndarray, " time"]) -> Mask:
    """Where the cited waves lie in the cited beats; everywhere in a recording without beats."""
    beat = number_beats(waves)
    found = np.zeros((len(LEADS), len(waves)), dtype=np.bool_)
    for region in cited:
        inside = waves == WAVES.index(region.wave)
        if region.runs:
            inside &= np.any(
                [(first - 1 <= beat) & (beat < last) for first, last in region.runs], 0
            )
        rows = slice(None) if region.lead == ALL_LEADS else LEADS.index(region.lead)
        found[rows] |= inside
    return found


def _lead_points(
    lead: str, cited: Sequence[Region], fits: LeadsByWaves, there: Bool[np.ndarray, " wave"]
) -> int:
    row = fits[LEADS.index(lead)]
    if any(row[WAVES.index(region.wave)] for region in cited if region.lead == lead):
        return 2
    return int(row[there].any())


def _blind_points(fits: Bool[np.ndarray, " wave"]) -> float:
    """Of a wave at random."""
    share = float(fits.mean()) if len(fits) else 0.0
    return 2 * share + (1 - share) * bool(share)


def _score(
    name: str,
    rubric: str | None,
    points: float,
    most: float,
    *,
    formula: str,
    chance: float | None = None,
) -> SelfScore:
    return SelfScore(
        name=name,
        rubric=rubric,
        points=round(float(points), 4),
        most=float(most),
        percent=round(100 * points / most, 1) if most else None,
        chance_percent=None if chance is None else round(100 * chance, 1),
        formula=formula,
        reason=None,
    )


def _none(name: str, rubric: str | None, formula: str, reason: str) -> SelfScore:
    return SelfScore(
        name=name, rubric=rubric, points=None, most=None, percent=None, chance_percent=None,
        formula=formula, reason=reason,
    )  # fmt: skip
