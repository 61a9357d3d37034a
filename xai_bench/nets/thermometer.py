"""Recordings as truth values: whether a sample, or a rise between two samples, is above a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch

__all__ = ["Feature", "Kind", "Thermometer"]

Kind = Literal["level", "rise"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one truth value says: that something of z is above a level."""

    kind: Kind
    """A sample, or a later sample minus this one."""
    lead: int
    sample: int
    above: float
    """In units of z, as all levels."""


@final
class Thermometer(nn.Module):
    """Thermometer code (Abeyrathna et al. 2019) of every `step`-th sample of each lead.

    A sample is coded by whether it is above each of `levels`, and by whether the lead rises by more
    than each of `rises` over the `rise_samples` after it. Features are ordered by kind, lead,
    sample and level. Raises InputError for levels that do not rise, and for steps that do not fit.
    """

    levels: Float[Tensor, " level"]
    rises: Float[Tensor, " level"]

    def __init__(
        self,
        *,
        leads: int,
        samples: int,
        step: int,
        levels: Sequence[float],
        rises: Sequence[float],
        rise_samples: int,
    ) -> None:
        super().__init__()
        for name, given in (("levels", levels), ("rises", rises)):
            if not given or sorted(set(given)) != list(given):
                raise InputError(f"{name} = {list(given)}: give some, each above the one before")
        if min(leads, step, rise_samples) < 1 or max(step, rise_samples) >= samples:
            raise InputError(
                f"{leads} leads of {samples} samples, a step of {step} and rises over "
                f"{rise_samples}: all must be 1 or more, and shorter than the recording"
            )
        self.leads, self.samples = leads, samples
        self.rise_samples = rise_samples
        self.places = range(0, samples, step)
        """Samples that are coded."""
        self.rise_places = range(0, samples - rise_samples, step)
        """Of those, where a rise ends within the recording."""
        # Written in the card, and no weights.
        self.register_buffer("levels", torch.tensor(levels), persistent=False)
        self.register_buffer("rises", torch.tensor(rises), persistent=False)

    def __len__(self) -> int:
        return self.leads * (
            len(self.places) * len(self.levels) + len(self.rise_places) * len(self.rises)
        )

    def forward(self, z: Batch) -> Bool[Tensor, "record feature"]:
        """Truth values; InputError for recordings of another shape."""
        if z.shape[1:] != (self.leads, self.samples):
            raise InputError(
                f"a net of clauses reads {self.leads} leads x {self.samples} samples, not "
                f"{z.shape[1]} x {z.shape[2]}"
            )
        rise = z[:, :, self.rise_samples :] - z[:, :, : -self.rise_samples]
        step = self.places.step
        is_above = z[:, :, ::step, None] > self.levels
        rises = rise[:, :, ::step, None] > self.rises
        return torch.cat([is_above.flatten(1), rises.flatten(1)], dim=1)

    def features(self) -> list[Feature]:
        """What each truth value says, in their order."""
        levels, rises = self.levels.tolist(), self.rises.tolist()
        kinds: tuple[tuple[Kind, range, list[float]], ...]
        kinds = ("level", self.places, levels), ("rise", self.rise_places, rises)
        return [
            Feature(kind=kind, lead=lead, sample=sample, above=above)
            for kind, places, given in kinds
            for lead in range(self.leads)
            for sample in places
            for above in given
        ]

    def on_samples(
        self, shares: Float[Tensor, "record feature"]
    ) -> Float[Tensor, "record lead time"]:
        """What features have, put on the samples that they read: a rise has two, half on each."""
        split = self.leads * len(self.places) * len(self.levels)
        of_levels = shares[:, :split].unflatten(1, (self.leads, len(self.places), -1)).sum(dim=3)
        of_rises = shares[:, split:].unflatten(1, (self.leads, len(self.rise_places), -1))
        half = of_rises.sum(dim=3) / 2
        found = shares.new_zeros(len(shares), self.leads, self.samples)
        step, later = self.places.step, self.rise_samples
        found[:, :, ::step] += of_levels
        found[:, :, : self.rise_places.stop : step] += half
        found[:, :, later : later + self.rise_places.stop : step] += half
        return found
