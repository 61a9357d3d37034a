"""A lead has no unit and no level for a net that reads waves."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.models.waves.lead_scale import lead_scale, normalised, readable


def _lead() -> np.ndarray:
    return np.random.default_rng(0).normal(size=1000).cumsum() / 10


def test_the_median_range_of_whole_seconds() -> None:
    lead = _lead()[:950]
    literal = np.median([lead[a : a + 250].max() - lead[a : a + 250].min() for a in (0, 250, 500)])
    assert lead_scale(lead, 250.0) == pytest.approx(literal)


def test_gain_and_level_make_no_difference_and_a_spike_hardly_any() -> None:
    lead = _lead()
    np.testing.assert_allclose(normalised(3 * lead + 5, 250.0), normalised(lead, 250.0), atol=1e-5)
    spiked = lead.copy()
    spiked[100] += 50
    assert lead_scale(spiked, 250.0) < 2 * lead_scale(lead, 250.0)


def test_a_flat_lead_is_not_blown_up_and_a_short_one_is_read() -> None:
    assert np.abs(normalised(np.full(500, 1e-4), 250.0)).max() < 0.01
    assert np.abs(normalised(np.tile([0.001, -0.001], 250), 250.0)).max() < 0.1
    assert np.isfinite(normalised(_lead()[:40], 250.0)).all()


def test_eight_of_twelve_leads_are_asked_and_flat_ones_are_not() -> None:
    twelve = np.stack([_lead() + row for row in range(12)])
    asked = readable(twelve, 250.0)
    np.testing.assert_allclose(asked, twelve[[0, 1, 6, 7, 8, 9, 10, 11]])
    twelve[7] = 0.3
    assert len(readable(twelve, 250.0)) == 7
    assert len(readable(twelve[:2], 250.0)) == 2
