"""Runtime metrics: what one explanation of one recording costs."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, final

import torch

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.engine.cost import Cost, measure

__all__ = ["BackwardPasses", "ForwardPasses", "PeakMemory", "Seconds"]


class _OfCost(Scorer):
    """A number of the cost of one explanation, measured once for each recording, alone."""

    reads_attribution = False
    # Passes too: occlusion takes none where it computes again what a window changes, and no more.
    depends_on_machine = True
    part: ClassVar[str]
    """The attribute of Cost."""

    def score(self, case: Case) -> Scores:
        costs = case.memo("cost", lambda: [_cost(case, row) for row in range(len(case.block))])

        def one(row: int) -> float:
            value = getattr(costs[row], self.part)
            if value is None:
                raise Unscorable("peak memory cannot be measured on this system")
            return float(value)

        return one_by_one(len(costs), one)


def _cost(case: Case, row: int) -> Cost:
    block, rows = case.block, torch.tensor([row], device=case.block.z.device)
    seeds = (block.seeds(case.method.name)[row],)
    batch = block.batch.versions(rows, block.z[row : row + 1], seeds)
    explain = partial(case.method.attribute, block.model, batch)
    return measure(explain, block.model.net, block.model.device)


@final
class Seconds(_OfCost):
    """Wall-clock seconds, batch of one, after a warm-up."""

    part = "seconds"


@final
class ForwardPasses(_OfCost):
    """Forward passes of one recording through the net."""

    part = "forward"


@final
class BackwardPasses(_OfCost):
    """Backward passes of one recording through the net."""

    part = "backward"


@final
class PeakMemory(_OfCost):
    """Bytes above what was in use before: device memory on CUDA, resident memory on a CPU."""

    part = "peak_bytes"
