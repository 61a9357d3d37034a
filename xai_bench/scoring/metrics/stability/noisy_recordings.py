"""Noisy recordings, in millivolt, and the base of metrics that explain them again."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.data.distort import add_white_noise
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block

__all__ = ["Noisy", "OfNoise", "noisy", "norm", "relative_change"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Noisy:
    """Noisy versions of the recordings of a block, the same for all metrics and methods."""

    key: str
    millivolt: Float[Tensor, "record version lead time"]
    z: Float[Tensor, "record version lead time"]

    def log_odds(self, block: Block) -> Float[Tensor, "record version"]:
        """m of the noisy recordings, float64."""

        def make() -> Float[Tensor, "record version"]:
            return block.versions(self.z.shape[1], lambda i, k: self.z[:, i:k])

        return block.keep(("noisy log-odds", self.key), make)

    def representation(self, block: Block) -> Float[Tensor, "record version feature"]:
        """What the last layer reads of the noisy recordings."""

        def make() -> Float[Tensor, "record version feature"]:
            found: Tensor = block.forward.representation(self.z.flatten(0, 1))
            return found.reshape(*self.z.shape[:2], -1)

        return block.keep(("noisy representation", self.key), make)

    def explained(self, case: Case) -> Float[Tensor, "record version lead time"]:
        """The method's attributions of the noisy recordings."""
        return case.block.explain(case.method, self.key, self.z)


def noisy(block: Block, *, versions: int, snr_db: float) -> Noisy:
    """The block's noisy recordings, made once."""
    key = f"{versions} at {snr_db:g} dB"

    def make() -> Noisy:
        drawn = []
        for seed, one in zip(block.draw("noise"), block.millivolt.cpu().numpy(), strict=True):
            normal = np.random.RandomState(seed % 2**32).standard_normal
            same = np.broadcast_to(one, (versions, *one.shape))
            drawn.append(add_white_noise(same, snr_db, normal))
        millivolt = torch.from_numpy(np.stack(drawn)).to(block.z.device)
        z = block.model.normalise(millivolt.flatten(0, 1)).unflatten(0, millivolt.shape[:2])
        return Noisy(key=key, millivolt=millivolt, z=z)

    return block.keep(("noisy", key), make)


class OfNoise(Scorer):
    """A number of how attributions of noisy recordings differ from that of the recording.

    versions: noisy recordings; snr_db: signal-to-noise ratio of their white noise.
    """

    undefined: ClassVar[str] = "the attribution of a noisy recording is not finite"

    def __init__(self, *, versions: int, snr_db: float) -> None:
        self._versions, self._snr_db = versions, snr_db

    def score(self, case: Case) -> Scores:
        noise = noisy(case.block, versions=self._versions, snr_db=self._snr_db)
        ratios = self.ratios(case, noise, noise.explained(case).flatten(2))
        return scored(self.reduce(ratios), self.undefined)

    @abstractmethod
    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        """The change for each noisy version."""

    def reduce(self, ratios: Float[Tensor, "record version"]) -> Float[Tensor, " record"]:
        """The largest change; what Quantus takes in most of its metrics."""
        return ratios.max(dim=1).values


def relative_change(
    case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
) -> Float[Tensor, "record version"]:
    """||a(x') - a(x)|| / ||a(x)||."""

    def make() -> Float[Tensor, "record version"]:
        a = case.attribution.flatten(1).unsqueeze(1)
        return norm(explained - a) / norm(a)

    return case.keep(("relative change", noise.key), make)


def norm(difference: Float[Tensor, "*rows sample"]) -> Float[Tensor, "*rows"]:
    """Euclidean, float64."""
    length: Tensor = difference.double().norm(dim=-1)
    return length
