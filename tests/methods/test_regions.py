"""The lead x segment grid."""

import pytest
import torch

from xai_bench.methods.regions import lead_segments


@pytest.mark.parametrize(("samples", "segments"), [(1000, 10), (1003, 7), (12, 12)])
def test_grid_covers_every_sample_in_equal_contiguous_runs(samples: int, segments: int) -> None:
    region = lead_segments(12, samples, segments=segments)
    assert region.shape == (12, samples)
    assert set(region.flatten().tolist()) == set(range(12 * segments))
    assert (region.diff(dim=1) >= 0).all()
    sizes = torch.bincount(region.flatten())
    assert sizes.max() - sizes.min() <= 1
    assert region[3].min() == 3 * segments
