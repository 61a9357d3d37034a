"""How a map agrees with the truth, recording by recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.stats.correlation import spearman

__all__ = ["Agreement", "agreement", "share_of_lead"]

Parts = Float[Tensor, "record part"]
PerRecord = Float[Tensor, " record"]

_SAME = "map or truth is the same everywhere"
_ZERO = "map or truth is zero everywhere"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """One measure of each recording."""

    measure: str
    scores: PerRecord
    """NaN where it is not defined."""
    reason: str
    """Why it is not, where nothing else is known to be wrong."""


def agreement(found: Parts, truth: Parts, amplitude: Parts) -> list[Agreement]:
    """All of MEASURES, of a map, of the truth, and of |z|, summed over the same parts."""
    found, truth, amplitude = found.double(), truth.double(), amplitude.double()
    sizes, true_sizes = found.abs(), truth.abs()
    overlap = _overlap(sizes, true_sizes)
    agrees = (found.sign() == truth.sign()) & (truth != 0)
    is_zero = truth == 0
    outside = _shares(sizes).where(is_zero, 0).sum(dim=1)
    norms = found.norm(dim=1) * truth.norm(dim=1)
    return [
        Agreement("cosine", _over((found * truth).sum(dim=1), norms), _ZERO),
        Agreement("rank", spearman(found, truth), _SAME),
        Agreement("size_rank", spearman(sizes, true_sizes), _SAME),
        Agreement("mass", overlap, _ZERO),
        Agreement(
            "sign",
            (_shares(true_sizes) * agrees).sum(dim=1).where(sizes.any(dim=1), torch.nan),
            _ZERO,
        ),
        Agreement(
            "outside",
            outside.where(is_zero.any(dim=1) & ~is_zero.all(dim=1), torch.nan),
            "the truth is zero nowhere",
        ),
        Agreement("size", _over(sizes.sum(dim=1), true_sizes.sum(dim=1)), _ZERO),
        Agreement("above_amplitude", overlap - _overlap(amplitude, true_sizes), _ZERO),
    ]


def share_of_lead(
    found: Float[Tensor, "record lead time"], truth: Float[Tensor, "record lead time"], lead: int
) -> list[Agreement]:
    """What one lead has of the size of a map, and by how much that is more than the truth has."""
    share, true_share = (_shares(one.double().abs().sum(dim=2))[:, lead] for one in (found, truth))
    return [
        Agreement("shortcut", share, _ZERO),
        Agreement("shortcut_excess", share - true_share, _ZERO),
    ]


def _overlap(sizes: Parts, others: Parts) -> PerRecord:
    """1 where both are distributed alike, 0 where they share no part."""
    return torch.minimum(_shares(sizes), _shares(others)).sum(dim=1)


def _shares(sizes: Parts) -> Parts:
    """NaN of a recording where nothing has a size."""
    return _over(sizes, sizes.sum(dim=1, keepdim=True))


def _over(above: Tensor, below: Tensor) -> Tensor:
    return torch.where(below > 0, above / below, torch.nan)
