"""Beats are found where they were put, and odd ones are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.literal import RATE, ecg, gaussian, times
from xai_bench.data.beat_finder import find_beats, median_beat, stack_beats


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_every_beat_is_found_once(noise: float) -> None:
    signal = ecg() + noise * np.random.default_rng(0).standard_normal((12, 5000))
    beats = find_beats(signal, RATE)
    assert len(beats.at) == 10
    assert beats.typical.all()
    np.testing.assert_allclose(beats.rr, 1.0, atol=0.003)
    np.testing.assert_allclose(beats.at / RATE % 1.0, 0.5, atol=0.04)


def test_a_wide_beat_is_not_typical() -> None:
    signal = ecg()
    signal[:, 2000:2500] = -1.5 * gaussian(times()[2000:2500], 0.0, 0.03)
    beats = find_beats(signal, RATE)
    assert beats.typical.tolist() == [True] * 4 + [False] + [True] * 5
    # Nor are the intervals on its two sides.
    assert len(beats.rr) == 7


def test_an_interval_without_its_beat_is_no_interval() -> None:
    signal = ecg()
    signal[:, 2000:2500] = 0.0
    beats = find_beats(signal, RATE)
    assert len(beats.at) == 9
    np.testing.assert_allclose(beats.rr, [1.0] * 7, atol=0.003)


def test_an_early_beat_is_not_typical() -> None:
    # The fifth beat comes 0.4 s early.
    signal = ecg()
    early = np.roll(signal, -200, axis=1)
    signal[:, 1900:2300] = early[:, 1900:2300]
    signal[:, 2300:2600] = 0.0
    beats = find_beats(signal, RATE)
    assert len(beats.at) == 10
    assert beats.typical.tolist() == [True] * 4 + [False] + [True] * 5


def test_a_flat_line_has_no_beats() -> None:
    beats = find_beats(np.zeros((12, 5000)), RATE)
    assert len(beats.at) == 0
    assert len(stack_beats(np.zeros((12, 5000)), beats)[0]) == 0


def test_the_median_beat_is_the_beat() -> None:
    beats = find_beats(ecg(), RATE)
    stack, fiducial = stack_beats(ecg(), beats)
    # The last of ten beats has less than 0.6 s after it.
    assert stack.shape == (9, 12, 500)
    one = ecg()[:, beats.at[3] - fiducial : beats.at[3] - fiducial + 500]
    np.testing.assert_allclose(median_beat(stack), one - one.mean(axis=1, keepdims=True), atol=1e-9)


def test_the_window_ends_before_the_next_p_wave() -> None:
    # At 150/min a beat has 0.4 s, of which the last 0.24 s belong to the next.
    signal = np.tile(ecg()[:, 150:350], 25)
    beats = find_beats(signal, RATE)
    stack, fiducial = stack_beats(signal, beats)
    assert stack.shape[2] - fiducial == pytest.approx(0.24 * RATE)
