"""How far an explanation moves when noise in millivolt is added to the recording.

The relative stabilities (Agarwal et al. 2022) differ in what the change of the attribution is
relative to: that of the recording, of the log-odds or of the representation.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.data.distort import add_white_noise
from xai_bench.generators import normal, seeds_of_numpy
from xai_bench.scoring.engine.base import Case, Scorer, Scores, scored
from xai_bench.scoring.engine.block import Block

__all__ = ["AverageSensitivity", "LocalLipschitz", "MaxSensitivity", "RelativeInputStability"]
__all__ += ["RelativeInputStabilityQuantus", "RelativeOutputStability"]
__all__ += ["RelativeOutputStabilityQuantus", "RelativeRepresentationStability", "norm"]

Changes = Float[Tensor, "record version"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Noisy:
    """Noisy versions of the recordings of a block, the same for all metrics and methods."""

    key: str
    millivolt: Float[Tensor, "record version lead time"]
    z: Float[Tensor, "record version lead time"]

    def log_odds(self, block: Block) -> Changes:
        """m of the noisy recordings, float64."""
        return block.memo(
            ("noisy log-odds", self.key),
            lambda: block.versions(self.z.shape[1], lambda k: self.z[:, k]),
        )

    def representation(self, block: Block) -> Float[Tensor, "record version feature"]:
        """What the last layer reads of the noisy recordings."""
        return block.memo(
            ("noisy representation", self.key),
            lambda: block.forward.representation(self.z.flatten(0, 1)).reshape(
                *self.z.shape[:2], -1
            ),
        )

    def explained(self, case: Case) -> Float[Tensor, "record version sample"]:
        """The method's attributions of the noisy recordings."""
        return case.block.explain(case.method, self.key, self.z).flatten(2)


@dataclass(frozen=True, kw_only=True)
class _OfNoise(Scorer):
    """A number of how attributions of noisy recordings differ from that of the recording."""

    versions: int
    """Noisy recordings."""
    snr_db: float
    """Signal-to-noise ratio of their white noise."""

    undefined: ClassVar[str] = "the attribution of a noisy recording is not finite"

    def score(self, case: Case) -> Scores:
        changes = self.changes(case, self.noisy(case.block, self.versions))
        return scored(self.reduce(changes), self.undefined)

    def changes(self, case: Case, noise: Noisy) -> Changes:
        """The change for each noisy version."""
        return self.of_attribution(case, noise)

    def of_attribution(self, case: Case, noise: Noisy) -> Changes:
        """||a(x') - a(x)|| / ||a(x)|| (Yeh et al. 2019)."""

        def make() -> Changes:
            a = case.attribution.flatten(1).unsqueeze(1)
            return norm(noise.explained(case) - a) / norm(a)

        return case.memo(("relative change", noise.key), make)

    def reduce(self, changes: Changes) -> Float[Tensor, " record"]:
        """The largest change; what Quantus takes in most of its metrics."""
        return changes.max(dim=1).values

    def noisy(self, block: Block, versions: int) -> Noisy:
        """Noisy versions of the recordings; the first of more are the same."""
        key = f"{versions} at {self.snr_db:g} dB"

        def make() -> Noisy:
            seeds: Int64[Tensor, "record version"] = block.draw_as_quantus(
                "noise", lambda state: seeds_of_numpy(state, versions)
            )
            drawn = normal(seeds.flatten(), block.millivolt.shape[1:]).unflatten(0, seeds.shape)
            millivolt = add_white_noise(block.millivolt.unsqueeze(1), drawn, self.snr_db)
            z = block.model.normalise(millivolt.flatten(0, 1)).unflatten(0, millivolt.shape[:2])
            return Noisy(key=key, millivolt=millivolt, z=z)

        return block.memo(("noisy", key), make)


@final
class MaxSensitivity(_OfNoise):
    """The largest relative change of the attribution."""


@final
class AverageSensitivity(_OfNoise):
    """The mean relative change of the attribution."""

    def reduce(self, changes: Changes) -> Float[Tensor, " record"]:
        return changes.mean(dim=1)


