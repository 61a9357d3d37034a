"""Noise is the same at every rate, and as large as in real recordings."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfiltfilt

from xai_bench.data.synthetic.noise import draw_noise
from xai_bench.data.synthetic.rhythm import draw_rhythm
from xai_bench.data.synthetic.sampling import Sampling


def noise(seed: int, rate_hz: float) -> np.ndarray:
    rhythm = draw_rhythm(
        np.random.default_rng(seed), heart_rate=70.0, age=50.0, seconds=10.0, kind="SR"
    )
    sampling = Sampling(rate_hz=rate_hz, samples=round(10.0 * rate_hz))
    return draw_noise(np.random.default_rng([seed, 1]), rhythm, sampling)


def test_a_higher_rate_sees_the_same_noise() -> None:
    for seed in range(5):
        low = sosfiltfilt(butter(4, 8.0, fs=100.0, output="sos"), noise(seed, 100.0))
        high = sosfiltfilt(butter(4, 8.0, fs=500.0, output="sos"), noise(seed, 500.0))[:, ::5]
        error = np.abs(low - high)[:, 100:-100].max(axis=1)  # the filter rings at the ends
        assert (error < 0.05 * low.std(axis=1)).all()


def test_mains_hum_only_below_half_the_rate() -> None:
    def share_at_50_hz(rate_hz: float) -> float:
        power = np.mean(
            [np.abs(np.fft.rfft(noise(seed, rate_hz)))[:, 495:501] ** 2 for seed in range(30)],
            axis=(0, 1),
        )
        return float(power[-1] / np.median(power))

    assert share_at_50_hz(500.0) > 10.0
    assert share_at_50_hz(100.0) < 5.0


def test_size_and_colour() -> None:
    traces = np.stack([noise(seed, 500.0) for seed in range(60)])
    spectrum = np.abs(np.fft.rfft(traces)) ** 2 * 2 / traces.shape[-1] ** 2

    def rms(low: float, high: float) -> float:
        band = spectrum[..., round(low * 10) : round(high * 10)]
        return float(np.median(np.sqrt(band.sum(axis=-1))))

    # Ten healthy recordings of PTB-XL: 0.02 to 0.04 mV below 0.7 Hz, 0.01 to 0.02 above 40 Hz
    # (with the heart's own share).
    assert 0.01 < rms(0.1, 0.7) < 0.08
    assert 0.002 < rms(40.0, 100.0) < 0.02
    assert rms(0.1, 0.7) > rms(5.0, 15.0)


def test_independent_of_the_global_generator() -> None:
    assert np.array_equal(noise(3, 100.0), noise(3, 100.0))
    assert not np.array_equal(noise(3, 100.0), noise(4, 100.0))
