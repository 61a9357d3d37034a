"""Points counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.literal import RATE, ecg, microvolt
from xai_bench.data.measured_recording import MeasuredRecording, measure_recording
from xai_bench.report.explanation.attribution_regions import Region
from xai_bench.report.explanation.self_scores import (
    ALL_LEADS,
    SelfScore,
    cited_samples,
    completeness,
    lead_scores,
    planted_scores,
)
from xai_bench.types import LEADS, WAVES

# Two beats of P PR QRS ST T TP, three samples each.
WAVES_OF_TWO = np.tile(np.repeat(np.arange(1, 7), 3), 2).astype(np.int8)


@pytest.fixture(scope="module")
def measured() -> MeasuredRecording:
    """T is inverted in I and II; nothing else by lead is abnormal."""
    return measure_recording(microvolt(ecg()), RATE)


def cite(lead: str, wave: str, *runs: tuple[int, int], share: float = 0.1) -> Region:
    return Region(lead=lead, wave=wave, runs=runs or ((1, 2),), every=not runs, share=share)


def by_name(scores: list[SelfScore]) -> dict[str, SelfScore]:
    return {one.name: one for one in scores}


def test_completeness_counts_six_features(measured: MeasuredRecording) -> None:
    full = completeness(measured)
    assert (full.points, full.most, full.percent) == (6, 6, 100)
    noise = np.random.default_rng(0).normal(scale=0.3, size=(12, 5000))
    none = completeness(measure_recording(microvolt(noise), RATE))
    assert (none.points, none.percent) == (0, 0)


def test_leads_and_agreement_by_hand(measured: MeasuredRecording) -> None:
    abnormal = measured.abnormal_waves()
    t, qrs = WAVES.index("T"), WAVES.index("QRS")
    assert abnormal[0, t]
    assert not abnormal[9, 1:].any()
    cited = [cite("I", "T"), cite("II", "ST"), cite("V4", "T"), cite("I", "TP")]
    scores = by_name(lead_scores(cited, measured, WAVES_OF_TWO, is_normal=False))
    assert (scores["lead coverage"].points, scores["lead coverage"].most) == (3, 12)
    accuracy = scores["lead accuracy"]
    assert (accuracy.points, accuracy.most, accuracy.percent) == (2 + 1 + 0, 6, 50)
    shares = [abnormal[row, 1:].mean() for row in (0, 1, 9)]
    chance = sum(2 * p + (1 - p) * (p > 0) for p in shares) / 6
    assert accuracy.chance_percent == pytest.approx(100 * chance, abs=0.06)
    agreement = scores["agreement with what is measured"]
    assert (agreement.points, agreement.most) == (1, 4)
    assert agreement.chance_percent == pytest.approx(100 * abnormal[:, 1:].mean(), abs=0.06)
    assert not abnormal[1, WAVES.index("ST")]
    assert abnormal[:, qrs].sum() <= 2  # the axis


def test_of_a_normal_class_only_what_was_measured_and_is_normal_fits(
    measured: MeasuredRecording,
) -> None:
    cited = [cite("I", "T"), cite("V4", "T"), cite("V4", "TP")]
    scores = by_name(lead_scores(cited, measured, WAVES_OF_TWO, is_normal=True))
    agreement = scores["agreement with what is measured"]
    assert agreement.points == 1
    assert scores["lead accuracy"].points == 1 + 2


def test_all_leads_name_no_lead(measured: MeasuredRecording) -> None:
    scores = by_name(lead_scores([cite(ALL_LEADS, "T")], measured, WAVES_OF_TWO, is_normal=False))
    assert scores["lead coverage"].points == 0
    assert scores["lead accuracy"].reason == "the method has no lead axis"
    inverted = int(measured.abnormal_waves()[:, WAVES.index("T")].sum())
    assert scores["agreement with what is measured"].points == pytest.approx(
        inverted / 12, abs=1e-3
    )


def test_reasons_where_nothing_is_cited_or_no_waves_are_known(measured: MeasuredRecording) -> None:
    nothing = by_name(lead_scores([], measured, WAVES_OF_TWO, is_normal=False))
    assert nothing["lead accuracy"].reason == "no lead is cited"
    assert nothing["agreement with what is measured"].reason == "nothing is cited"
    no_waves = np.zeros(36, dtype=np.int8)
    blank = by_name(lead_scores([cite("I", "none")], measured, no_waves, is_normal=False))
    assert blank["agreement with what is measured"].reason == "no waves were found"
    assert blank["lead accuracy"].points == 0


def test_cited_samples_are_those_of_the_wave_in_these_beats() -> None:
    samples = cited_samples([cite("V2", "ST", (2, 2)), cite("V1", "P")], WAVES_OF_TWO)
    expected = np.zeros((12, 36), dtype=bool)
    expected[LEADS.index("V2"), 18 + 9 : 18 + 12] = True
    expected[LEADS.index("V1"), [0, 1, 2, 18, 19, 20]] = True
    np.testing.assert_array_equal(samples, expected)
    everywhere = cited_samples([cite(ALL_LEADS, "P")], WAVES_OF_TWO)
    assert everywhere.sum() == 12 * 6


def test_precision_and_recall_by_hand() -> None:
    evidence = np.zeros((12, 36), dtype=bool)
    evidence[LEADS.index("V2"), 9:14] = True  # the ST of the first beat, and two samples of T
    cited = [cite("V2", "ST")]
    precision, recall = planted_scores(cited, WAVES_OF_TWO, evidence, is_normal=False)
    assert (precision.points, precision.most, precision.percent) == (3, 6, 50)
    assert precision.chance_percent == pytest.approx(100 * 5 / (12 * 36), abs=0.06)
    assert (recall.points, recall.most, recall.percent) == (3, 5, 60)
    assert recall.chance_percent == pytest.approx(100 * 6 / (12 * 36), abs=0.06)


@pytest.mark.parametrize(
    ("evidence", "is_normal", "cited", "reason"),
    [
        (None, False, True, "nothing is known to be planted"),
        (0, False, True, "nothing is planted"),
        (1, True, True, "speaks against the class"),
        (1, False, False, "nothing is cited"),
    ],
)
def test_reasons_where_nothing_can_be_compared(
    evidence: int | None, is_normal: bool, cited: bool, reason: str
) -> None:
    mask = None if evidence is None else np.full((12, 36), bool(evidence))
    regions = [cite("V2", "ST")] if cited else []
    for one in planted_scores(regions, WAVES_OF_TWO, mask, is_normal=is_normal):
        assert one.percent is None
        assert one.reason is not None
        assert reason in one.reason
