"""Beats come at the wanted rate, breathe, and are seldom premature."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic.rhythm import Rhythm, draw_rhythm


def rhythms(n: int, heart_rate: float, seconds: float = 10.0, kind: str = "SR") -> list[Rhythm]:
    return [
        draw_rhythm(
            np.random.default_rng(seed),
            heart_rate=heart_rate,
            age=50.0,
            seconds=seconds,
            kind=kind,
        )
        for seed in range(n)
    ]


@pytest.mark.parametrize("heart_rate", [50.0, 75.0, 120.0])
def test_rate(heart_rate: float) -> None:
    for rhythm in rhythms(50, heart_rate, seconds=60.0):
        rate = 60.0 / np.median(np.diff(rhythm.r_time))
        assert abs(rate / heart_rate - 1.0) < 0.05


def test_beats_cover_the_recording_in_order() -> None:
    for rhythm in rhythms(100, 70.0):
        intervals = np.diff(rhythm.r_time)
        assert intervals.min() >= 0.36 - 1e-9
        assert rhythm.r_time[0] < 0.5
        assert rhythm.r_time[-1] > 10.0


def test_rr_interval_is_the_mean_of_the_last_two() -> None:
    rhythm = rhythms(1, 70.0)[0]
    for beat in range(2, len(rhythm.r_time)):
        span = rhythm.r_time[beat] - rhythm.r_time[beat - 2]
        assert np.isclose(rhythm.rr_interval[beat], span / 2)


def test_ventricular_beats_come_early_and_only_where_they_belong() -> None:
    found = [rhythm for rhythm in rhythms(100, 70.0, kind="PVC") if rhythm.ventricular.any()]
    assert len(found) > 50
    for rhythm in found:
        usual = np.median(np.diff(rhythm.r_time))
        for beat in np.flatnonzero(rhythm.ventricular):
            if beat > 0:
                assert rhythm.r_time[beat] - rhythm.r_time[beat - 1] < 0.9 * usual
    for kind in ("SR", "PAC", "AFIB"):
        assert not any(rhythm.ventricular.any() for rhythm in rhythms(30, 70.0, kind=kind))


def test_fibrillation_has_no_order() -> None:
    def variation(kind: str) -> float:
        found = (np.diff(rhythm.r_time) for rhythm in rhythms(40, 80.0, 30.0, kind))
        return float(np.median([rr.std() / rr.mean() for rr in found]))

    assert 0.15 < variation("AFIB") < 0.26
    assert variation("SR") < 0.07
    lags = [np.diff(rhythm.r_time) for rhythm in rhythms(40, 80.0, 30.0, "AFIB")]
    correlation = [np.corrcoef(rr[1:], rr[:-1])[0, 1] for rr in lags]
    assert abs(float(np.mean(correlation))) < 0.1
    assert all(rhythm.fibrillating for rhythm in rhythms(3, 80.0, kind="AFIB"))


def test_each_beat_has_a_size_of_its_own() -> None:
    gain = np.concatenate([rhythm.gain for rhythm in rhythms(100, 70.0)])
    np.testing.assert_allclose(np.log(gain).std(axis=0), [0.015, 0.030], rtol=0.1)


def test_breath_is_a_sine() -> None:
    rhythm = rhythms(1, 70.0)[0]
    time = np.arange(0.0, 10.0, 0.1)
    expected = [
        rhythm.breath_depth * np.sin(2 * np.pi * rhythm.breath_hz * t + rhythm.breath_phase)
        for t in time.tolist()
    ]
    np.testing.assert_allclose(rhythm.breath(time), expected, atol=1e-12)
