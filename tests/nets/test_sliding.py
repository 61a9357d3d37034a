"""Where a sliding kernel reads, against kernels of ones that really slide."""

import pytest
import torch
from torch.nn import functional

from xai_bench.nets.sliding import Places, Sliding

CELLS = 41


def sliding(kernel: int, stride: int, padding: int, dilation: int) -> Sliding:
    outputs = (CELLS + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    return Sliding(kernel, stride, padding, dilation, CELLS, outputs)


ALL = [
    *((kernel, 1, kernel // 2, 1) for kernel in (1, 3, 15)),
    *((4, 3, 1, 1), (9, 1, 8, 2), (2, 5, 0, 1), (1, 4, 0, 1), (3, 2, 1, 1), (5, 3, 2, 3)),
    *((7, 1, 0, 1), (3, 7, 1, 1)),
]


@pytest.mark.parametrize("facts", ALL)
@pytest.mark.parametrize("count", [1, 6, 41])
def test_outputs_that_change_and_cells_to_read(
    facts: tuple[int, int, int, int], count: int
) -> None:
    kernel, stride, padding, dilation = facts
    axis = sliding(*facts)
    changed = Places(torch.arange(CELLS - count + 1), count)
    found = axis.changed(changed)
    cells = torch.arange(CELLS)
    first = changed.first[:, None]
    ones = ((first <= cells) & (cells < first + count)).float()
    reached = functional.conv1d(
        ones[:, None], torch.ones(1, 1, kernel), None, stride, padding, dilation
    )[:, 0]
    output = torch.arange(axis.outputs)
    slab = (found.first[:, None] <= output) & (output < found.first[:, None] + found.count)
    assert slab[reached > 0].all()
    assert int(slab.sum(dim=1).amin()) == found.count  # none leaves the map
    ahead, behind = (reached > 0).cumsum(1) > 0, (reached > 0).flip(1).cumsum(1).flip(1) > 0
    longest = int((ahead & behind).sum(dim=1).amax())
    assert found.count == max(1, longest)

    start, length = axis.read(found.first, found.count)
    before, after = axis.border
    assert int(start.amin()) >= -before
    assert int(start.amax()) + length <= CELLS + after
    # All that changed is read, and without its margin as much as the outputs need.
    assert (start <= changed.first).all()
    assert (changed.first + count <= start + length).all()
    cut = length - sum(axis.margin)
    assert (cut - axis.span) // stride + 1 == found.count
    assert (cut - axis.span) % stride == 0


def test_stretches_that_hold_two() -> None:
    one = Places(torch.tensor([0, 5, 30]), 10)
    other = Places(torch.tensor([2, 3, 34]), 4)
    inner = Places(torch.tensor([2, 5, 36]), 4)
    assert one.with_(inner) is one
    assert inner.with_(one) is one
    hull = one.with_(other)
    assert hull.count == 12
    assert hull.first.tolist() == [0, 3, 28]  # the last is moved, so that it ends where it ended
    assert one.times(2).first.tolist() == [0, 10, 60]
    assert one.times(2).count == 20
