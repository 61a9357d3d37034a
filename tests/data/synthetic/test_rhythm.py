"""Beats come at the wanted rate, breathe, and are seldom premature."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic.rhythm import Rhythm, draw_rhythm


def rhythms(n: int, heart_rate: float, seconds: float = 10.0) -> list[Rhythm]:
    return [
        draw_rhythm(np.random.default_rng(seed), heart_rate=heart_rate, age=50.0, seconds=seconds)
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


def test_few_recordings_have_ventricular_beats_and_these_come_early() -> None:
    found = [rhythm for rhythm in rhythms(600, 70.0) if rhythm.ventricular.any()]
    assert 5 <= len(found) <= 35  # 600 x 7 % x a half from a ventricle, some without any beat
    for rhythm in found:
        usual = np.median(np.diff(rhythm.r_time))
        for beat in np.flatnonzero(rhythm.ventricular):
            if beat > 0:
                assert rhythm.r_time[beat] - rhythm.r_time[beat - 1] < 0.9 * usual


def test_breath_is_a_sine() -> None:
    rhythm = rhythms(1, 70.0)[0]
    time = np.arange(0.0, 10.0, 0.1)
    expected = [
        np.sin(2 * np.pi * rhythm.breath_hz * t + rhythm.breath_phase) for t in time.tolist()
    ]
    np.testing.assert_allclose(rhythm.breath(time), expected, atol=1e-12)
