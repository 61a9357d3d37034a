"""Bars of leads and of waves are shares of one whole."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.report.explanation.attribution_regions import share_out
from xai_bench.report.explanation.bar_values import lead_bars, wave_bars
from xai_bench.report.explanation.explained_page import present

LEADS = ("a", "b", "c")
ST = np.repeat([4, 5], 4).astype(np.int8)
"""ST, then T."""


def test_both_signs_share_one_whole() -> None:
    a = np.zeros((3, 8), dtype=np.float32)
    a[0, :2], a[1, 5], a[2, 7] = 3, -1, -3
    of_leads, of_waves = lead_bars([share_out(a, ST)], LEADS), wave_bars([share_out(a, ST)])
    np.testing.assert_allclose(of_leads.speaks_for, [0.6, 0, 0])
    np.testing.assert_allclose(of_leads.speaks_against, [0, 0.1, 0.3])
    for bars in (of_leads, of_waves):
        assert bars.speaks_for.sum() + bars.speaks_against.sum() == pytest.approx(1)
        assert bars.for_range is bars.against_range is None
    shown = present(of_waves)
    assert shown is not None
    assert shown.names == ("ST", "T")
    np.testing.assert_allclose(shown.speaks_for, [0.6, 0])
    np.testing.assert_allclose(shown.speaks_against, [0, 0.4])


def test_the_first_draw_is_shown_with_what_all_range_over() -> None:
    draws = []
    for first in (2.0, 1.0, 4.0):
        a = np.zeros((3, 8), dtype=np.float32)
        a[0, 0], a[1, 0] = first, -(4 - first)
        draws.append(share_out(a, ST))
    bars = lead_bars(draws, LEADS)
    np.testing.assert_allclose(bars.speaks_for, [0.5, 0, 0])
    assert bars.for_range is not None
    assert bars.against_range is not None
    np.testing.assert_allclose(np.ravel(bars.for_range), [0.25, 0, 0, 1, 0, 0])
    np.testing.assert_allclose(np.ravel(bars.against_range), [0, 0, 0, 0, 0.75, 0])
    kept = present(wave_bars(draws))
    assert kept is not None
    assert kept.names == ("ST",)
    assert kept.for_range is not None
    np.testing.assert_allclose(np.ravel(kept.for_range), [0.25, 1])


def test_of_zeros_and_without_waves_nothing_is_shown() -> None:
    zero = share_out(np.zeros((3, 8), dtype=np.float32), ST)
    assert lead_bars([zero], LEADS).speaks_for.sum() == 0
    assert present(wave_bars([zero])) is None
    no_waves = share_out(np.ones((3, 8), dtype=np.float32), np.zeros(8, dtype=np.int8))
    assert present(wave_bars([no_waves])) is None