@final
class LocalLipschitz(_OfNoise):
    """max ||a(x') - a(x)|| / ||x' - x||, x in millivolt, each a scaled to max |a| = 1
    (Alvarez-Melis & Jaakkola 2018)."""

    def changes(self, case: Case, noise: Noisy) -> Changes:
        a = case.attribution.flatten(1).unsqueeze(1)
        moved = (noise.millivolt - case.block.millivolt.unsqueeze(1)).flatten(2)
        return norm(_scaled(noise.explained(case)) - _scaled(a)) / norm(moved)


class _Relative(_OfNoise):
    """log10 max (change of the attribution / change of something else)."""

    undefined: ClassVar[str] = (
        "with noise, the attribution or what its change is relative to does not change, "
        "or is not finite"
    )

    def changes(self, case: Case, noise: Noisy) -> Changes:
        return self.of_attribution(case, noise) / self.relative_to(case.block, noise)

    @abstractmethod
    def relative_to(self, block: Block, noise: Noisy) -> Changes:
        """The change of something else."""

    def reduce(self, changes: Changes) -> Float[Tensor, " record"]:
        return super().reduce(changes).log10()


@final
class RelativeInputStability(_Relative):
    """Relative to ||x' - x|| / ||x||, x in millivolt from each lead's mean: an offset, which
    z-scoring removes, must not make a recording look large."""

    def relative_to(self, block: Block, noise: Noisy) -> Changes:
        x = block.millivolt - block.millivolt.mean(dim=-1, keepdim=True)
        added = noise.millivolt - block.millivolt.unsqueeze(1)
        return norm(added.flatten(2)) / norm(x.flatten(1)).unsqueeze(1)


@final
@dataclass(frozen=True, kw_only=True)
class RelativeOutputStability(_Relative):
    """Relative to the root mean square of m(x') - m(x) over the noisy recordings.

    Not to |m(x') - m(x)| of each, which is near 0 by chance for one of several: the maximum would
    be a matter of that draw. Nor divided by |m(x)|: log-odds are differences already, and 0 is
    only where the model does not know.
    """

    outputs: int
    """Noisy recordings for this mean, which takes no explanation of them."""

    def relative_to(self, block: Block, noise: Noisy) -> Changes:
        m = self.noisy(block, self.outputs).log_odds(block)
        moved = m - block.log_odds().unsqueeze(1)
        return moved.square().mean(dim=1, keepdim=True).sqrt()


@final
class RelativeRepresentationStability(_Relative):
    """Relative to ||h(x') - h(x)|| / ||h(x)||, h what the net's last layer reads."""

    def relative_to(self, block: Block, noise: Noisy) -> Changes:
        h = block.memo("representation", lambda: block.forward.representation(block.z)).unsqueeze(1)
        return norm(noise.representation(block) - h) / norm(h)


@dataclass(frozen=True, kw_only=True)
class _ElementWise(_Relative):
    """As Quantus 0.6 computes it: the ratio of the attributions sample by sample."""

    least: float
    """Stands for a sample or a change that is exactly 0."""

    def of_attribution(self, case: Case, noise: Noisy) -> Changes:
        """||(a(x) - a(x')) / a(x)||."""

        def make() -> Changes:
            a = case.attribution.flatten(1).unsqueeze(1)
            return norm((a - noise.explained(case)) / self.not_zero(a))

        return case.memo(("element-wise change", noise.key, self.least), make)

    def not_zero(self, values: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return values.where(values != 0, self.least)


@final
class RelativeInputStabilityQuantus(_ElementWise):
    """Relative to ||(x - x') / x||, in millivolt."""

    def relative_to(self, block: Block, noise: Noisy) -> Changes:
        x = block.millivolt.unsqueeze(1)
        return self.not_zero(norm(((x - noise.millivolt) / self.not_zero(x)).flatten(2)))


@final
class RelativeOutputStabilityQuantus(_ElementWise):
    """Relative to |m(x) - m(x')|."""

    def relative_to(self, block: Block, noise: Noisy) -> Changes:
        return self.not_zero((block.log_odds().unsqueeze(1) - noise.log_odds(block)).abs())


def _scaled(attribution: Float[Tensor, "*rows sample"]) -> Float[Tensor, "*rows sample"]:
    return attribution / attribution.abs().amax(dim=-1, keepdim=True)


def norm(difference: Float[Tensor, "*rows sample"]) -> Float[Tensor, "*rows"]:
    """Euclidean, float64."""
    length: Tensor = difference.double().norm(dim=-1)
    return length
