"""The order of shards: every recording once, a block of each model first, small ones at the end."""

from __future__ import annotations

import pytest

from xai_bench.studies.benchmark.shard_order import Shard, ShardOrder, Stretch, stretches_of


def _stretch(*missing: range, model: str = "imn", of: int = 0) -> Stretch:
    return Stretch(of=of, model=model, missing=missing, block=2)


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
    shards = _all(ShardOrder([_stretch(*missing)], workers))
    rows = [row for shard in shards for row in shard.rows]
    assert rows == [row for one in missing for row in one]
    assert all(shard.rows.start % 2 == 0 for shard in shards)


def test_a_block_of_each_stretch_comes_first() -> None:
    order = ShardOrder(
        [_stretch(range(8)), _stretch(range(9), model="fcn", of=1), _stretch(of=2)], 2
    )
    shards = _all(order)
    assert [str(shard) for shard in shards[:3]] == [
        "imn, recordings 1 to 2", "fcn, recordings 1 to 2", "imn, recordings 3 to 4",
    ]  # fmt: skip
    assert [shard.of for shard in shards[2:]] == sorted(shard.of for shard in shards[2:])


def test_shards_last_less_than_half_a_minute_and_are_a_block_at_the_end() -> None:
    sizes = [len(shard.rows) for shard in _all(ShardOrder([_stretch(range(2000))], 2), 4.0)]
    assert max(sizes) == 10, "five blocks of four seconds"
    assert sizes[0] == sizes[-1] == 2
    short = [len(shard.rows) for shard in _all(ShardOrder([_stretch(range(2000))], 2), 0.01)]
    assert max(short) <= 500, "a fair share for two workers, twice"
    assert short[-1] == 2


def test_a_model_is_done_when_all_its_stretches_are() -> None:
    order = ShardOrder([_stretch(range(2)), _stretch(range(2, 6))], 2)
    (costly, cheap), (last,) = order.first(), order.rest()
    for shard, seconds, left in ((costly, 9.0, None), (cheap, 1.0, 0.5)):
        assert not order.is_done(0)
        order.took(shard, seconds)
        assert order.seconds_left == left, "nine seconds are of none that is left"
    order.took(last, 1.0)
    assert order.is_done(0)


def test_time_left_is_known_when_a_block_of_each_stretch_is_done() -> None:
    order = ShardOrder([_stretch(range(20)), _stretch(range(8), model="fcn", of=1)], 2)
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
    assert ShardOrder([_stretch()], 2).seconds_left == 0


@pytest.mark.parametrize(
    ("edge", "before", "after"),
    [
        (0, [], [range(0, 6), range(8, 11)]),
        (3, [range(0, 4)], [range(4, 6), range(8, 11)]),
        (8, [range(0, 6)], [range(8, 11)]),
        (11, [range(0, 6), range(8, 11)], []),
    ],
)
def test_recordings_on_which_more_is_measured_are_a_stretch_of_whole_blocks(
    edge: int, before: list[range], after: list[range]
) -> None:
    missing = [range(0, 6), range(8, 11)]
    first, second = stretches_of(0, "imn", missing, block=2, edge=edge)
    assert (first.missing, second.missing) == (before, after)
