"""Noise in millivolt at a stated signal-to-noise ratio."""

import numpy as np
import pytest

from xai_bench.scoring.metrics.stability.white_noise import white_noise


@pytest.mark.parametrize("snr_db", [10.0, 20.0])
def test_white_noise_has_the_stated_ratio_and_one_level_for_all_leads(snr_db: float) -> None:
    np.random.seed(0)
    t = np.arange(1000, dtype=np.float32)
    leads = np.stack([(k + 1) * np.sin(t / (3 + k)) + 5 for k in range(12)])
    x = leads.astype(np.float32).reshape(1, -1)
    noise = (white_noise(x, np.arange(12000)[None], snr_db=snr_db) - x).reshape(12, 1000)
    power = np.mean([np.var(lead) for lead in leads])
    assert 10 * np.log10(power / np.mean(noise**2)) == pytest.approx(snr_db, abs=0.2)
    assert noise.std(axis=1).max() / noise.std(axis=1).min() < 1.15


def test_bounds_of_quantus_own_noise_change_nothing() -> None:
    x = np.ones((1, 12000), dtype=np.float32)
    x[:, ::2] = -1
    drawn = []
    for bounds in ({}, {"lower_bound": 5.0, "upper_bound": 9.0}):
        np.random.seed(1)
        drawn.append(white_noise(x, np.arange(12000)[None], snr_db=20.0, **bounds))
    first, second = drawn
    np.testing.assert_array_equal(first, second)
