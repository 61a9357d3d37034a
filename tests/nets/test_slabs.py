"""Slabs against masks: what a kernel really reaches, and which cells a slab names."""

import pytest
import torch
from torch import Tensor, nn

from xai_bench.nets.slabs import PaddedMap, Slabs

EXTENT = (12, 40)
CORNERS = [(0, 0), (11, 0), (3, 17), (5, 18), (11, 33), (1, 34), (0, 1), (6, 19)]


def masks(slabs: Slabs, extent: tuple[int, int]) -> Tensor:
    """The slabs' cells as (slab, lead, time) ones."""
    found = torch.zeros(len(slabs.corner), *extent)
    for one, (lead, start) in zip(found, slabs.corner.tolist(), strict=True):
        one[lead : lead + slabs.size[0], start : start + slabs.size[1]] = 1
    return found


@pytest.mark.parametrize("halo", [(1, 7), (1, 1), (0, 0), (0, 60)])
@pytest.mark.parametrize("pool", [1, 2, 4])
@pytest.mark.parametrize("corners", [CORNERS, CORNERS[2:3]])
def test_spread_holds_all_that_a_kernel_reaches(
    halo: tuple[int, int], pool: int, corners: list[tuple[int, int]]
) -> None:
    slabs = Slabs(torch.tensor(corners), (1, 6))
    wider = slabs.spread(halo, EXTENT, pool)
    reached = dilated(masks(slabs, EXTENT), halo)
    assert ((reached == 0) | (masks(wider, EXTENT) == 1)).all()
    assert (wider.corner >= 0).all()
    assert (wider.corner + torch.tensor(wider.size) <= torch.tensor(EXTENT)).all()
    assert (wider.corner[:, 1] % pool == 0).all()
    assert wider.size[1] % pool == 0
    # No wider than the widest needs.
    assert wider.size[0] == min(12, int(reached.amax(2).sum(1).max()))
    assert wider.size[1] < reached.amax(1).sum(1).max() + 2 * pool


def dilated(mask: Tensor, halo: tuple[int, int]) -> Tensor:
    """One wherever a cell within `halo` is one."""
    kernel = torch.ones(1, 1, 2 * halo[0] + 1, 2 * halo[1] + 1)
    return (nn.functional.conv2d(mask[:, None], kernel, padding=halo)[:, 0] > 0.5).float()


@pytest.mark.parametrize(("pool", "up"), [(1, 1), (2, 1), (1, 2)])
def test_resampling(pool: int, up: int) -> None:
    slabs = Slabs(torch.tensor([(0, 0), (3, 16), (2, 34)]), (2, 6))
    found = slabs.resampled(pool, up)
    mask = nn.functional.max_pool2d(masks(slabs, EXTENT), (1, pool)).repeat_interleave(up, dim=2)
    assert torch.equal(masks(found, (12, 40 * up // pool)), mask)


def test_reading_and_writing_cells() -> None:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(2, *EXTENT, 3, generator=generator)
    padded = PaddedMap.padded(values, (1, 7))
    assert padded.extent == EXTENT
    record = torch.tensor([0, 1, 1])
    slabs = Slabs(torch.tensor([(0, 0), (8, 30), (2, 11)]), (4, 10))
    inside, around = padded.inside(record, slabs), padded.around(record, slabs)
    bordered = torch.zeros(2, 14, 54, 3)
    bordered[:, 1:-1, 7:-7] = values
    for slab, (one, (lead, start)) in enumerate(
        zip(record.tolist(), slabs.corner.tolist(), strict=True)
    ):
        assert torch.equal(inside[slab], values[one, lead : lead + 4, start : start + 10])
        expected = bordered[one, lead : lead + 6, start : start + 24]
        assert torch.equal(around.cells[slab], expected)
    assert around.halo == (1, 7)

    new = torch.randn(3, 4, 10, 3, generator=generator)
    padded.write_(record, slabs, new)
    bordered[0, 1:5, 7:17] = new[0]
    bordered[1, 9:13, 37:47] = new[1]
    bordered[1, 3:7, 18:28] = new[2]
    assert torch.equal(padded.cells, bordered)
