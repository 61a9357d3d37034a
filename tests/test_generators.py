"""Draws: Philox's known answers, what distributions they make, and that none knows another."""

import math
import random
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
import torch

from xai_bench.generators import (
    generator,
    global_seed,
    integers,
    normal,
    permutations,
    philox,
    random_bits,
    seed_tensor,
    uniform,
)

SEEDS = seed_tensor((3, 2**62 + 5, 2**63 - 1))


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000",
         "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
         "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
         "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)  # fmt: skip
def test_known_answers_of_random123(counter: str, key: str, expected: str) -> None:
    words = [torch.tensor([int(word, 16) for word in text.split()]) for text in (counter, key)]
    found = philox(*words)
    assert " ".join(f"{word:08x}" for word in found.tolist()) == expected


def _written_out(seed: int, stream: int, count: int) -> list[int]:
    """Philox4x32-10 in Python's integers, which cannot overflow."""
    words: list[int] = []
    for place in range(-(-count // 4)):
        c, k = [place, 0, stream, 0], [seed % 2**32, seed >> 32]
        for _ in range(10):
            one, two = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [(two >> 32) ^ c[1] ^ k[0], two % 2**32, (one >> 32) ^ c[3] ^ k[1], one % 2**32]
            k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
        words += c
    return words[:count]


@pytest.mark.parametrize("stream", [0, 7])
def test_bits_written_out(stream: int) -> None:
    found = random_bits(SEEDS, 11, stream=stream)
    assert found.tolist() == [_written_out(seed, stream, 11) for seed in SEEDS.tolist()]


def test_each_seed_draws_for_itself_and_a_longer_draw_begins_as_a_shorter() -> None:
    together = random_bits(SEEDS, 40)
    for row, seed in zip(together, SEEDS, strict=True):
        assert torch.equal(random_bits(seed[None], 10)[0], row[:10])


def test_uniform_values_are_the_words_and_never_0_or_1() -> None:
    drawn = uniform(SEEDS, (2, 3), stream=1)
    expected = (random_bits(SEEDS, 6, stream=1).double() + 0.5) / 2**32
    assert torch.equal(drawn, expected.reshape(3, 2, 3))
    assert (2**32 - 1 + 0.5) / 2**32 < 1


def test_integers_are_all_that_are_asked_for() -> None:
    drawn = integers(SEEDS, (4000,), 7)
    counts = drawn.flatten().bincount(minlength=7)
    assert len(counts) == 7
    assert (counts - 12000 / 7).abs().max() < 4.5 * math.sqrt(12000 / 7)
    assert integers(SEEDS, (5,), 1).count_nonzero() == 0


def test_normal_values_are_where_the_distribution_function_is_uniform() -> None:
    drawn = normal(SEEDS, (3, 3))
    assert (drawn.shape, drawn.dtype) == ((3, 3, 3), torch.float32)
    inverse = NormalDist().inv_cdf
    expected = [inverse(u) for u in uniform(SEEDS, (9,)).flatten().tolist()]
    assert drawn.flatten().tolist() == pytest.approx(expected, rel=1e-6)


def test_normal_values_have_the_moments_of_a_normal_distribution() -> None:
    drawn = normal(seed_tensor(range(20)), (12, 500)).double().flatten()
    moments = [float((drawn**k).mean()) for k in (1, 2, 3, 4)]
    for found, expected, spread in zip(moments, (0, 1, 0, 3), (1, 2, 15, 96), strict=True):
        assert abs(found - expected) < 4.5 * math.sqrt(spread / len(drawn))


def test_permutations_are_of_all_and_every_order_is_as_likely() -> None:
    drawn = permutations(SEEDS, 4000, 4)
    assert (drawn.sort(dim=2).values == torch.arange(4)).all()
    orders = (drawn * torch.tensor([64, 16, 4, 1])).sum(dim=2).flatten()
    counts = orders.unique(return_counts=True)[1]
    assert len(counts) == 24
    assert (counts - 500).abs().max() < 4.5 * math.sqrt(500)


def test_a_generator_of_torch_is_of_its_seed() -> None:
    assert torch.equal(torch.rand(3, generator=generator(1)), torch.rand(3, generator=generator(1)))


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
