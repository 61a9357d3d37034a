"""Twin patching: what the model says when parts of a recording become those of its healthy twin."""

from __future__ import annotations

from typing import final

import torch

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, scored
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks
from xai_bench.scoring.metrics.localisation import NO_EVIDENCE

__all__ = ["TwinPatching"]


@final
class TwinPatching(Scorer):
    """m(z) - m(z with the K samples of the largest a taken from the healthy twin).

    K is the number of samples of evidence, so that the evidence itself (the control oracle) shows
    what as many planted samples do. That is no ceiling: a net may read others more. The patched
    recording lies between two recordings that exist, where a baseline would make one that no heart
    can. Only a class of disease can be patched away.
    """

    def score(self, case: Case) -> Scores:
        block, twin = case.block, case.block.batch.twin
        if twin is None or block.batch.evidence is None:
            raise Unscorable("this dataset has no healthy twins")
        size = block.batch.evidence.sum(dim=(1, 2))
        patched = torch.where(falling_ranks(case) < size[:, None, None], twin, block.z)
        fall = block.log_odds() - block.forward(patched, block.batch.target)

        return scored(
            fall,
            failed=(
                (~block.batch.evidence.any(dim=(1, 2)), NO_EVIDENCE),
                (block.batch.target == 0, "the explained class is the healthy one"),
            ),
        )
