"""Draws: what a generator of that seed alone would give."""

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch

from xai_bench.generators import draw_each, generator, global_seed, standard_normal


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


def test_a_global_seed_reaches_code_of_others_and_leaves_no_trace() -> None:
    def drawn() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    def states() -> tuple[object, ...]:
        numpys = str(np.random.get_state(legacy=False))
        return random.getstate(), numpys, torch.get_rng_state().tolist()

    with global_seed(3):
        first = drawn()
    before = states()
    with global_seed(3) as has_drawn:
        assert not has_drawn()
        assert drawn() == first
        assert has_drawn()
    with global_seed(2**62) as has_drawn:
        float(torch.randn(3, generator=generator(1)).sum())
        assert not has_drawn(), "a generator of its own is not the global one"
    assert states() == before


@pytest.mark.parametrize("draw", [random.random, np.random.rand, lambda: torch.rand(1)])
def test_a_draw_from_any_global_generator_is_noticed(draw: Callable[[], object]) -> None:
    with global_seed(0) as has_drawn:
        draw()
        assert has_drawn()
