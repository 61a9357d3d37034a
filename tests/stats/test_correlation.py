"""Correlations along the last axis, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr, rankdata, spearmanr

from xai_bench.stats.correlation import average_ranks, pearson, spearman


def draw(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two with a few levels each, so that many values are equal."""
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randint(0, 9, shape, generator=generator).double() for _ in range(2))
    return a, a + 2 * b


@pytest.mark.parametrize(("ours", "theirs"), [(pearson, pearsonr), (spearman, spearmanr)])
def test_row_by_row_with_ties(ours, theirs) -> None:  # type: ignore[no-untyped-def]
    a, b = draw(3, 2, 40)
    found = ours(a, b)
    assert found.shape == (3, 2)
    for i in range(3):
        for k in range(2):
            expected = theirs(a[i, k].numpy(), b[i, k].numpy()).statistic
            assert float(found[i, k]) == pytest.approx(expected, abs=1e-12)


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    a, _ = draw(4, 30)
    np.testing.assert_array_equal(average_ranks(a).numpy(), rankdata(a.numpy(), axis=1) - 1)


def test_a_constant_has_no_correlation_whatever_its_mean_is_rounded_to() -> None:
    a, _ = draw(2, 30)
    a[1] = 0.1
    for correlate in (pearson, spearman):
        found = correlate(a, torch.arange(30.0).double().expand(2, -1))
        assert found.isfinite().tolist() == [True, False]
