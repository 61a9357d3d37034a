"""The lead x segment grid."""

import pytest
import torch

from xai_bench.methods.regions import lead_segments, per_sample


@pytest.mark.parametrize(("samples", "segments"), [(1000, 10), (1003, 7), (12, 12)])
def test_grid_covers_every_sample_in_equal_contiguous_runs(samples: int, segments: int) -> None:
    region = lead_segments(12, samples, segments=segments)
    assert region.shape == (12, samples)
    assert set(region.flatten().tolist()) == set(range(12 * segments))
    assert (region.diff(dim=1) >= 0).all()
    sizes = torch.bincount(region.flatten())
    assert sizes.max() - sizes.min() <= 1
    assert region[3].min() == 3 * segments


def test_values_of_regions_are_shared_equally_and_their_sums_kept() -> None:
    region = lead_segments(2, 7, segments=3)
    values = torch.arange(1.0, 13.0).reshape(2, 6)
    found = per_sample(values, region)
    for record in range(2):
        for name in range(6):
            shares = found[record][region == name]
            assert shares.min() == shares.max()
            assert float(shares.sum()) == pytest.approx(float(values[record, name]))
