"""Every finding on an ECG of triangles and Gaussians that has it, and on one that has not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.data.literal import (
    PR,
    QRS,
    QT,
    R_FROM,
    RATE,
    P,
    R,
    S,
    Signal,
    T,
    ecg,
    gaussian,
    microvolt,
    times,
    triangle,
)
from xai_bench.data.measured_recording import (
    BY_LEAD,
    NO_BEATS,
    MeasuredRecording,
    measure_recording,
)
from xai_bench.types import LEADS, WAVES


def measured(signal: Signal, sex: str = "", age: float = math.nan) -> MeasuredRecording:
    return measure_recording(microvolt(signal), RATE, sex=sex, age=age)


def findings(found: MeasuredRecording, name: str) -> dict[str, str]:
    return {
        one.lead: one.finding
        for one in found.by_lead
        if one.name == name and one.abnormal and one.lead
    }


def raised(heights: dict[str, float], at: float, sigma: float) -> Signal:
    """The ECG with a bell of so many millivolt in each of these leads."""
    size = np.array([heights.get(lead, 0.0) for lead in LEADS])
    signal: Signal = ecg() + size[:, None] * gaussian(times(), at, sigma)
    return signal


def test_what_is_measured_is_what_was_put_in() -> None:
    found = measured(ecg())
    for name, value, tolerance in (
        ("heart rate", 60, 0.5), ("PR", PR, 10), ("QRS", QRS, 20), ("QT", QT, 10), ("QTc", QT, 10),
        ("QTc (Bazett)", QT, 10), ("Sokolow-Lyon", S[6] + R[11], 0.02),
    ):  # fmt: skip
        assert found.of(name).value == pytest.approx(value, abs=tolerance)
    for name, values in (("P", P), ("R", R), ("S", S), ("T", T), ("Q", 0 * P), ("J", 0 * P)):
        measured_values = [found.of(name, lead).value for lead in LEADS]
        np.testing.assert_allclose(np.array(measured_values, float), values, atol=0.012)
    assert [one.lead for one in found.by_lead] == [lead for lead in LEADS for _ in BY_LEAD]
    assert found.rhythm.finding == "sinus rhythm, regular"
    assert found.rhythm.abnormal is False
    assert (found.rhythm.beats, found.rhythm.rr_ms) == (10, 1000.0)


def test_values_are_judged_as_they_are_written() -> None:
    found = measured(ecg()).of("T", "V6")
    assert found.value == round(T[11], 2)
    assert (found.low, found.finding, found.abnormal, found.reason) == (0.1, "normal", False, None)


def test_inverted_and_flat_t() -> None:
    # T of the literal ECG runs from -0.2 in I to 0.35 in V6: -0.15, -0.1, -0.05 and 0 follow.
    found = measured(ecg())
    assert findings(found, "T") == {"I": "inverted T", "II": "inverted T"}
    avr = found.of("T", "aVR")
    assert (avr.finding, avr.abnormal) == ("no limit", None)


def test_a_t_that_needs_more_than_its_size_is_not_called() -> None:
    found = measured(raised({"III": -0.15, "V2": -0.4}, 0.28, 0.03))
    for lead, why in (("III", "R is not above S"), ("V2", "no neighbouring lead has it")):
        one = found.of("T", lead)
        assert one.value is not None
        assert one.value < -0.1
        assert (one.finding, one.abnormal) == ("normal", False)
        assert one.reason == f"inverted T by its size alone; {why}"
    both = measured(raised({"V1": -0.4, "V2": -0.4}, 0.28, 0.03))
    assert findings(both, "T").keys() & {"V1", "V2"} == {"V1", "V2"}


def test_st_elevation_needs_a_neighbour() -> None:
    alone = measured(raised({"V4": 0.2}, 0.06, 0.03))
    assert findings(alone, "J") == {}
    assert alone.of("J", "V4").reason == (
        "ST elevation by its size alone; no neighbouring lead has it"
    )
    both = measured(raised({"V4": 0.2, "V5": 0.2}, 0.06, 0.03))
    assert findings(both, "J") == {"V4": "ST elevation", "V5": "ST elevation"}
    assert both.abnormal_in("V4", "ST") == ["ST elevation"]
    assert both.abnormal_in("V6", "ST") == []


def test_st_depression_is_read_60_ms_later() -> None:
    found = measured(raised({"V5": -0.15, "V6": -0.15}, 0.1, 0.015))
    assert findings(found, "ST") == {"V5": "ST depression", "V6": "ST depression"}
    assert findings(found, "J") == {}


def with_q(depth: float, seconds: float, *leads: str) -> Signal:
    size = np.array([depth if lead in leads else 0.0 for lead in LEADS])
    start = R_FROM - 0.02
    q = triangle(times(), start, start + seconds / 2, start + seconds)
    signal: Signal = ecg() - size[:, None] * q
    return signal


def test_a_pathological_q_is_deep_and_wide_and_not_alone() -> None:
    assert findings(measured(with_q(0.6, 0.045, "V5")), "Q duration") == {}
    assert findings(measured(with_q(0.05, 0.045, "V5", "V6")), "Q duration") == {}
    narrow = measured(with_q(0.4, 0.02, "V5", "V6"))
    assert findings(narrow, "Q duration") == {}
    wide = measured(with_q(0.9, 0.045, "V5", "V6"))
    assert findings(wide, "Q duration") == {"V5": "pathological Q", "V6": "pathological Q"}
    duration = wide.of("Q duration", "V5").value
    assert duration is not None
    assert 30 <= duration <= 45


def test_a_qrs_without_r_is_a_qs_and_all_of_it_is_q() -> None:
    signal = ecg()
    t = times()
    for lead in (1, 2, 5):
        signal[lead] -= R[lead] * triangle(t, R_FROM, -0.01, 0.01)
    found = measured(signal)
    assert findings(found, "Q duration") == {"II": "QS", "III": "QS", "aVF": "QS"}
    for lead in (1, 2, 5):
        assert found.of("Q", LEADS[lead]).value == pytest.approx(S[lead], abs=0.02)
        assert found.of("S", LEADS[lead]).value == 0.0


def test_what_is_abnormal_of_the_whole_recording_is_seen_in_its_leads() -> None:
    broad = ecg()
    t = times()
    broad += 0.5 * R[:, None] * triangle(t, 0.03, 0.07, 0.11)
    found = measured(broad)
    assert found.of("QRS").finding == "wide QRS"
    assert all("wide QRS" in found.abnormal_in(lead, "QRS") for lead in LEADS)
    assert not any("wide QRS" in found.abnormal_in(lead, "T") for lead in LEADS)
    tall = ecg()
    tall[[6, 11]] *= 2.5
    found = measured(tall)
    where = {lead for lead in LEADS if "high voltage" in found.abnormal_in(lead, "QRS")}
    assert where == {"V1", "V6"}


def test_masks_are_where_findings_are() -> None:
    found = measured(ecg())
    abnormal, normal = found.abnormal_waves(), found.normal_waves()
    assert abnormal.shape == (12, 7)
    assert not (abnormal & normal).any()
    assert abnormal[0, WAVES.index("T")]
    assert normal[11, WAVES.index("T")]
    nothing = [WAVES.index("TP"), WAVES.index("none")]
    assert not normal[:, nothing].any()
    assert normal[:, WAVES.index("PR")].all()
    for i, lead in enumerate(LEADS):
        for k, wave in enumerate(WAVES):
            assert abnormal[i, k] == bool(found.abnormal_in(lead, wave))


def test_noise_has_no_beats_and_says_so() -> None:
    noise = np.random.default_rng(0).normal(scale=0.3, size=(12, 5000))
    found = measured(noise)
    assert found.rhythm.reason == NO_BEATS
    assert found.rhythm.beats == 0
    assert {(one.value, one.reason) for one in (*found.whole, *found.by_lead)} == {(None, NO_BEATS)}
    assert not found.abnormal_waves().any()
    assert not found.normal_waves().any()


def test_a_flat_lead_is_not_measured() -> None:
    signal = ecg()
    signal[6] = 0.0
    found = measured(signal)
    assert found.recorded == tuple(lead for lead in LEADS if lead != "V1")
    assert {found.of(name, "V1").reason for name in BY_LEAD} == {"the lead is flat"}
    assert found.of("Sokolow-Lyon").reason == "a lead that it is read from is flat"
    assert found.of("axis").value is not None


def test_without_p_waves_and_without_order_it_looks_like_fibrillation() -> None:
    no_p = ecg() - P[:, None] * gaussian(times(), -0.16, 0.015)
    longer = (0, 200, 50, 180, 20, 150, 100, 190, 10)  # samples
    beats = [np.pad(no_p[:, :500], ((0, 0), (0, more))) for more in longer]
    found = measured(np.concatenate(beats, axis=1)[:, :5000])
    assert found.rhythm.p_before_qrs is False
    assert found.rhythm.abnormal is True
    assert "fibrillation" in found.rhythm.finding
    assert found.of("PR").reason == "no P wave that repeats from beat to beat was found"
    assert found.abnormal_in("V1", "TP") == [found.rhythm.finding]
    regular = measured(no_p)
    assert regular.rhythm.finding == "no P waves found, regular"
    assert regular.rhythm.abnormal is None


def test_fast_and_slow_are_said_and_seen_in_no_wave() -> None:
    fast = measured(np.tile(ecg()[:, 60:340], 18)[:, :5000])
    assert fast.rhythm.finding.startswith("sinus tachycardia")
    assert fast.of("heart rate").finding == "tachycardia"
    assert not any("tachy" in word for lead in LEADS for word in fast.abnormal_in(lead, "QRS"))
