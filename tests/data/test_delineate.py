"""The wave of each sample: of triangles and Gaussians, of odd beats, and as it was laid out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb
from jaxtyping import Int8

from tests.data.literal import (
    P_AT,
    P_SIGMA,
    R_FROM,
    RATE,
    S_TO,
    T_AT,
    T_SIGMA,
    P,
    ecg,
    gaussian,
    times,
)
from xai_bench.data import load_data
from xai_bench.data.beat_finder import find_beats
from xai_bench.data.delineate import delineate_recording
from xai_bench.types import WAVES

Labels = Int8[np.ndarray, " time"]


def index(wave: str) -> int:
    return WAVES.index(wave)


def parts(labels: Labels, wave: str) -> list[tuple[int, int]]:
    """First sample and stop of each run of a wave."""
    found: list[tuple[int, int]] = []
    for i, label in enumerate(labels):
        if label != index(wave):
            continue
        if found and found[-1][1] == i:
            found[-1] = (found[-1][0], i + 1)
        else:
            found.append((i, i + 1))
    return found


@pytest.mark.parametrize("rate_hz", [100.0, 500.0])
def test_each_wave_lies_where_it_was_drawn(rate_hz: float) -> None:
    labels = delineate_recording(ecg(rate_hz), rate_hz)
    slack = 0.018
    edges = {
        "P": (P_AT - 2 * P_SIGMA, P_AT + 2 * P_SIGMA),
        "PR": (P_AT + 2 * P_SIGMA, R_FROM),
        "QRS": (R_FROM, S_TO),
        "ST": (S_TO, T_AT - 2 * T_SIGMA),
        "T": (T_AT - 2 * T_SIGMA, T_AT + 2 * T_SIGMA),
        "TP": (T_AT + 2 * T_SIGMA - 1, P_AT - 2 * P_SIGMA),
    }
    for wave, (start, stop) in edges.items():
        found = np.array(parts(labels, wave), dtype=float) / rate_hz
        assert len(found) == (11 if wave == "TP" else 10), wave
        whole = found[1:-1] % 1.0 - 0.5
        np.testing.assert_allclose(whole[:, 0], (start + 0.5) % 1.0 - 0.5, atol=slack)
        np.testing.assert_allclose(whole[:, 1], (stop + 0.5) % 1.0 - 0.5, atol=slack)
    assert not (labels == index("none")).any()


def test_waves_of_beats_outside_the_recording_are_found_within_it() -> None:
    # From 0.15 s after a QRS, in the middle of its T, to 0.1 s before another, after its P.
    signal = ecg()[:, 325:4700]
    labels = delineate_recording(signal, RATE)
    assert len(parts(labels, "QRS")) == 8
    assert labels[round(0.13 * RATE)] == index("T")
    assert parts(labels, "P")[-1][0] > len(labels) - round(0.15 * RATE)


@pytest.mark.parametrize("seed", range(3))
def test_what_has_no_beats_has_no_waves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((12, 1000))
    for signal in (np.zeros((12, 1000)), white, white.cumsum(axis=1), white[:, :3]):
        assert not delineate_recording(signal, 100.0).any()


def test_one_beat_is_no_rhythm() -> None:
    signal = ecg()
    signal[:, 500:] = 0
    assert not delineate_recording(signal, RATE).any()


def test_a_wide_beat_has_its_own_qrs_and_no_p() -> None:
    signal = ecg()
    signal[:, 2000:2500] = -1.5 * gaussian(times()[2000:2500], 0.0, 0.03)
    labels = delineate_recording(signal, RATE)
    wide = parts(labels, "QRS")[4]
    assert (wide[1] - wide[0]) / RATE > 1.5 * (S_TO - R_FROM)
    assert abs((wide[0] + wide[1]) / 2 - 2250) < 0.02 * RATE
    assert not (labels[2000:2250] == index("P")).any()
    assert len(parts(labels, "P")) == 9


def test_an_early_beat_has_its_waves_about_its_own_qrs() -> None:
    signal = ecg()
    early = np.roll(signal, -100, axis=1)
    signal[:, 2000:2300] = early[:, 2000:2300]
    signal[:, 2300:2500] = 0
    labels = delineate_recording(signal, RATE)
    usual, moved = parts(labels, "QRS")[3], parts(labels, "QRS")[4]
    assert moved[0] - usual[0] == pytest.approx(0.8 * RATE, abs=2)
    p, of_moved = parts(labels, "P")[3], parts(labels, "P")[4]
    assert of_moved[0] - p[0] == pytest.approx(0.8 * RATE, abs=2)


def test_without_p_the_time_before_the_qrs_is_tp() -> None:
    signal = ecg() - P[:, None] * gaussian(times(), P_AT, P_SIGMA)
    labels = delineate_recording(signal, RATE)
    assert not np.isin(labels, [index("P"), index("PR")]).any()
    starts = [start for start, _ in parts(labels, "QRS")]
    assert len(starts) == 10
    assert all(labels[start - 1] == index("TP") for start in starts)


def test_waves_that_differ_from_beat_to_beat_are_no_p() -> None:
    # The waves of fibrillation run through; no two QRS see the same part of them.
    t = np.arange(5000) / RATE
    flutter = 0.5 * P[:, None] * np.sin(2 * np.pi * (5.3 * t + 0.8 * np.sin(0.9 * t)))
    signal = ecg() - P[:, None] * gaussian(times(), P_AT, P_SIGMA) + flutter
    labels = delineate_recording(signal, RATE)
    assert len(parts(labels, "QRS")) == 10
    assert not (labels == index("P")).any()


def test_without_t_the_time_after_the_qrs_is_unknown() -> None:
    t = times()
    signal = ecg() - np.linspace(-0.2, 0.35, 12)[:, None] * gaussian(t, T_AT, T_SIGMA)
    labels = delineate_recording(signal, RATE)
    assert not np.isin(labels, [index("T"), index("ST"), index("TP")])[250:4750].any()
    assert len(parts(labels, "P")) == 10
    assert labels[2300] == index("none")


@pytest.mark.slow
def test_synthetic_recordings_are_labelled_as_they_were_laid_out() -> None:
    recordings = load_data("synthetic", n=100, fold=9)
    truth = np.asarray(recordings.waves)
    found = np.stack([delineate_recording(signal, 100.0) for signal in recordings.signal])
    # Share of the samples of a wave that are found, and of those found that are right: what was
    # measured on these recordings, less 0.03. PR is short, and P ends a sample early.
    for wave, sensitivity, precision in (
        ("P", 0.79, 0.95),
        ("PR", 0.90, 0.70),
        ("QRS", 0.95, 0.86),
        ("ST", 0.77, 0.94),
        ("T", 0.91, 0.88),
        ("TP", 0.95, 0.92),
    ):
        right = ((found == index(wave)) & (truth == index(wave))).sum()
        assert right / (truth == index(wave)).sum() >= sensitivity, wave
        assert right / (found == index(wave)).sum() >= precision, wave
    assert (found == truth).mean() >= 0.90


@pytest.mark.parametrize("rate_hz", [100.0, 500.0])
@pytest.mark.parametrize("folder", ["ptbxl_mini", "wfdb_mixed"])
def test_real_recordings_have_plausible_waves(
    shared_data: Path, folder: str, rate_hz: float
) -> None:
    recordings = load_data(shared_data / folder, split="all", rate_hz=rate_hz, length="crop")
    with_p = 0
    for signal in recordings.signal:
        labels = delineate_recording(signal, rate_hz)
        qrs = np.array(parts(labels, "QRS"))
        assert 7 <= len(qrs) <= 22
        assert 0.06 <= np.median(qrs[:, 1] - qrs[:, 0]) / rate_hz <= 0.16
        with_p += (labels == index("P")).any()
        assert (labels == index("T")).mean() >= 0.08
    assert with_p >= 0.8 * len(recordings)


def test_beats_of_a_real_recording_are_those_that_cardiologists_marked(shared_data: Path) -> None:
    name = str(shared_data / "mitbih_mini" / "100")
    record = wfdb.rdrecord(name, sampto=5 * 60 * 360)
    marks = wfdb.rdann(name, "atr", sampto=5 * 60 * 360)
    marked = marks.sample[[symbol in "NAV" for symbol in marks.symbol]]
    # Two leads are all it has: each stands for six.
    signal = np.repeat(record.p_signal.T, 6, axis=0)
    found = find_beats(signal, 360.0).at
    away = np.abs(found[:, None] - marked)
    assert len(found) == len(marked) == 371
    assert (away.min(axis=0) <= 0.08 * 360).all()
