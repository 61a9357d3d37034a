"""Ventricles and atria: each in its own rhythm, one after the other, or in no order."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic.heartbeats import R_PEAK
from xai_bench.data.synthetic.tachycardia_rhythm import (
    CAPTURE,
    FUSION,
    USUAL,
    TachycardiaRhythm,
    draw_ventricular,
    from_above,
)

PR = 0.15


def ventricular(seed: int, *, dissociated: bool, rate: float = 160.0) -> TachycardiaRhythm:
    return draw_ventricular(
        np.random.default_rng(seed),
        rate=rate,
        seconds=10.0,
        dissociated=dissociated,
        pr_interval=PR,
    )


def above(seed: int, mechanism: str) -> TachycardiaRhythm:
    return from_above(np.random.default_rng(seed), rate=160.0, seconds=10.0, mechanism=mechanism)


@pytest.mark.parametrize("rate", [130.0, 170.0, 220.0])
def test_rate_and_regularity_of_vt(rate: float) -> None:
    for seed in range(30):
        rhythm = ventricular(seed, dissociated=False, rate=rate)
        rr = np.diff(rhythm.beats.r_time)
        assert abs(60.0 / np.median(rr) / rate - 1.0) < 0.03
        assert 0.002 < rr.std() / rr.mean() < 0.045
        assert rhythm.beats.r_time[0] < 0.0
        assert rhythm.beats.r_time[-1] > 10.0


def test_beats_that_run_back_are_followed_by_a_p_each() -> None:
    for seed in range(20):
        rhythm = ventricular(seed, dissociated=False)
        behind = rhythm.p_onset - (rhythm.beats.r_time - R_PEAK)
        assert np.ptp(behind) < 1e-9
        assert 0.10 <= behind[0] <= 0.17
        assert (rhythm.kind == USUAL).all()


def test_dissociated_atria_keep_a_sinus_rate_that_is_none_of_the_ventricles() -> None:
    wandered = []
    for seed in range(30):
        rhythm = ventricular(seed, dissociated=True)
        assert 55.0 < 60.0 / np.diff(rhythm.p_onset).mean() < 116.0
        first = np.searchsorted(rhythm.beats.r_time, rhythm.p_onset[1:-1]) - 1
        place = rhythm.p_onset[1:-1] - rhythm.beats.r_time[first]
        wandered.append(np.ptp(place))
    assert np.mean(np.array(wandered) > 0.2) > 0.8  # of 0.375 s from beat to beat


def test_a_capture_comes_early_and_one_pr_after_a_p() -> None:
    found = {CAPTURE: 0, FUSION: 0}
    without = 0
    for seed in range(300):
        rhythm = ventricular(seed, dissociated=True, rate=135.0)
        times, usual = rhythm.beats.r_time, 60.0 / 135.0
        without += bool((rhythm.kind == USUAL).all())
        for beat in np.flatnonzero(rhythm.kind != USUAL):
            found[int(rhythm.kind[beat])] += 1
            interval = times[beat] - times[beat - 1]
            arrival = rhythm.p_onset + PR + 0.03 + R_PEAK
            assert np.abs(arrival - times[beat]).min() < 0.041
            if rhythm.kind[beat] == CAPTURE:
                assert 0.6 * usual * 0.9 < interval < usual * 1.1
                assert np.abs(arrival - times[beat]).min() < 1e-9
    assert min(found.values()) > 30
    assert 150 < without < 250  # most AV nodes do not conduct, or find the ventricles busy


@pytest.mark.parametrize(
    ("mechanism", "earliest", "latest"),
    [("AT", -0.17, -0.11), ("AVNRT", -0.02, 0.04), ("AVRT", 0.10, 0.15)],
)
def test_atria_and_ventricles_beat_one_to_one(
    mechanism: str, earliest: float, latest: float
) -> None:
    for seed in range(10):
        rhythm = above(seed, mechanism)
        place = rhythm.p_onset - (rhythm.beats.r_time - R_PEAK)
        assert np.ptp(place) < 1e-9
        assert earliest <= place[0] <= latest
        rr = np.diff(rhythm.beats.r_time)
        assert rr.std() / rr.mean() < 0.02
        assert not rhythm.beats.fibrillating


def test_fibrillation_has_no_p_and_no_order() -> None:
    for seed in range(20):
        rhythm = above(seed, "AFIB")
        rr = np.diff(rhythm.beats.r_time)
        assert len(rhythm.p_onset) == 0
        assert rhythm.beats.fibrillating
        assert 0.07 < rr.std() / rr.mean() < 0.30
        assert rr.min() >= 0.25 - 1e-9
