"""Waves against known times: of triangles and Gaussians, and of the synthetic recordings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from jaxtyping import Float64, Int8

from tests.data.literal import P_AT, R_FROM, RATE, S_TO, T_AT, T_SIGMA, R, ecg, gaussian, times
from xai_bench.data.beat_finder import Beats, find_beats, median_beat, stack_beats
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.waves import Waves, delineate
from xai_bench.types import WAVES


def waves_of(signal: Float64[np.ndarray, "12 time"]) -> tuple[Waves, Beats]:
    beats = find_beats(signal, RATE)
    stack, fiducial = stack_beats(signal, beats)
    rr = float(np.median(beats.rr))
    return delineate(median_beat(stack), fiducial, RATE, rr), beats


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_triangles_and_gaussians_are_delineated(noise: float) -> None:
    signal = ecg() + noise * np.random.default_rng(1).standard_normal((12, 5000))
    waves, beats = waves_of(signal)
    fiducial = float(np.median(beats.at / RATE % 1.0)) - 0.5
    at = 0.006 if noise == 0 else 0.012
    assert waves.qrs_onset + fiducial == pytest.approx(R_FROM, abs=0.008)
    assert waves.qrs_offset + fiducial == pytest.approx(S_TO, abs=0.008)
    assert waves.p_peak + fiducial == pytest.approx(P_AT, abs=at)
    assert waves.p_onset + fiducial == pytest.approx(P_AT - 0.03, abs=at)
    assert waves.t_peak + fiducial == pytest.approx(T_AT, abs=at)
    assert waves.t_end + fiducial == pytest.approx(T_AT + 2 * T_SIGMA, abs=at)


def test_what_is_not_there_is_nan() -> None:
    t = times()
    waves, _ = waves_of(R[:, None] * gaussian(t, 0.0, 0.01))
    assert not math.isnan(waves.qrs_onset)
    assert math.isnan(waves.p_onset)
    assert math.isnan(waves.t_end)


def test_a_level_that_slopes_before_the_qrs_is_no_p_wave() -> None:
    t = times()
    slope = np.linspace(-0.2, 0.2, 12)[:, None] * np.interp(t, [-0.3, -0.05], [0.0, 1.0])
    tilted = slope * (t < R_FROM)
    waves, beats = waves_of(ecg() + tilted)
    fiducial = float(np.median(beats.at / RATE % 1.0)) - 0.5
    assert waves.p_peak + fiducial == pytest.approx(P_AT, abs=0.01)


def test_synthetic_recordings_are_delineated_as_they_were_laid_out() -> None:
    source = SyntheticSource(rate_hz=RATE, size=60)
    labels = source.index.labels
    assert labels is not None
    errors = []
    for row in range(60):
        if labels[row] != {"NORM"}:
            continue
        record = source.read(row)
        assert record.waves is not None
        waves, beats = waves_of(record.microvolt / 1000)
        at = beats.at[beats.typical]
        errors.append(
            [
                waves.p_onset - _edge(record.waves, "P", at, (-0.4, -0.05), first=True),
                waves.qrs_onset - _edge(record.waves, "QRS", at, (-0.2, 0.02), first=True),
                waves.qrs_offset - _edge(record.waves, "QRS", at, (0.0, 0.2), first=False),
                waves.t_end - _edge(record.waves, "T", at, (0.1, 0.6), first=False),
            ]
        )
    assert len(errors) >= 20
    p_onset, qrs_onset, qrs_offset, t_end = np.nanmedian(np.abs(errors), axis=0)
    assert p_onset <= 0.012
    assert qrs_onset <= 0.008
    assert qrs_offset <= 0.008
    assert t_end <= 0.02


def _edge(
    labels: Int8[np.ndarray, " time"],
    wave: str,
    at: np.ndarray,
    within: tuple[float, float],
    *,
    first: bool,
) -> float:
    """Median over beats of where the labelled wave begins (or ends), in seconds from the beat."""
    inside = np.concatenate([[0], (labels == WAVES.index(wave)).astype(int), [0]])
    edges = np.flatnonzero(np.diff(inside) == (1 if first else -1)) - (0 if first else 1)
    lags = (edges[None] - at[:, None]) / RATE
    near = lags[(lags > within[0]) & (lags < within[1])]
    return float(np.median(near)) if near.size else float("nan")  # no P in fibrillation


def test_a_t_that_ends_in_the_next_qrs_leaves_no_room_for_a_p() -> None:
    signal = ecg()
    beats = find_beats(signal, RATE)
    stack, fiducial = stack_beats(signal, beats)
    usual, _ = waves_of(signal)
    rr = usual.t_end - usual.qrs_onset  # its T ends where the next QRS begins
    waves = delineate(median_beat(stack), fiducial, RATE, rr)
    assert math.isnan(waves.p_onset)
    assert waves.t_end == usual.t_end
