"""Controls made of another method: what a map of its kind scores if it says less, or the reverse.

Called METHOD@KIND, such as native@untrained.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.generators import integers, normal, seed_tensor
from xai_bench.methods.background import background, background_waves
from xai_bench.methods.base import Batch, Method
from xai_bench.models import Model

__all__ = ["DERIVED", "UNTRAINED", "Another", "Derived", "Flipped", "Noise", "Untrained"]
__all__ += ["UntrainedSecond", "UntrainedThird"]


class Derived(Method):
    """A control that needs the method it is compared with. Promises no sum."""

    kind: ClassVar[str]
    about: ClassVar[str]
    source: ClassVar[str] = "xaibench"
    control = True

    def __init__(self, base: Method) -> None:
        self.base = base
        self.name = f"{base.name}@{self.kind}"
        self.summary = f"{base.name}, but {self.about}"
        self.cite = self.source
        self.needs = base.needs
        self.passes = base.passes
        self.reads_layers = base.reads_layers

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if not self.base.explains_anew:
            return f"{self.name} would have to explain anew, and {self.base.name} was only given"
        return self.base.unsupported(model, evidence=evidence)

    def remark(self, model: Model) -> str:
        return self.base.remark(model)


class _OfUntrained(Derived):
    """The same method on the net before training (Adebayo et al. 2018): what the recording and the
    architecture say without anything that was learnt."""

    source = "adebayo2018sanity"
    draw: ClassVar[int]
    """Which of the nets before training, see `Model.before_training`."""

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return self.base.attribute(model.before_training(self.draw), batch)


@final
class Untrained(_OfUntrained):
    kind = "untrained"
    about = "of the net before training"
    draw = 0


@final
class UntrainedSecond(_OfUntrained):
    """What one draw of the weights says need not hold of the next."""

    kind = "untrained-2"
    about = "of a second net before training"
    draw = 1


@final
class UntrainedThird(_OfUntrained):
    kind = "untrained-3"
    about = "of a third net before training"
    draw = 2


@final
class Flipped(Derived):
    """-a: it speaks for what the method speaks against. A metric that cannot tell the two apart
    takes no notice of signs."""

    kind = "flipped"
    about = "with its sign turned"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return -self.base.attribute(model, batch)


@final
class Another(Derived):
    """The same method's map of another recording, for the same target: all that maps of a model
    have in common, such as leads it prefers. The other is drawn from the background."""

    kind = "another"
    about = "of another recording"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        others = background(model)
        drawn = integers(seed_tensor(batch.seeds, others.device), (), len(others))
        of_another = replace(
            batch, z=others[drawn], find_waves=lambda: background_waves(model)[drawn]
        )
        return self.base.attribute(model, of_another)


@final
class Noise(Derived):
    """Gaussian noise with the autocorrelation over time that the method's map has on average over
    leads: as smooth as the map, and about nothing.

    The spectrum of white noise times the root of the mean power spectrum of the map's leads
    (surrogates after Theiler et al. 1992). Leads are independent and equally strong.
    """

    kind = "noise"
    about = "replaced by noise that is as smooth"
    source = "theiler1992surrogate"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        attribution = self.base.attribute(model, batch)
        power = torch.fft.rfft(attribution.double()).abs().square().mean(dim=1, keepdim=True)
        drawn = normal(seed_tensor(batch.seeds, attribution.device), attribution.shape[1:])
        white = torch.fft.rfft(drawn.double())
        samples = attribution.shape[2]
        noise: Tensor = torch.fft.irfft(white * (power / samples).sqrt(), n=samples)
        return noise.to(attribution.dtype)


_OF_UNTRAINED: tuple[type[_OfUntrained], ...] = (Untrained, UntrainedSecond, UntrainedThird)
UNTRAINED = tuple(kind.kind for kind in _OF_UNTRAINED)
_KINDS: tuple[type[Derived], ...] = (*_OF_UNTRAINED, Flipped, Another, Noise)
DERIVED = {kind.kind: kind for kind in _KINDS}
"""What may follow a method and "@"."""
