"""Slabs against masks: which cells a slab names, and which of another it holds."""

import torch
from torch import Tensor

from xai_bench.nets.slabs import PaddedMap, Slabs

EXTENT = (12, 40)


def slabs_at(corners: list[tuple[int, int]], size: tuple[int, int]) -> Slabs:
    lead, sample = torch.tensor(corners).unbind(1)
    return Slabs(lead, sample, size)


def mask(slabs: Slabs, one: int) -> Tensor:
    found = torch.zeros(EXTENT, dtype=torch.bool)
    lead, sample = int(slabs.lead[one]), int(slabs.sample[one])
    found[lead : lead + slabs.size[0], sample : sample + slabs.size[1]] = True
    return found


def test_reading_slabs_and_their_border() -> None:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(2, *EXTENT, 3, generator=generator)
    padded = PaddedMap.padded(values, ((1, 7), (2, 3)), fill=-torch.inf)
    assert padded.extent == EXTENT
    bordered = torch.full((2, 15, 50, 3), -torch.inf)
    bordered[:, 1:-2, 7:-3] = values
    assert torch.equal(padded.cells, bordered)
    record = torch.tensor([0, 1, 1])
    slabs = slabs_at([(-1, -7), (8, 30), (2, 11)], (4, 10))
    found = padded.read(record, slabs)
    expected = [bordered[0, :4, :10], bordered[1, 9:13, 37:47], bordered[1, 3:7, 18:28]]
    assert torch.equal(found, torch.stack(expected))


def test_what_slabs_of_a_chain_hold_of_others() -> None:
    """Two chains of two slabs, and a wider slab for each of them."""
    changed = slabs_at([(0, 0), (3, 12), (8, 30), (1, 8)], (3, 5))
    others = slabs_at([(0, 0), (2, 8), (6, 31), (0, 3)], (6, 9))
    of_lead, of_time = changed.hold(others, 2)
    for row in range(4):
        for step in range(2):
            in_chain = mask(changed, row // 2 * 2 + step)
            lead, sample = (int(axis[row]) for axis in (others.lead, others.sample))
            expected = in_chain[lead : lead + 6, sample : sample + 9]
            found = of_lead[row, step, :, None] & of_time[row, step]
            assert torch.equal(found, expected)
