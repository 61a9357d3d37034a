"""Controls made of another method: what a map of its kind scores if it says less, or the reverse.

Called METHOD@KIND, such as native@untrained; METHOD@25% has a share of the map moved elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.devices import fixed_order
from xai_bench.errors import UnknownNameError
from xai_bench.generators import integers, normal, permutations, seed_tensor
from xai_bench.methods.background import background, background_waves, no_background
from xai_bench.methods.base import Batch, Method
from xai_bench.methods.wrapping import Wrapping
from xai_bench.models import Model
from xai_bench.types import BASELINES

__all__ = [
    "DERIVED",
    "Another",
    "Blurred",
    "Derived",
    "Flipped",
    "Moved",
    "Noise",
    "Shifted",
]
__all__ += ["Unsigned", "Untrained", "derived"]

_SECONDS = 0.05
"""Standard deviation of a blur, and half of a shift: about what a QRS takes."""
_SHARE = re.compile(r"([1-9]\d?|100)%")


class Derived(Wrapping):
    """A control that needs the method it is compared with. Promises no sum."""

    kind: str
    about: str
    source: ClassVar[str] = "xaibench"
    control = True
    asks_what_was_learnt = True

    def __init__(self, base: Method) -> None:
        super().__init__(base, self.kind)
        self.summary = f"{base.name}, but {self.about}"
        self.cite = self.source
        self.asks_what_was_learnt &= base.asks_what_was_learnt

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if not self.base.explains_anew:
            return f"{self.name} would have to explain anew, and {self.base.name} was only given"
        return super().unsupported(model, evidence=evidence)


@final
class Untrained(Derived):
    """The same method on the net before training (Adebayo et al. 2018): what the recording and the
    architecture say without anything that was learnt.

    Each recording has random weights of its own, and its versions have the same: nets differ as
    recordings do, so that means over recordings are over nets, and their intervals too.
    """

    kind = "untrained"
    about = "of the net before training, another for each recording"
    source = "adebayo2018sanity"
    asks_what_was_learnt = False

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if model.new_net is None:
            return f"{self.name} needs a net to draw anew, and '{model.name}' was fitted elsewhere"
        return super().unsupported(model, evidence=evidence)

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        assert batch.recording_seeds is not None, "set wherever recordings are explained"
        rows_of: dict[int, list[int]] = {}
        for row, seed in enumerate(batch.recording_seeds.tolist()):
            rows_of.setdefault(seed, []).append(row)
        attribution = torch.empty_like(batch.z)
        for seed, rows in rows_of.items():
            places = torch.tensor(rows, device=batch.z.device)
            drawn = tuple(batch.seeds[row] for row in rows) if batch.seeds else ()
            some = batch.versions(places, batch.z[places], drawn)
            of_rows = self.base.attribute(model.before_training(seed), some)
            attribution[places] = of_rows.to(attribution.dtype)
        return attribution


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

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        return super().unsupported(model, evidence=evidence) or no_background(model) or None

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


@final
class Blurred(Derived):
    """The map of each lead, convolved with a Gaussian over time of sd 50 ms, the end joined to the
    beginning: sums stay, and details of a QRS go."""

    kind = "blurred"
    about = "blurred over time by 50 ms"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        attribution = self.base.attribute(model, batch)
        samples = attribution.shape[2]
        hz = torch.fft.rfftfreq(samples, 1 / model.rate_hz, device=attribution.device)
        passed = torch.exp(-2 * (torch.pi * hz.double() * _SECONDS).square())
        blurred: Tensor = torch.fft.irfft(torch.fft.rfft(attribution.double()) * passed, n=samples)
        return blurred.to(attribution.dtype)


@final
class Shifted(Derived):
    """The map, 100 ms later than it is; what leaves the end comes in at the beginning."""

    kind = "shifted"
    about = "100 ms late"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        late = round(2 * _SECONDS * model.rate_hz)
        return self.base.attribute(model, batch).roll(late, dims=2)


@final
class Unsigned(Derived):
    """|a|: sizes without signs. A metric that scores it as the map takes no notice of signs."""

    kind = "sign"
    about = "without its signs"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return self.base.attribute(model, batch).abs()


@final
class Moved(Derived):
    """The map, with so many percent of its mass, the sum of |a|, moved elsewhere.

    Samples are taken in random order, with what they have, until together they have that share; of
    the last a part is taken. Each is put down at a random place, on top of what is there: sums
    stay, and places are lost.
    """

    def __init__(self, base: Method, percent: int) -> None:
        self.percent = percent
        self.kind = f"{percent}%"
        self.about = f"with {percent} % of its mass moved elsewhere"
        super().__init__(base)

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        attribution = self.base.attribute(model, batch)
        values = attribution.flatten(1).double()
        seeds = seed_tensor(batch.seeds, values.device)
        count = values.shape[1]
        order = permutations(seeds, 1, count, stream=0).squeeze(1)
        of_order = values.gather(1, order)
        mass = of_order.abs()
        due = mass.sum(dim=1, keepdim=True) * self.percent / 100
        taken_before = mass.cumsum(dim=1) - mass
        part = ((due - taken_before) / mass).clamp(0, 1).where(mass > 0, 0)
        place = integers(seeds, (count,), count, stream=1)
        with fixed_order():
            left = values.scatter_add(1, order, -part * of_order)
            moved = left.scatter_add(1, place, part * of_order)
        return moved.view_as(attribution).to(attribution.dtype)


_KINDS: tuple[type[Derived], ...] = (
    *(Untrained, Flipped, Another, Noise),
    *(Blurred, Shifted, Unsigned),
)
DERIVED = {kind.kind: kind for kind in _KINDS}
"""What may follow a method and "@", beside shares: see `derived`."""


def derived(base: Method, kind: str) -> Derived:
    """The control `base`@`kind`: of a kind of DERIVED, or "N%", N from 1 to 100, see `Moved`.

    Raises UnknownNameError.
    """
    if share := _SHARE.fullmatch(kind):
        return Moved(base, int(share[1]))
    if kind not in DERIVED:
        known = [*DERIVED, "25%", *BASELINES]
        raise UnknownNameError("control made of a method, or baseline,", kind, known)
    return DERIVED[kind](base)
