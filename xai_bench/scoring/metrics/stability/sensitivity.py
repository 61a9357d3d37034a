"""Stability: how far an explanation moves when noise in millivolt is added to the recording."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case
from xai_bench.scoring.metrics.stability.noisy_recordings import (
    Noisy,
    OfNoise,
    norm,
    relative_change,
)

__all__ = ["AverageSensitivity", "LocalLipschitz", "MaxSensitivity"]


class _Sensitivity(OfNoise):
    """||a(x') - a(x)|| / ||a(x)|| (Yeh et al. 2019)."""

    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        return relative_change(case, noise, explained)


@final
class MaxSensitivity(_Sensitivity):
    """The largest relative change."""


@final
class AverageSensitivity(_Sensitivity):
    """The mean relative change."""

    def reduce(self, ratios: Float[Tensor, "record version"]) -> Float[Tensor, " record"]:
        return ratios.mean(dim=1)


@final
class LocalLipschitz(OfNoise):
    """max ||a(x') - a(x)|| / ||x' - x||, x in millivolt, each a scaled to max |a| = 1
    (Alvarez-Melis & Jaakkola 2018)."""

    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        a = case.attribution.flatten(1).unsqueeze(1)
        moved = (noise.millivolt - case.block.millivolt.unsqueeze(1)).flatten(2)
        return norm(_scaled(explained) - _scaled(a)) / norm(moved)


def _scaled(attribution: Float[Tensor, "*rows sample"]) -> Float[Tensor, "*rows sample"]:
    return attribution / attribution.abs().amax(dim=-1, keepdim=True)
