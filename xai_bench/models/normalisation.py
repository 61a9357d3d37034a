"""From millivolt to what a net reads: named steps of a card, or a user's own function."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.cards import (
    BandPassStep,
    ScaleStep,
    StandardiseStep,
    Step,
    ZScoreStep,
    read_steps,
)
from xai_bench.errors import InputError
from xai_bench.models.band_pass import band_pass
from xai_bench.nets.base import Batch
from xai_bench.types import LEADS

__all__ = [
    "BandPass",
    "FromFunction",
    "Normalisation",
    "Pipeline",
    "Scale",
    "Standardise",
    "Unchanged",
    "ZScore",
    "normalisation",
    "zscore",
]

_LEAST_SD = 1e-6  # mV; a lead that never moves becomes zero


def zscore(millivolt: Batch) -> Batch:
    """Each lead of each recording to mean 0 and standard deviation 1 (ddof 1, as the authors)."""
    centred = millivolt - millivolt.mean(dim=-1, keepdim=True)
    return centred / centred.std(dim=-1, keepdim=True).clamp_min(_LEAST_SD)


class Normalisation(ABC):
    """A differentiable map from millivolt (record, lead, time) to z of the same shape."""

    @abstractmethod
    def __call__(self, millivolt: Batch) -> Batch:
        """What the net reads."""

    @abstractmethod
    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        """A difference in millivolt in units of z, with the normalisation frozen at `millivolt`.

        z - rescale(difference, millivolt) is `millivolt - difference` as the net would read it if
        the normalisation did not look at it anew. Where the normalisation never looks at the
        recording (filters, fixed statistics, scales) that is what the net does read.
        """

    @abstractmethod
    def key(self) -> str | None:
        """The same for what is the same, wherever it runs; None where that cannot be known."""


@final
class ZScore(Normalisation):
    """Each lead of each recording to mean 0 and standard deviation 1: see `zscore`."""

    def __call__(self, millivolt: Batch) -> Batch:
        return zscore(millivolt)

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        return difference / millivolt.std(dim=-1, keepdim=True).clamp_min(_LEAST_SD)

    def key(self) -> str:
        return "zscore"


@final
class Unchanged(Normalisation):
    """The net reads millivolt."""

    def __call__(self, millivolt: Batch) -> Batch:
        return millivolt

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        return difference

    def key(self) -> str:
        return "none"


@final
class BandPass(Normalisation):
    """A Butterworth filter, forwards and backwards: see `band_pass`."""

    def __init__(self, *, order: int, low_hz: float, high_hz: float, rate_hz: float) -> None:
        self.order, self.low_hz, self.high_hz, self.rate_hz = order, low_hz, high_hz, rate_hz

    def __call__(self, millivolt: Batch) -> Batch:
        return band_pass(
            millivolt,
            order=self.order,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
            rate_hz=self.rate_hz,
        )

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        return self(difference)

    def key(self) -> str:
        return f"band-pass {self.order} {self.low_hz!r} {self.high_hz!r} {self.rate_hz!r}"


@final
class Standardise(Normalisation):
    """Each lead minus a fixed mean, over a fixed standard deviation: those of a training set."""

    def __init__(self, *, mean: Sequence[float], sd: Sequence[float]) -> None:
        self.mean, self.sd = tuple(map(float, mean)), tuple(map(float, sd))

    def __call__(self, millivolt: Batch) -> Batch:
        return (millivolt - _by_lead(self.mean, millivolt)) / _by_lead(self.sd, millivolt)

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        return difference / _by_lead(self.sd, difference)

    def key(self) -> str:
        return f"standardise {self.mean!r} {self.sd!r}"


def _by_lead(values: tuple[float, ...], like: Batch) -> Float[Tensor, "1 lead 1"]:
    return torch.tensor(values, dtype=like.dtype, device=like.device)[None, :, None]


@final
class Scale(Normalisation):
    """Another unit: millivolt times a factor."""

    def __init__(self, *, factor: float) -> None:
        self.factor = float(factor)

    def __call__(self, millivolt: Batch) -> Batch:
        return millivolt * self.factor

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        return difference * self.factor

    def key(self) -> str:
        return f"scale {self.factor!r}"


@final
class Pipeline(Normalisation):
    """Steps one after the other, each frozen at what reaches it."""

    def __init__(self, steps: Sequence[Normalisation]) -> None:
        self.steps = tuple(steps)

    def __call__(self, millivolt: Batch) -> Batch:
        for step in self.steps:
            millivolt = step(millivolt)
        return millivolt

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        for step in self.steps:
            difference, millivolt = step.rescale(difference, millivolt), step(millivolt)
        return difference

    def key(self) -> str | None:
        keys = [step.key() for step in self.steps]
        known = [key for key in keys if key is not None]
        if len(known) < len(keys):
            return None
        return hashlib.sha256("\n".join(known).encode()).hexdigest()


@final
class FromFunction(Normalisation):
    """A user's function of millivolt (record, lead, time), in torch.

    It cannot be frozen, because nothing is known of what it looks at: `rescale` is
    f(millivolt) - f(millivolt - difference), so a changed recording is read as the function reads
    it. Raises InputError when it is called and does not give back a tensor of the same shape, or
    one through which no gradient flows although one was asked for.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], *, key: str | None = None) -> None:
        self.function = function
        self._key = key
        self._name = getattr(function, "__name__", type(function).__name__)

    def __call__(self, millivolt: Batch) -> Batch:
        z: Any = self.function(millivolt)
        if not isinstance(z, Tensor):
            raise InputError(
                f"normalise={self._name} gave back {type(z).__name__}; write it with torch, "
                "so that gradients pass through it"
            )
        if z.shape != millivolt.shape:
            raise InputError(
                f"normalise={self._name} made {tuple(z.shape)} of {tuple(millivolt.shape)}; it "
                "must keep (record, lead, time)"
            )
        if not z.is_floating_point():
            raise InputError(f"normalise={self._name} gave back {z.dtype}, not floating point")
        if millivolt.requires_grad and torch.is_grad_enabled() and not z.requires_grad:
            raise InputError(
                f"normalise={self._name} stops gradients; it may not detach its input or leave "
                "torch"
            )
        return z

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        return self(millivolt) - self(millivolt - difference)

    def key(self) -> str | None:
        return self._key


