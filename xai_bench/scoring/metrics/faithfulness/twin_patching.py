"""Twin patching: what the model says when parts of a recording become those of its healthy twin."""

from __future__ import annotations

from typing import final

import torch

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks
from xai_bench.scoring.metrics.localisation import evidence_of

__all__ = ["TwinPatching"]


@final
class TwinPatching(Scorer):
    """m(z) - m(z with the K samples of the largest a taken from the healthy twin).

    K is the number of samples of evidence, so that the evidence itself (the control oracle) shows
    what a perfect choice of as many samples does. The patched recording lies between two recordings
    that exist, where a baseline would make one that no heart can. Only a class of disease can be
    patched away.
    """

    def score(self, case: Case) -> Scores:
        block, twin = case.block, case.block.batch.twin
        if twin is None or block.batch.evidence is None:
            raise Unscorable("this dataset has no healthy twins")
        size = block.batch.evidence.sum(dim=(1, 2))
        patched = torch.where(falling_ranks(case) < size[:, None, None], twin, block.z)
        fall = block.log_odds() - block.forward(patched, block.batch.target)

        def one(row: int) -> float:
            evidence_of(block, row)
            if int(block.batch.target[row]) == 0:
                raise Unscorable("the explained class is the healthy one")
            return float(fall[row])

        return one_by_one(len(block), one)
