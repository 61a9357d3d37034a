"""One rule for every random draw: a generator seeded by (seed, record id, purpose).

A recording's score then does not depend on its batch, on the order of recordings, on the
number of devices or on a restart. There is no global generator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["seed_for", "seeds_for"]


def seed_for(seed: int, record_id: str, purpose: str) -> int:
    """A 63-bit seed for torch.Generator.manual_seed and numpy.random.default_rng."""
    text = f"{seed}\0{record_id}\0{purpose}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def seeds_for(seed: int, record_ids: Iterable[str], purpose: str) -> tuple[int, ...]:
    """A seed for the random draws of one purpose, one a recording."""
    return tuple(seed_for(seed, record_id, purpose) for record_id in record_ids)