def normalisation(
    given: str | Sequence[Step | Mapping[str, Any]] | Callable[[Tensor], Tensor],
    *,
    rate_hz: float,
    leads: Sequence[str] = LEADS,
) -> Normalisation:
    """The normalisation that is asked for by name, by steps or by a function.

    given: "zscore", "none", a list of steps as in a card, a Normalisation, or a function from
    millivolt to z. Raises InputError, CardError (a step that is none).
    """
    if isinstance(given, Normalisation):
        return given
    if isinstance(given, str):
        if given not in _NAMED:
            raise InputError(
                f"no normalisation '{given}'; there are {', '.join(sorted(_NAMED))}, a list of "
                "steps, and functions"
            )
        return _NAMED[given]()
    if callable(given):
        return FromFunction(given)
    return Pipeline([_step(step, rate_hz) for step in read_steps(given, rate_hz, leads)])


_NAMED: dict[str, Callable[[], Normalisation]] = {"zscore": ZScore, "none": Unchanged}


def _step(step: Step, rate_hz: float) -> Normalisation:
    match step:
        case BandPassStep():
            return BandPass(
                order=step.order, low_hz=step.low_hz, high_hz=step.high_hz, rate_hz=rate_hz
            )
        case StandardiseStep():
            return Standardise(mean=step.mean, sd=step.sd)
        case ScaleStep():
            return Scale(factor=step.factor)
        case ZScoreStep():
            return ZScore()
