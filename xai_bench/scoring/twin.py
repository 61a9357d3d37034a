"""Twin patching: what the model says when parts of a recording become those of its healthy twin."""

from __future__ import annotations

from typing import final

import torch

from xai_bench.scoring.base import Case, Scorer, Unscorable

__all__ = ["TwinPatching"]


@final
class TwinPatching(Scorer):
    """m(z) - m(z with the K samples of the largest a taken from the healthy twin).

    K is the number of samples of evidence, so that the evidence itself (the control oracle) shows
    what a perfect choice of as many samples does. The patched recording lies between two recordings
    that exist, where a baseline would make one that no heart can. Only a class of disease can be
    patched away.
    """

    def score(self, case: Case) -> float:
        evidence, twin = case.evidence(), case.twin()
        case.check()
        if int(case.target) == 0:
            raise Unscorable("the explained class is the healthy one")
        attribution = case.attribution.to(twin.device)
        # Ties are broken by a seeded order: the oracle is 0 or 1, and nothing else.
        order = torch.Generator().manual_seed(case.draw("twin patching"))
        shuffled = torch.randperm(attribution.numel(), generator=order).to(twin.device)
        ranked = attribution.flatten()[shuffled].argsort(descending=True, stable=True)
        chosen = torch.zeros(attribution.numel(), dtype=torch.bool, device=twin.device)
        chosen[shuffled[ranked[: int(evidence.sum())]]] = True
        patched = torch.where(chosen.reshape(attribution.shape), twin, case.batch.z)
        with torch.inference_mode():
            before = case.model.log_odds(case.batch.z, case.target)
            after = case.model.log_odds(patched, case.target)
        return float(before - after)
