"""Seeds: stable across processes, and different for different draws."""

import hashlib

from xai_bench.randomness import seed_for, seeds_for


def test_seed_is_the_leading_63_bits_of_blake2b() -> None:
    digest = hashlib.blake2b(b"3\x0000017\x00noise", digest_size=8).hexdigest()
    assert seed_for(3, "00017", "noise") == int(digest, 16) // 2


def test_every_part_matters_and_parts_do_not_run_together() -> None:
    seeds = {seed_for(*p) for p in ((0, "a", "b"), (1, "a", "b"), (0, "ab", ""), (0, "", "ab"))}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_each_recording_has_a_seed_of_its_own() -> None:
    assert seeds_for(5, ("r0", "r1"), "noise") == (
        seed_for(5, "r0", "noise"),
        seed_for(5, "r1", "noise"),
    )
