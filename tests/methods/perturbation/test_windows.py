"""Windows: the grid, sliding ones, and means over those that cover a sample."""

import numpy as np
import pytest
import torch

from tests.closed_forms import grid
from xai_bench.methods.perturbation.windows import (
    grid_windows,
    inside,
    mean_over_windows,
    sliding_windows,
)


@pytest.mark.parametrize(("samples", "segments"), [(1000, 10), (1003, 7), (12, 12)])
def test_windows_of_the_grid_are_the_regions_in_their_order(samples: int, segments: int) -> None:
    region = grid(segments, samples)
    windows = grid_windows(12, samples, segments=segments)
    assert len(windows) == 12 * segments
    for number, covered in enumerate(inside(windows, 12, samples)):
        assert torch.equal(covered, region == number)


@pytest.mark.parametrize(("samples", "width", "stride"), [(100, 5, 2), (103, 10, 5), (20, 20, 7)])
def test_sliding_windows_are_those_of_a_loop(samples: int, width: int, stride: int) -> None:
    expected = []
    for lead in range(3):
        start = 0
        while True:
            expected.append([lead, lead + 1, start, min(start + width, samples)])
            if start + width >= samples:
                break
            start += stride
    found = sliding_windows(3, samples, width=width, stride=stride)
    assert found.tolist() == expected
    assert inside(found, 3, samples).any(dim=0).all()


def test_means_over_windows_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    windows = torch.tensor([[0, 1, 0, 4], [0, 2, 2, 6], [1, 2, 0, 6], [0, 1, 3, 6]])
    values = rng.standard_normal((2, 4))
    expected = np.empty((2, 2, 6))
    for record, lead, sample in np.ndindex(expected.shape):
        covering = [
            values[record, number] / ((b - a) * (d - c))
            for number, (a, b, c, d) in enumerate(windows.tolist())
            if a <= lead < b and c <= sample < d
        ]
        expected[record, lead, sample] = np.mean(covering)
    found = mean_over_windows(torch.from_numpy(values), windows, 2, 6)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
