"""Noise: lead identities, bands, and its size."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.distort import at_snr
from xai_bench.data.electrode_noise import NOISES, draw_noise, why_not_at

RATE, SAMPLES = 500.0, 5000


def drawn(kind: str, seed: int = 0, *, rate: float = RATE, samples: int = SAMPLES) -> np.ndarray:
    return draw_noise(kind, np.random.default_rng(seed), samples, rate)


def power_share(noise: np.ndarray, low: float, high: float, rate: float = RATE) -> float:
    """Of the power, that from low to high Hz; a Hann window keeps neighbours' leakage out."""
    windowed = (noise - noise.mean(axis=1, keepdims=True)) * np.hanning(noise.shape[1])
    power = (np.abs(np.fft.rfft(windowed)) ** 2).sum(axis=0)
    hz = np.fft.rfftfreq(noise.shape[1], 1 / rate)
    return float(power[(hz >= low) & (hz <= high)].sum() / power.sum())


@pytest.mark.parametrize("kind", NOISES)
def test_leads_share_noise_as_they_share_electrodes(kind: str) -> None:
    """Einthoven, Goldberger: what three electrodes pick up makes all six limb leads."""
    one, two, three, right, left, foot, *_ = drawn(kind)
    np.testing.assert_allclose(three, two - one, atol=1e-12)
    np.testing.assert_allclose(right, -(one + two) / 2, atol=1e-12)
    np.testing.assert_allclose(left, one - two / 2, atol=1e-12)
    np.testing.assert_allclose(foot, two - one / 2, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("baseline wander", 0.0, 0.75),  # 0.5 Hz and what 10 s cannot resolve
        ("mains-50", 49.8, 50.2),
        ("mains-60", 59.8, 60.2),
        ("muscle", 19.8, 250.0),
        ("electrode motion", 0.0, 40.0),
    ],
)
def test_bands(kind: str, low: float, high: float) -> None:
    for seed in range(5):
        assert power_share(drawn(kind, seed), low, high) > 0.98


def test_white_noise_is_white_and_muscle_falls_from_120_hz() -> None:
    white, muscle = (
        np.mean([power_share(drawn(kind, seed), 0, 125) for seed in range(5)])
        for kind in ("white noise", "muscle")
    )
    assert white == pytest.approx(0.5, abs=0.02)
    assert muscle > 0.85


def test_electrode_motion_is_of_single_electrodes() -> None:
    """A chest electrode moves one lead alone; few of nine electrodes move at all."""
    moved = [np.abs(drawn("electrode motion", seed)[6:]).max(axis=1) for seed in range(20)]
    quiet = [(peaks < 1e-6).sum() for peaks in moved]
    assert any(peaks > 0 for peaks in quiet)
    assert all((np.ptp(drawn("electrode motion", seed)) > 0) for seed in range(20))


def test_the_ratio_is_that_of_all_leads() -> None:
    rng = np.random.default_rng(3)
    signal = rng.standard_normal((12, 400)) * rng.uniform(0.1, 2, (12, 1)) + 5
    for kind in NOISES:
        sized = at_snr(drawn(kind, samples=400), signal, 17.0)
        powers = [
            np.mean([((lead - lead.mean()) ** 2).mean() for lead in leads])
            for leads in (signal, sized)
        ]
        assert 10 * np.log10(powers[0] / powers[1]) == pytest.approx(17.0)


def test_the_same_generator_draws_the_same_and_another_another() -> None:
    for kind in NOISES:
        np.testing.assert_array_equal(drawn(kind, 1), drawn(kind, 1))
        assert not np.allclose(drawn(kind, 1), drawn(kind, 2))


@pytest.mark.parametrize("hz", [50, 60])
def test_mains_from_half_of_the_rate_on_are_left_out(hz: int) -> None:
    kind = f"mains-{hz}"
    assert why_not_at(kind, 500.0) is None
    assert why_not_at(kind, 2 * hz + 1.0) is None
    assert f"{hz} Hz is not below half of the sampling rate of {2 * hz} Hz" in str(
        why_not_at(kind, 2.0 * hz)
    )
    assert why_not_at("muscle", 100.0) is None
