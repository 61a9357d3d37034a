"""Stability: how far an explanation moves when noise in millivolt is added to the recording."""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.base import Case, Scorer, Scores, scored
from xai_bench.scoring.block import Block
from xai_bench.scoring.noise import add_white_noise

__all__ = [
    "AverageSensitivity",
    "LocalLipschitz",
    "MaxSensitivity",
    "Noisy",
    "RelativeOutputStabilityQuantus",
    "noisy",
]


@final
class Noisy:
    """Noisy versions of the recordings of a block, the same for all metrics and methods."""

    def __init__(self, block: Block, *, versions: int, snr_db: float) -> None:
        self._block, self.key = block, f"{versions} at {snr_db:g} dB"
        drawn = []
        for seed, one in zip(block.draw("noise"), block.millivolt.cpu().numpy(), strict=True):
            normal = np.random.RandomState(seed % 2**32).standard_normal
            flat = one.reshape(1, -1)
            noises = [add_white_noise(flat, snr_db, normal) for _ in range(versions)]
            drawn.append(np.stack(noises).reshape(versions, *one.shape))
        self.millivolt: Float[Tensor, "record version lead time"]
        self.millivolt = torch.from_numpy(np.stack(drawn)).to(block.z.device)
        flat_z = block.model.normalise(self.millivolt.flatten(0, 1))
        self.z: Float[Tensor, "record version lead time"]
        self.z = flat_z.unflatten(0, self.millivolt.shape[:2])

    def log_odds(self) -> Float[Tensor, "record version"]:
        """m of the noisy recordings."""

        def make() -> Float[Tensor, "record version"]:
            return self._block.versions(self.z.shape[1], lambda i, k: self.z[:, i:k])

        return self._block.keep(("noisy log-odds", self.key), make)

    def explained(self, case: Case) -> Float[Tensor, "record version lead time"]:
        """The method's attributions of the noisy recordings."""
        return self._block.explain(case.method, self.key, self.z)


def noisy(block: Block, *, versions: int, snr_db: float) -> Noisy:
    """The block's noisy recordings, made once."""
    return block.keep(
        ("noisy", versions, snr_db), lambda: Noisy(block, versions=versions, snr_db=snr_db)
    )


class _OfNoise(Scorer):
    """A number of how attributions of noisy recordings differ from that of the recording.

    versions: noisy recordings; snr_db: signal-to-noise ratio of their white noise.
    """

    def __init__(self, *, versions: int, snr_db: float) -> None:
        self._versions, self._snr_db = versions, snr_db

    def score(self, case: Case) -> Scores:
        noise = noisy(case.block, versions=self._versions, snr_db=self._snr_db)
        ratios = self.ratios(case, noise, noise.explained(case).flatten(2))
        return scored(self.reduce(ratios), "the attribution of a noisy recording is not finite")

    @abstractmethod
    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        """The change for each noisy version."""

    def reduce(self, ratios: Float[Tensor, "record version"]) -> Float[Tensor, " record"]:
        """The largest change; what Quantus takes in most of its metrics."""
        return ratios.max(dim=1).values


class _Sensitivity(_OfNoise):
    """||a(x') - a(x)|| / ||a(x)|| (Yeh et al. 2019)."""

    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        def make() -> Float[Tensor, "record version"]:
            a = case.attribution.flatten(1).unsqueeze(1)
            return _norm(explained - a) / _norm(a)

        return case.keep(("sensitivity", noise.key), make)


@final
class MaxSensitivity(_Sensitivity):
    """The largest relative change."""


@final
class AverageSensitivity(_Sensitivity):
    """The mean relative change."""

    def reduce(self, ratios: Float[Tensor, "record version"]) -> Float[Tensor, " record"]:
        return ratios.mean(dim=1)


@final
class LocalLipschitz(_OfNoise):
    """max ||a(x') - a(x)|| / ||x' - x||, x in millivolt, each a scaled to max |a| = 1
    (Alvarez-Melis & Jaakkola 2018)."""

    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        a = case.attribution.flatten(1).unsqueeze(1)
        moved = (noise.millivolt - case.block.millivolt.unsqueeze(1)).flatten(2)
        return _norm(_scaled(explained) - _scaled(a)) / _norm(moved)


@final
class RelativeOutputStabilityQuantus(_OfNoise):
    """log10 max ||(a(x) - a(x')) / a(x)|| / |m(x) - m(x')|, the ratio sample by sample, as Quantus
    0.6 computes it (Agarwal et al. 2022).

    least: stands for a sample or a change that is exactly 0.
    """

    def __init__(self, *, versions: int, snr_db: float, least: float) -> None:
        super().__init__(versions=versions, snr_db=snr_db)
        self._least = least

    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        a = case.attribution.flatten(1).unsqueeze(1)
        change = _norm((a - explained) / a.where(a != 0, self._least))
        moved = (case.block.log_odds().unsqueeze(1) - noise.log_odds()).abs()
        return change / moved.where(moved != 0, self._least)

    def reduce(self, ratios: Float[Tensor, "record version"]) -> Float[Tensor, " record"]:
        return ratios.max(dim=1).values.log10()


def _norm(difference: Float[Tensor, "*rows sample"]) -> Float[Tensor, "*rows"]:
    length: Tensor = difference.double().norm(dim=-1)
    return length


def _scaled(attribution: Float[Tensor, "*rows sample"]) -> Float[Tensor, "*rows sample"]:
    return attribution / attribution.abs().amax(dim=-1, keepdim=True)
