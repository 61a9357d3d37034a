"""Draws: what a generator of that seed alone would give."""

import torch

from xai_bench.generators import draw_each, generator, standard_normal


def test_each_seed_draws_for_itself() -> None:
    drawn = standard_normal((3, 2**62), (12, 5))
    assert (drawn.shape, drawn.dtype) == ((2, 12, 5), torch.float32)
    for seed, row in zip((3, 2**62), drawn, strict=True):
        expected = torch.randn(12, 5, generator=torch.Generator().manual_seed(seed))
        assert torch.equal(row, expected)
    assert torch.equal(standard_normal([2**62], (12, 5))[0], drawn[1])


def test_anything_can_be_drawn() -> None:
    orders = draw_each((0, 1), lambda of_seed: torch.randperm(9, generator=of_seed))
    assert torch.equal(orders[1], torch.randperm(9, generator=generator(1)))
    assert orders.sort(dim=1).values.tolist() == [list(range(9))] * 2
