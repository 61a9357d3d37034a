"""Random draws that are the same on every device, and the global generators of others' code.

Every draw is a function of (seed, stream, place) alone: Philox4x32-10, a counter-based generator
(Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011), in integer arithmetic of
torch. A CPU and a CUDA device draw the same integers, many recordings are drawn at once where the
net computes, and no draw depends on another.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch import Tensor

from xai_bench.devices import sent

__all__ = ["generator", "global_seed", "integers", "normal", "permutations", "philox"]
__all__ += ["Seeds", "random_bits", "seed_tensor", "seeds_of_numpy", "uniform"]

Seeds = Int64[Tensor, " seed"]

_WORD, _HALF = 2**32 - 1, 2**16 - 1
_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_STEPS = 0x9E3779B9, 0xBB67AE85
"""What the two words of the key grow by from round to round."""
_ROUNDS = 10
_AT_ONCE = {"cpu": 2**13, "cuda": 2**24}
"""Counters: what is computed from them stays in a CPU's cache, or in 2 GB of a GPU's memory."""


def generator(seed: int) -> torch.Generator:
    """A generator of torch on the CPU, for designs that are drawn once."""
    return torch.Generator().manual_seed(seed)


def seed_tensor(seeds: Iterable[int], device: torch.device | str = "cpu") -> Seeds:
    """Seeds of 63 bits where something is to be drawn from them."""
    return sent(list(seeds), torch.device(device), torch.int64)


def philox(counter: Int64[Tensor, "4 ..."], key: Int64[Tensor, "2 ..."]) -> Int64[Tensor, "4 ..."]:
    """Philox4x32-10: four words of 32 bits for each counter of four and key of two such words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for step in range(_ROUNDS):
        high0, low0 = _product(c0, _MULTIPLIERS[0])
        high1, low1 = _product(c2, _MULTIPLIERS[1])
        keys = [(k + step * by) & _WORD for k, by in zip((k0, k1), _STEPS, strict=True)]
        c0, c1, c2, c3 = high1 ^ c1 ^ keys[0], low1, high0 ^ c3 ^ keys[1], low0
    return torch.stack([c0, c1, c2, c3])


def _product(
    word: Int64[Tensor, "*shape"], factor: int
) -> tuple[Int64[Tensor, "*shape"], Int64[Tensor, "*shape"]]:
    """The high and the low word of a product of two words, by halves, so that none overflows."""
    low = (word & _HALF).mul_(factor)
    high = (word >> 16).mul_(factor).add_(low >> 16)
    return high >> 16, (high.bitwise_and_(_HALF) << 16).bitwise_or_(low.bitwise_and_(_HALF))


def random_bits(seeds: Seeds, count: int, *, stream: int = 0) -> Int64[Tensor, "seed count"]:
    """`count` words of 32 random bits for each seed, on the device of the seeds.

    stream: one of 2**32 sequences of a seed that have nothing in common.
    """
    key = torch.stack([seeds & _WORD, seeds >> 32]).unsqueeze(2)
    counters = torch.arange(-(-count // 4), dtype=torch.int64, device=seeds.device)
    parts = []
    for places in counters.split(max(1, _AT_ONCE[seeds.device.type] // max(1, len(seeds)))):
        counter = places.new_zeros(4, len(seeds), len(places))
        counter[0], counter[2] = places, stream
        parts.append(philox(counter, key))
    return torch.cat(parts, dim=2).permute(1, 2, 0).flatten(1)[:, :count]


def uniform(
    seeds: Seeds, shape: tuple[int, ...], *, stream: int = 0
) -> Float64[Tensor, "seed ..."]:
    """Uniform values in (0, 1), in steps of 2**-32 and never 0 or 1."""
    words = random_bits(seeds, math.prod(shape), stream=stream)
    return ((words.double() + 0.5) * 2.0**-32).reshape(-1, *shape)


def integers(
    seeds: Seeds, shape: tuple[int, ...], below: int, *, stream: int = 0
) -> Int64[Tensor, "seed ..."]:
    """Integers of 0 to `below` - 1, `below` at most 2**31; none is likelier than another by more
    than `below` in 2**32."""
    words = random_bits(seeds, math.prod(shape), stream=stream)
    return ((words * below) >> 32).reshape(-1, *shape)


def normal(seeds: Seeds, shape: tuple[int, ...], *, stream: int = 0) -> Float32[Tensor, "seed ..."]:
    """Standard normal values: where the distribution function takes uniform values. In float64,
    rounded to float32, so that the last bits of a device's `erfinv` do not show."""
    values: Tensor = (2 * uniform(seeds, shape, stream=stream) - 1).erfinv_() * math.sqrt(2)
    return values.float()


def permutations(
    seeds: Seeds, count: int, size: int, *, stream: int = 0
) -> Int64[Tensor, "seed count size"]:
    """`count` random orders of 0 to `size` - 1 for each seed, by sorting random words.

    Of words that are equal the earlier comes first, which for one pair of places happens once in
    2**32 times.
    """
    words = random_bits(seeds, count * size, stream=stream).unflatten(1, (count, size))
    place = torch.arange(size, device=seeds.device)
    return _sorted(words << 31 | place) & (2**31 - 1)


def _sorted(values: Int64[Tensor, "*rows value"]) -> Int64[Tensor, "*rows value"]:
    if values.device.type == "cpu":  # numpy takes a third of torch's time
        return torch.from_numpy(np.sort(values.numpy()))
    return values.sort().values


def seeds_of_numpy(state: np.random.RandomState, count: int) -> Int64[np.ndarray, " seed"]:
    """Seeds from numpy's old generator, one after the other."""
    drawn: Int64[np.ndarray, " seed"] = state.randint(2**63 - 1, size=count, dtype=np.int64)
    return drawn


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
