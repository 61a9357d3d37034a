"""The filter is scipy's, linear, differentiable and the same for each recording by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import signal

from xai_bench.errors import InputError
from xai_bench.models.band_pass import band_pass

FOUR: dict[str, Any] = {"order": 4, "low_hz": 0.5, "high_hz": 40.0}


def _drifting(samples: int, rows: int = 2, seed: int = 0) -> torch.Tensor:
    """Random walks of about 1 mV, whose ends are far from zero: the ends are what is hard."""
    steps = np.random.default_rng(seed).standard_normal((rows, 12, samples))
    return torch.from_numpy(steps.cumsum(-1) / np.sqrt(samples))


@pytest.mark.parametrize(
    ("order", "low_hz", "high_hz", "rate_hz", "samples"),
    [
        (4, 0.5, 40.0, 100.0, 1000),
        (4, 0.5, 40.0, 100.0, 28),  # as short as it may be
        (4, 0.5, 40.0, 100.0, 301),
        (2, 1.0, 30.0, 250.0, 2500),
        (1, 0.05, 150.0, 500.0, 5000),
        (3, 5.0, 15.0, 360.0, 1080),
    ],
)
def test_it_is_filtfilt(
    order: int, low_hz: float, high_hz: float, rate_hz: float, samples: int
) -> None:
    millivolt = _drifting(samples)
    coefficients = signal.butter(order, (low_hz, high_hz), "bandpass", fs=rate_hz)
    found = band_pass(millivolt, order=order, low_hz=low_hz, high_hz=high_hz, rate_hz=rate_hz)
    assert found.dtype == torch.float64
    np.testing.assert_allclose(found, signal.filtfilt(*coefficients, millivolt), atol=1e-9)
    single = band_pass(
        millivolt.float(), order=order, low_hz=low_hz, high_hz=high_hz, rate_hz=rate_hz
    )
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single, found, atol=1e-6)


@pytest.mark.parametrize("rate_hz", [500.0, 1000.0])
def test_at_high_rates_it_is_the_filter_that_filtfilt_misses(rate_hz: float) -> None:
    """Second-order sections, with the extension of filtfilt."""
    millivolt = _drifting(int(4 * rate_hz))
    band = (0.5, 40.0)
    sections = signal.butter(4, band, "bandpass", fs=rate_hz, output="sos")
    expected = signal.sosfiltfilt(sections, millivolt, padlen=27)
    found = band_pass(millivolt, rate_hz=rate_hz, **FOUR)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    missed = signal.filtfilt(*signal.butter(4, band, "bandpass", fs=rate_hz), millivolt)
    assert np.abs(missed - expected).max() > 1e-5


@pytest.mark.parametrize("hz", [0.1, 0.5, 2.0, 10.0, 40.0, 47.0])
def test_a_sine_is_scaled_by_the_squared_response_and_not_moved(hz: float) -> None:
    """|H|^2 of a digital Butterworth filter, by its definition: 1/2 at both edges."""
    rate, samples = 100.0, 20_000
    t = torch.arange(samples, dtype=torch.float64) / rate
    sine = torch.sin(2 * torch.pi * hz * t)
    found = band_pass(sine.expand(1, 12, -1), rate_hz=rate, **FOUR)[0, 0]
    warped, low, high = (np.tan(np.pi * f / rate) for f in (hz, 0.5, 40.0))
    squared = 1 / (1 + ((warped**2 - low * high) / (warped * (high - low))) ** 8)
    middle = slice(5000, 15_000)
    torch.testing.assert_close(found[middle], squared * sine[middle], rtol=0, atol=1e-6)


def test_constants_vanish_and_the_filter_is_linear() -> None:
    one, other = _drifting(500, seed=1), _drifting(500, seed=2)
    flat = band_pass(torch.full((1, 12, 500), 3.0), rate_hz=100.0, **FOUR)
    assert flat.abs().max() < 1e-6
    both = band_pass(2 * one - 3 * other, rate_hz=100.0, **FOUR)
    parts = [band_pass(x, rate_hz=100.0, **FOUR) for x in (one, other)]
    torch.testing.assert_close(both, 2 * parts[0] - 3 * parts[1], rtol=0, atol=1e-10)


def test_gradients_flow() -> None:
    millivolt = _drifting(40, rows=1)[:, :2].requires_grad_()
    assert torch.autograd.gradcheck(lambda x: band_pass(x, rate_hz=100.0, **FOUR), millivolt)


def test_gradients_flow_after_a_pass_without() -> None:
    """What is kept from one call to the next must not be of inference mode."""
    millivolt = _drifting(77, rows=1)
    with torch.inference_mode():
        expected = band_pass(millivolt, rate_hz=100.0, **FOUR)
    millivolt.requires_grad_()
    found = band_pass(millivolt, rate_hz=100.0, **FOUR)
    found.sum().backward()
    assert millivolt.grad is not None
    torch.testing.assert_close(found.detach(), expected.clone())


def test_a_recording_alone_is_as_in_company() -> None:
    millivolt = _drifting(1000, rows=5).float()
    together = band_pass(millivolt, rate_hz=100.0, **FOUR)
    alone = torch.cat([band_pass(row[None], rate_hz=100.0, **FOUR) for row in millivolt])
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-7)


def test_too_short_a_recording_is_refused() -> None:
    with pytest.raises(InputError, match="27 samples are too few for order 4; it needs 28"):
        band_pass(_drifting(27), rate_hz=100.0, **FOUR)
