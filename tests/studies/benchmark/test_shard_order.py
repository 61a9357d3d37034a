"""The order of shards: every recording once, a block of each model first, small ones at the end."""

from __future__ import annotations

import pytest

from xai_bench.studies.benchmark.shard_order import Scorable, Shard, ShardOrder


def _scorable(*missing: range, model: str = "imn", block: int = 2) -> Scorable:
    return Scorable(model=model, missing=missing, block=block)


def _all(order: ShardOrder, seconds_of_a_block: float = 1.0) -> list[Shard]:
    shards = []
    for part in (order.first(), order.rest()):
        for shard in part:
            order.took(shard, seconds_of_a_block * -(-len(shard.rows) // 2))
            shards.append(shard)
    return shards


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("missing", [[range(0, 7)], [range(2, 4), range(8, 91)], []])
def test_every_recording_is_in_one_shard_that_begins_with_a_block(
    workers: int, missing: list[range]
) -> None:
    shards = _all(ShardOrder([_scorable(*missing)], workers))
    rows = [row for shard in shards for row in shard.rows]
    assert rows == [row for one in missing for row in one]
    assert all(shard.rows.start % 2 == 0 for shard in shards)


def test_a_block_of_each_model_comes_first() -> None:
    order = ShardOrder([_scorable(range(8)), _scorable(range(9), model="fcn"), _scorable()], 2)
    shards = _all(order)
    assert [str(shard) for shard in shards[:3]] == [
        "imn, recordings 1 to 2", "fcn, recordings 1 to 2", "imn, recordings 3 to 4",
    ]  # fmt: skip
    assert [shard.of for shard in shards[2:]] == sorted(shard.of for shard in shards[2:])


def test_shards_last_less_than_half_a_minute_and_are_a_block_at_the_end() -> None:
    sizes = [len(shard.rows) for shard in _all(ShardOrder([_scorable(range(2000))], 2), 4.0)]
    assert max(sizes) == 10, "five blocks of four seconds"
    assert sizes[0] == sizes[-1] == 2
    short = [len(shard.rows) for shard in _all(ShardOrder([_scorable(range(2000))], 2), 0.01)]
    assert max(short) <= 500, "a fair share for two workers, twice"
    assert short[-1] == 2


def test_time_left_is_known_when_a_block_of_each_model_is_done() -> None:
    order = ShardOrder([_scorable(range(20)), _scorable(range(8), model="fcn")], 2)
    first = list(order.first())
    order.took(first[0], 3.0)
    assert order.seconds_left is None
    order.took(first[1], 5.0)
    assert order.seconds_left == (9 * 3 + 3 * 5) / 2
    assert not order.is_done(1)
    for shard in order.rest():
        order.took(shard, 1.0)
    assert order.seconds_left == 0
    assert order.is_done(0)
    assert ShardOrder([_scorable()], 2).seconds_left == 0
