"""Relative stability: how far an explanation moves for what the noise does to the model.

Agarwal et al. 2022. The three metrics differ in what the change of the attribution is relative to:
that of the recording, of the log-odds or of the representation.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, final

from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.engine.base import Case
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.metrics.stability.noisy_recordings import (
    Noisy,
    OfNoise,
    norm,
    relative_change,
)

__all__ = [
    "RelativeInputStability",
    "RelativeInputStabilityQuantus",
    "RelativeOutputStability",
    "RelativeOutputStabilityQuantus",
    "RelativeRepresentationStability",
]


class _Relative(OfNoise):
    """log10 max (change of the attribution / change of something else)."""

    undefined: ClassVar[str] = (
        "with noise, the attribution or what its change is relative to does not change, "
        "or is not finite"
    )

    def ratios(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        return self.change(case, noise, explained) / self.moved(case.block, noise)

    def change(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        """Of the attribution: ||a(x') - a(x)|| / ||a(x)||."""
        return relative_change(case, noise, explained)

    @abstractmethod
    def moved(self, block: Block, noise: Noisy) -> Float[Tensor, "record version"]:
        """Of what it is relative to."""

    def reduce(self, ratios: Float[Tensor, "record version"]) -> Float[Tensor, " record"]:
        return super().reduce(ratios).log10()


@final
class RelativeInputStability(_Relative):
    """Relative to ||x' - x|| / ||x||, x in millivolt from each lead's mean: an offset, which
    z-scoring removes, must not make a recording look large."""

    def moved(self, block: Block, noise: Noisy) -> Float[Tensor, "record version"]:
        x = block.millivolt - block.millivolt.mean(dim=-1, keepdim=True)
        added = noise.millivolt - block.millivolt.unsqueeze(1)
        return norm(added.flatten(2)) / norm(x.flatten(1)).unsqueeze(1)


@final
class RelativeOutputStability(_Relative):
    """Relative to the root mean square of m(x') - m(x) over the noisy recordings.

    Not to |m(x') - m(x)| of each, which is near 0 by chance for one of several: the maximum would
    be a matter of that draw. Nor divided by |m(x)|: log-odds are differences already, and 0 is
    only where the model does not know.
    """

    def moved(self, block: Block, noise: Noisy) -> Float[Tensor, "record version"]:
        moved = noise.log_odds(block) - block.log_odds().unsqueeze(1)
        return moved.square().mean(dim=1, keepdim=True).sqrt()


@final
class RelativeRepresentationStability(_Relative):
    """Relative to ||h(x') - h(x)|| / ||h(x)||, h what the net's last layer reads."""

    def moved(self, block: Block, noise: Noisy) -> Float[Tensor, "record version"]:
        h = block.keep("representation", lambda: block.forward.representation(block.z)).unsqueeze(1)
        return norm(noise.representation(block) - h) / norm(h)


class _ElementWise(_Relative):
    """As Quantus 0.6 computes it: the ratio of the attributions sample by sample.

    least: stands for a sample or a change that is exactly 0.
    """

    def __init__(self, *, versions: int, snr_db: float, least: float) -> None:
        super().__init__(versions=versions, snr_db=snr_db)
        self.least = least

    def change(
        self, case: Case, noise: Noisy, explained: Float[Tensor, "record version sample"]
    ) -> Float[Tensor, "record version"]:
        """Of the attribution: ||(a(x) - a(x')) / a(x)||."""

        def make() -> Float[Tensor, "record version"]:
            a = case.attribution.flatten(1).unsqueeze(1)
            return norm((a - explained) / self.not_zero(a))

        return case.keep(("element-wise change", noise.key, self.least), make)

    def not_zero(self, values: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return values.where(values != 0, self.least)


@final
class RelativeInputStabilityQuantus(_ElementWise):
    """Relative to ||(x - x') / x||, in millivolt."""

    def moved(self, block: Block, noise: Noisy) -> Float[Tensor, "record version"]:
        x = block.millivolt.unsqueeze(1)
        return self.not_zero(norm(((x - noise.millivolt) / self.not_zero(x)).flatten(2)))


@final
class RelativeOutputStabilityQuantus(_ElementWise):
    """Relative to |m(x) - m(x')|."""

    def moved(self, block: Block, noise: Noisy) -> Float[Tensor, "record version"]:
        return self.not_zero((block.log_odds().unsqueeze(1) - noise.log_odds(block)).abs())
