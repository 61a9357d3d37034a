"""Which recordings of which model are scored next, and how long all that is left will take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

__all__ = ["Shard", "ShardOrder", "Stretch", "stretches_of"]

_SHARD_S = 20.0
"""Of one shard: what an interruption may lose, and long beside what it takes to hand one out."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Recordings of a model that have no scores yet, and take equally long."""

    of: int
    """Which of the models."""
    model: str
    missing: Sequence[range]
    block: int
    """Recordings that are scored together; a shard is some blocks."""


def stretches_of(
    of: int, model: str, missing: Sequence[range], *, block: int, edge: int
) -> list[Stretch]:
    """What is missing of a model: among the recordings before `edge`, on which more is measured,
    to the end of their last block, and among the others."""
    edge = -(-edge // block) * block
    before = [range(rows.start, min(rows.stop, edge)) for rows in missing]
    after = [range(max(rows.start, edge), rows.stop) for rows in missing]
    return [
        Stretch(of=of, model=model, missing=[rows for rows in part if rows], block=block)
        for part in (before, after)
    ]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Some recordings of one model, scored by one worker."""

    of: int
    model: str
    rows: range
    stretch: int

    def __str__(self) -> str:
        return f"{self.model}, recordings {self.rows.start + 1} to {self.rows.stop}"


@final
class ShardOrder:
    """First one block of each stretch, which says how long a block of it takes; then all the rest,
    model by model, in shards that take less than half a minute and become fewer blocks towards the
    end, so that all workers end together.
    """

    def __init__(self, stretches: Sequence[Stretch], workers: int) -> None:
        self._stretches, self._workers = stretches, workers
        self._left = [list(one.missing) for one in stretches]
        self._blocks_left = [
            sum(-(-len(rows) // one.block) for rows in one.missing) for one in stretches
        ]
        self._of_a_block: dict[int, float] = {}
        """Seconds, by stretch."""

    def first(self) -> Iterator[Shard]:
        for stretch, left in enumerate(self._left):
            if left:
                yield self._take(stretch, 1)

    def rest(self) -> Iterator[Shard]:
        for stretch, left in enumerate(self._left):
            while left:
                yield self._take(stretch, self._blocks_of_a_shard(stretch))

    def took(self, shard: Shard, seconds: float) -> None:
        """A shard is done, after so long."""
        blocks = -(-len(shard.rows) // self._stretches[shard.stretch].block)
        self._blocks_left[shard.stretch] -= blocks
        self._of_a_block[shard.stretch] = seconds / blocks

    def is_done(self, of: int) -> bool:
        """Whether all shards of a model are."""
        pairs = zip(self._stretches, self._blocks_left, strict=True)
        return all(left == 0 for stretch, left in pairs if stretch.of == of)

    @property
    def seconds_left(self) -> float | None:
        """Until all is done; None until a block of each stretch was."""
        each = 0.0
        for stretch, left in enumerate(self._blocks_left):
            if left and stretch not in self._of_a_block:
                return None
            each += left * self._of_a_block.get(stretch, 0.0)
        return each / self._workers

    def _blocks_of_a_shard(self, stretch: int) -> int:
        fair = self._blocks_left[stretch] // (2 * self._workers)
        a_block = self._of_a_block.get(stretch)
        short = 1 if a_block is None else int(_SHARD_S / max(a_block, 1e-3))
        return max(1, min(fair, short))

    def _take(self, stretch: int, blocks: int) -> Shard:
        one, left = self._stretches[stretch], self._left[stretch]
        rows = left.pop(0)
        stop = min(rows.start + blocks * one.block, rows.stop)
        if stop < rows.stop:
            left.insert(0, range(stop, rows.stop))
        return Shard(of=one.of, model=one.model, rows=range(rows.start, stop), stretch=stretch)
