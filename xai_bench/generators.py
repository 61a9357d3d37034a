"""Draws in torch: a generator of its own for every seed, so that no draw depends on another."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float32, Shaped
from torch import Tensor

__all__ = ["draw_each", "generator", "global_seed", "standard_normal"]


def generator(seed: int) -> torch.Generator:
    """A generator on the CPU: what it draws is the same wherever a net computes."""
    return torch.Generator().manual_seed(seed)


def draw_each(
    seeds: Iterable[int], draw: Callable[[torch.Generator], Tensor]
) -> Shaped[Tensor, "seed ..."]:
    """What `draw` makes of the generator of each seed, on the CPU."""
    return torch.stack([draw(generator(seed)) for seed in seeds])


def standard_normal(seeds: Iterable[int], shape: tuple[int, ...]) -> Float32[Tensor, "seed ..."]:
    """Independent standard normal values of a shape for each seed, on the CPU."""
    return draw_each(seeds, lambda of_seed: torch.randn(shape, generator=of_seed))


@contextmanager
def global_seed(seed: int) -> Iterator[Callable[[], bool]]:
    """Seeds the global generators of Python, numpy and torch, for code of others that draws from
    them; they are as they were when the block ends.

    Gives a function that says whether anything was drawn in the block.
    """
    before = random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices):
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        seeded = _global_states()
        try:
            yield lambda: _global_states() != seeded
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


def _global_states() -> tuple[object, ...]:
    states = [torch.get_rng_state()]
    if torch.cuda.is_initialized():
        states += torch.cuda.get_rng_state_all()
    numpys = np.random.get_state(legacy=False)
    words, rest = numpys["state"], {**numpys, "state": None}
    of_numpy = words["key"].tobytes(), words["pos"], tuple(rest.items())
    return random.getstate(), of_numpy, tuple(one.numpy().tobytes() for one in states)
