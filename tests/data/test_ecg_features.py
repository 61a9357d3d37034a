"""Every feature against what was put into a signal of triangles, Gaussians, steps and sines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.data.literal import (
    PR,
    QRS,
    QT,
    R_FROM,
    R_TO,
    R_TOP,
    RATE,
    P,
    R,
    S,
    T,
    ecg,
    gaussian,
    microvolt,
    recordings,
    times,
    triangle,
)
from xai_bench.data.beat_finder import INDEPENDENT
from xai_bench.data.ecg_features import BANDS, UNITS, band_rms, measure, measure_one
from xai_bench.types import LEADS


def by_lead(found: dict[tuple[str, str], float], feature: str) -> list[float]:
    return [found[feature, lead] for lead in LEADS]


@pytest.mark.parametrize(("rate_hz", "ms"), [(500.0, 10), (250.0, 10), (100.0, 20)])
def test_intervals(rate_hz: float, ms: float) -> None:
    found = measure_one(microvolt(ecg(rate_hz)), rate_hz)
    assert found["heart rate", ""] == pytest.approx(60, abs=0.2)
    assert found["SDNN", ""] == pytest.approx(0, abs=2)
    assert found["PR", ""] == pytest.approx(PR, abs=ms)
    assert found["QRS", ""] == pytest.approx(QRS, abs=2 * ms)
    assert found["QT", ""] == pytest.approx(QT, abs=ms)
    assert found["QTc", ""] == pytest.approx(found["QT", ""])  # one second between beats


def test_qtc_is_fridericias() -> None:
    # At 75/min there is 0.8 s between beats.
    beat = ecg()[:, 50:450]
    found = measure_one(microvolt(np.tile(beat, 12)), RATE)
    assert found["heart rate", ""] == pytest.approx(75)
    assert found["QTc", ""] == pytest.approx(found["QT", ""] / 0.8 ** (1 / 3))


def test_amplitudes() -> None:
    found = measure_one(microvolt(ecg()), RATE)
    for feature, planted in (("P", P), ("Q", 0 * P), ("R", R), ("S", S), ("ST", 0 * P), ("T", T)):
        np.testing.assert_allclose(by_lead(found, feature), planted, atol=0.003)
    np.testing.assert_allclose(by_lead(found, "residual"), 0, atol=0.002)


def test_amplitudes_do_not_feel_an_offset() -> None:
    moved = ecg() + np.linspace(-1, 1, 12)[:, None]
    found = measure_one(microvolt(moved), RATE)
    np.testing.assert_allclose(by_lead(found, "R"), R, atol=0.003)


def test_st_is_read_60_ms_after_the_j_point() -> None:
    height = np.linspace(-0.15, 0.15, 12)
    lifted = ecg() + height[:, None] * gaussian(times(), 0.1, 0.015)
    found = measure_one(microvolt(lifted), RATE)
    np.testing.assert_allclose(by_lead(found, "ST"), height, atol=0.03)


def test_a_first_downward_wave_is_q() -> None:
    q = np.linspace(0.1, 0.3, 12)
    signal = ecg() - q[:, None] * triangle(times(), -0.072, -0.056, R_FROM)
    found = measure_one(microvolt(signal), RATE)
    np.testing.assert_allclose(by_lead(found, "Q"), q, atol=0.003)
    np.testing.assert_allclose(by_lead(found, "S"), S, atol=0.003)


def test_the_axis_is_that_of_the_qrs() -> None:
    # I = cos 60°, aVF = 2/√3 less: leads of a vector of 60° read cos 60° and (√3/2) sin 60°.
    gains = np.ones(12)
    gains[0], gains[5] = math.cos(math.pi / 3), math.sqrt(3) / 2 * math.sin(math.pi / 3)
    found = measure_one(microvolt(gains[:, None] * gaussian(times(), 0.0, 0.01)), RATE)
    assert found["axis", ""] == pytest.approx(60, abs=0.5)


def test_three_dimensions_are_a_dipole_and_a_fourth_is_not() -> None:
    rng = np.random.default_rng(2)
    shapes = [gaussian(times(), at, 0.006) for at in (-0.027, -0.009, 0.009, 0.027)]
    directions = np.linalg.qr(rng.standard_normal((8, 4)))[0]
    size = np.array([1.0, 0.9, 0.8, 0.0])
    for fourth in (0.0, 0.4):
        size[3] = fourth
        signal = np.tile(shapes[0], (12, 1))
        signal[INDEPENDENT] = sum(
            s * d[:, None] * shape for s, d, shape in zip(size, directions.T, shapes, strict=True)
        )
        found = measure_one(microvolt(signal), RATE)["QRS beyond a dipole", ""]
        part = np.stack(shapes)[:, 200:301] * size[:, None]
        power = np.linalg.svd(part, compute_uv=False) ** 2
        assert found == pytest.approx(100 * power[3] / power.sum(), rel=0.05, abs=0.01)


def test_beats_that_alternate() -> None:
    change = 0.1
    sign = np.where(np.arange(5000) // 500 % 2 == 0, 1.0, -1.0)
    signal = ecg() + change * R[:, None] * triangle(times(), R_FROM, R_TOP, R_TO) * sign
    found = measure_one(microvolt(signal), RATE)
    # In V6 R is the largest deflection. Nine beats are whole: five of 110 %, which are then the
    # median beat, and four of 90 %.
    sizes = np.array([1.1] * 5 + [0.9] * 4)
    expected = sizes.std(ddof=1) / sizes.mean()
    assert found["R variation", "V6"] == pytest.approx(expected, rel=0.02)
    one = 2 * change * R[11] * triangle(times()[:500], R_FROM, R_TOP, R_TO)
    # Less the line through it, which takes away about its mean.
    expected = math.sqrt(4 / 9 * (np.mean(one**2) - np.mean(one) ** 2))
    assert found["residual", "V6"] == pytest.approx(expected, rel=0.05)
    inside = one[200:301]  # 100 ms on either side of the beat hold all of it and more
    part = math.sqrt(4 / 9 * np.mean(inside**2))
    assert found["residual in QRS", "V6"] > part


def test_the_largest_step_between_beats() -> None:
    steps = np.zeros(5000)
    steps[2000:] += 0.05
    steps[3000:] -= 0.2
    steps[4000:] += 0.1
    found = measure_one(microvolt(ecg() + steps), RATE)
    np.testing.assert_allclose(by_lead(found, "baseline step"), 0.2, atol=0.003)
    still = measure_one(microvolt(ecg()), RATE)
    np.testing.assert_allclose(by_lead(still, "baseline step"), 0, atol=0.003)


def test_a_sine_has_less_kurtosis_than_a_jump() -> None:
    seconds = np.arange(5000) / RATE
    wave = measure_one(microvolt(ecg() + np.cos(2 * np.pi * 0.3 * seconds)), RATE)
    # Three periods of a cosine: the fourth moment is 3/8, the square of the second 1/4.
    np.testing.assert_allclose(by_lead(wave, "baseline kurtosis"), -1.5, atol=0.1)
    jump = measure_one(microvolt(ecg() + 2.0 * (seconds > 9.3)), RATE)
    assert min(by_lead(jump, "baseline kurtosis")) > 3


@pytest.mark.parametrize(("name", "hz"), list(zip(BANDS, (0.3, 3, 10, 20, 60, 150), strict=True)))
def test_a_cosine_is_in_its_band_alone(name: str, hz: float) -> None:
    wave = 0.4 * np.cos(2 * np.pi * hz * np.arange(5000) / RATE)
    for band, (low, high) in BANDS.items():
        found = band_rms(np.stack([wave, 2 * wave]), RATE, low, high)
        expected = 0.4 / math.sqrt(2) if band == name else 0.0
        np.testing.assert_allclose(found, [expected, 2 * expected], atol=0.002)


def test_bands_hold_all_the_power() -> None:
    noise = np.random.default_rng(3).standard_normal((1, 5000))
    total = sum(band_rms(noise, RATE, low, high)[0] ** 2 for low, high in BANDS.values())
    assert total == pytest.approx(noise.var(), rel=0.005)


def test_what_the_recorder_did() -> None:
    coarse = (np.arange(5000) // 2 * 5 % 4000).astype(np.int16)
    found = measure_one(np.tile(coarse, (12, 1)), RATE)
    # Every value stands twice: 2500 of 4999 differences are zero.
    assert by_lead(found, "unchanged samples") == pytest.approx([2500 / 4999] * 12)
    assert by_lead(found, "resolution") == [5.0] * 12


def test_notches_are_counted() -> None:
    t = times()
    smooth = R[:, None] * gaussian(t, 0.0, 0.01)
    notched = R[:, None] * (gaussian(t, -0.02, 0.008) + gaussian(t, 0.02, 0.008))
    # Up, over, down and the same again with a valley between.
    assert by_lead(measure_one(microvolt(smooth), RATE), "notches") == [2.0] * 12
    assert by_lead(measure_one(microvolt(notched), RATE), "notches") == [4.0] * 12


def test_what_cannot_be_measured_is_nan_and_the_rest_is_there() -> None:
    noise = np.random.default_rng(4).standard_normal((12, 1000)) / 100
    noise[:, 500] = 3.0  # one beat is too few
    found = measure_one(microvolt(noise), 100.0)
    assert math.isnan(found["QRS", ""])
    assert math.isnan(found["R", "V2"])
    assert math.isnan(found["band 100+ Hz", "V2"])  # 100 Hz holds nothing above 50 Hz
    assert found["band 5-15 Hz", "V2"] > 0


def test_a_table_has_a_row_a_recording_and_a_column_a_feature() -> None:
    calls: list[tuple[int, int]] = []
    table = measure(
        recordings([ecg(), 2 * ecg()]), progress=lambda done, total: calls.append((done, total))
    )
    assert list(table.index) == ["r0", "r1"]
    assert calls == [(1, 2), (2, 2)]
    assert list(table.columns.get_level_values("feature").unique()) == list(UNITS)
    np.testing.assert_allclose(
        table["R"].loc["r1"].to_numpy(), 2 * table["R"].loc["r0"].to_numpy(), rtol=0.01
    )
