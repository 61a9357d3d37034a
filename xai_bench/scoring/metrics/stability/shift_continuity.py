"""Continuity: an explanation should move with the recording when that is shifted in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Shaped
from torch import Tensor

from xai_bench.data.distort import shifted
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.metrics.stability.noise_stability import norm

__all__ = ["ShiftContinuity"]


@final
@dataclass(frozen=True, kw_only=True)
class ShiftContinuity(Scorer):
    """Mean over shifts s of ||a(x_s)[t + s] - a(x)[t]|| / ||a(x)||, over the samples t that both
    have (after Montavon et al. 2018). x_s[t] = x[t - s], in millivolt."""

    milliseconds: Sequence[float]
    """The shifts, each of them forth and back."""

    def score(self, case: Case) -> Scores:
        block, a = case.block, case.attribution
        rate, length = block.model.rate_hz, a.shape[-1]
        forth = [round(shift * rate / 1000) for shift in self.milliseconds]
        shifts = [*forth, *(-shift for shift in forth)]
        key, evidence = f"shifts {shifts}", block.batch.evidence
        millivolt = _all_shifted(block.millivolt, shifts)
        moved = block.explain(
            case.method,
            key,
            block.model.normalise(millivolt.flatten(0, 1)).unflatten(0, millivolt.shape[:2]),
            None if evidence is None else _all_shifted(evidence, shifts),
        )
        changes = []
        for shift, explained in zip(shifts, moved.unbind(dim=1), strict=True):
            first, end = max(0, -shift), length - max(0, shift)
            here = a[..., first:end].flatten(1)
            there = explained[..., first + shift : end + shift].flatten(1)
            changes.append(norm(there - here) / norm(here))
        undefined = "an attribution is not finite, or zero wherever a shifted recording goes on"
        return scored(torch.stack(changes).mean(dim=0), undefined)


def _all_shifted(
    values: Shaped[Tensor, "record lead time"], shifts: Sequence[int]
) -> Shaped[Tensor, "record shift lead time"]:
    return torch.stack([shifted(values, shift) for shift in shifts], dim=1)
