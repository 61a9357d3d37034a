"""Regions: one way of cutting recordings into parts, for every method and metric that needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64, Num
from torch import Tensor

from xai_bench.devices import fixed_order, sent
from xai_bench.errors import UnknownNameError
from xai_bench.generators import permutations
from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.windows import grid_windows
from xai_bench.types import WAVES

__all__ = ["LEAD_GROUPS", "Regions", "divide"]

LEAD_GROUPS = {
    "inferior": ("II", "III", "aVF"),
    "lateral": ("I", "aVL", "V5", "V6"),
    "septal": ("V1", "V2"),
    "anterior": ("V3", "V4"),
    "aVR": ("aVR",),
}
"""The leads that look at one wall of the heart (Thygesen et al. 2018)."""

_WAVES = ("P", "QRS", "ST", "T")
_COUNTED = re.compile(r"(grid|segments)-([1-9]\d{0,3})")


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regions:
    """Recordings cut into numbered parts: every sample of every lead is in exactly one."""

    index: Int64[Tensor, "record lead time"]
    """The number of the region of each sample."""
    names: tuple[str, ...]
    """Such as "V2 ST". A region may have no sample in some recordings."""
    windows: Int64[Tensor, "region 4"] | None = None
    """Where each region is a rectangle, the same in all recordings, as in `windows`; in main
    memory."""
    of_lead: Int64[Tensor, "record lead"] | None = None
    """Where no lead is cut: the number of the region that each is in."""

    def __len__(self) -> int:
        return len(self.names)

    def renumbered(self, batch: Batch) -> Regions:
        """The same regions, numbered in an order of each recording's own, by its seed.

        A design of coalitions that prefers no region to another is then drawn anew for each
        recording, and stays for its disturbed versions; the windows are no longer those of numbers.
        """
        order = permutations(batch.own_seeds, 1, len(self)).squeeze(1)
        index = order.gather(1, self.index.flatten(1)).reshape(self.index.shape)
        of_lead = None if self.of_lead is None else order.gather(1, self.of_lead)
        return Regions(index=index, names=tuple(map(str, range(len(self)))), of_lead=of_lead)

    def sums(
        self, attribution: Float[Tensor, "record lead time"]
    ) -> Float[Tensor, "record region"]:
        """The sum of each recording's attribution in each region, float64."""
        sums = attribution.new_zeros(len(attribution), len(self), dtype=torch.float64)
        with fixed_order():
            return sums.scatter_add_(1, self.index.flatten(1), attribution.flatten(1).double())

    def sizes(self) -> Float[Tensor, "record region"]:
        """The number of samples of each region, float64."""
        return self.sums(torch.ones_like(self.index, dtype=torch.float64))

    def spread(self, values: Float[Tensor, "record region"]) -> Float[Tensor, "record lead time"]:
        """Share the value of each region equally among its samples, so that sums are kept."""
        each = values / self.sizes().clamp_min(1)
        return self.at(each)

    def at(self, values: Num[Tensor, "record region"]) -> Num[Tensor, "record lead time"]:
        """For each sample, the value of its region."""
        return values.gather(1, self.index.flatten(1)).reshape(self.index.shape)


def divide(kind: str, batch: Batch) -> Regions:
    """Cut the recordings of a batch into regions of one kind.

    "grid-10": ten segments of equal length in each lead, lead after lead.
    "segments-10": ten segments of equal length, all leads together.
    "leads"; "lead-groups": those of LEAD_GROUPS, whole; other leads each for itself.
    "waves": P, QRS, ST and T of all beats, and the rest, in each lead; by `batch.waves`.

    Raises UnknownNameError.
    """
    samples, device, leads = batch.z.shape[2], batch.z.device, batch.leads
    lead = torch.arange(len(leads), device=device)[:, None]
    counted = _COUNTED.fullmatch(kind)
    if counted:
        parts = int(counted[2])
        segment = torch.arange(samples, device=device) * parts // samples
        numbers = [f"segment {i + 1}" for i in range(parts)]
        windows = grid_windows(len(leads), samples, segments=parts)
        if counted[1] == "grid":
            return _shared(lead * parts + segment, _product(leads, numbers), batch, windows)
        all_leads = windows[:parts].clone()
        all_leads[:, 1] = len(leads)
        return _shared(segment.expand(len(leads), -1), numbers, batch, all_leads)
    if kind == "leads":
        whole = grid_windows(len(leads), samples, segments=1)
        return _shared(lead.expand(-1, samples), leads, batch, whole, whole_leads=True)
    if kind == "lead-groups":
        groups = _lead_groups(leads)
        group = {name: i for i, members in enumerate(groups.values()) for name in members}
        of_lead = sent([group[name] for name in leads], device)
        index = of_lead[:, None].expand(-1, samples)
        return _shared(index, tuple(groups), batch, whole_leads=True)
    if kind == "waves":
        assert batch.waves is not None, "make_batch finds the waves of every recording"
        of_label = [_WAVES.index(name) if name in _WAVES else len(_WAVES) for name in WAVES]
        wave = sent(of_label, device)[batch.waves.long()]
        index = lead * (len(_WAVES) + 1) + wave[:, None]
        return Regions(index=index, names=_product(leads, (*_WAVES, "rest")))
    known = ["grid-10", "segments-10", "leads", "lead-groups", "waves"]
    raise UnknownNameError("kind of regions", kind, known)


def _lead_groups(leads: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """LEAD_GROUPS as far as they have leads here; a lead that is in none stands for itself."""
    found = {
        name: here
        for name, members in LEAD_GROUPS.items()
        if (here := tuple(lead for lead in leads if lead in members))
    }
    grouped = {lead for members in found.values() for lead in members}
    return found | {lead: (lead,) for lead in leads if lead not in grouped}


def _shared(
    index: Int64[Tensor, "lead time"],
    names: list[str] | tuple[str, ...],
    batch: Batch,
    windows: Int64[Tensor, "region 4"] | None = None,
    *,
    whole_leads: bool = False,
) -> Regions:
    """The same regions for all recordings."""
    every = index.expand(len(batch.z), -1, -1)
    of_lead = every[:, :, 0] if whole_leads else None
    return Regions(index=every, names=tuple(names), windows=windows, of_lead=of_lead)


def _product(leads: tuple[str, ...], parts: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{lead} {part}" for lead in leads for part in parts)
