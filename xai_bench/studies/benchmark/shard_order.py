"""Which recordings of which model are scored next, and how long all that is left will take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

__all__ = ["Scorable", "Shard", "ShardOrder"]

_SHARD_S = 20.0
"""Of one shard: what an interruption may lose, and long beside what it takes to hand one out."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Some recordings of one model, scored by one worker."""

    of: int
    """Which of the models."""
    model: str
    rows: range

    def __str__(self) -> str:
        return f"{self.model}, recordings {self.rows.start + 1} to {self.rows.stop}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scorable:
    """A model's recordings that have no scores yet."""

    model: str
    missing: Sequence[range]
    block: int
    """Recordings that are scored together; a shard is some blocks."""


@final
class ShardOrder:
    """First one block of each model, which says how long a block of it takes; then all the rest,
    model by model, in shards that take less than half a minute and become fewer blocks towards the
    end, so that all workers end together.
    """

    def __init__(self, work: Sequence[Scorable], workers: int) -> None:
        self._work, self._workers = work, workers
        self._left = [list(one.missing) for one in work]
        self._blocks_left = [
            sum(-(-len(rows) // one.block) for rows in one.missing) for one in work
        ]
        self._of_a_block: dict[int, float] = {}
        """Seconds, by model."""

    def first(self) -> Iterator[Shard]:
        for of, left in enumerate(self._left):
            if left:
                yield self._take(of, 1)

    def rest(self) -> Iterator[Shard]:
        for of, left in enumerate(self._left):
            while left:
                yield self._take(of, self._blocks_of_a_shard(of))

    def took(self, shard: Shard, seconds: float) -> None:
        """A shard is done, after so long."""
        blocks = -(-len(shard.rows) // self._work[shard.of].block)
        self._blocks_left[shard.of] -= blocks
        self._of_a_block[shard.of] = seconds / blocks

    def is_done(self, of: int) -> bool:
        """Whether all shards of a model are."""
        return self._blocks_left[of] == 0

    @property
    def seconds_left(self) -> float | None:
        """Until all is done; None until a block of each model was."""
        if any(left and of not in self._of_a_block for of, left in enumerate(self._blocks_left)):
            return None
        each = (left * self._of_a_block.get(of, 0.0) for of, left in enumerate(self._blocks_left))
        return sum(each) / self._workers

    def _blocks_of_a_shard(self, of: int) -> int:
        fair = self._blocks_left[of] // (2 * self._workers)
        a_block = self._of_a_block.get(of)
        short = 1 if a_block is None else int(_SHARD_S / max(a_block, 1e-3))
        return max(1, min(fair, short))

    def _take(self, of: int, blocks: int) -> Shard:
        rows = self._left[of].pop(0)
        stop = min(rows.start + blocks * self._work[of].block, rows.stop)
        if stop < rows.stop:
            self._left[of].insert(0, range(stop, rows.stop))
        return Shard(of=of, model=self._work[of].model, rows=range(rows.start, stop))
