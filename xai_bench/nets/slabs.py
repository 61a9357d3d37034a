"""Rectangles of lead x time in the maps of a convolutional net, and the maps that they are in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from jaxtyping import Bool, Float, Int64, Num
from torch import Tensor, nn

__all__ = ["Border", "Cells", "Extent", "OfSlab", "PaddedMap", "Slabs"]

OfSlab = Int64[Tensor, " slab"]
Cells = Float[Tensor, "slab _lead _time _channel"]
"""Channels last."""
Extent = tuple[int, int]
"""Leads and samples."""
Border = tuple[Extent, Extent]
"""Leads and samples before a map, and after it."""


@final
@dataclass(frozen=True)
class Slabs:
    """Rectangles of one size: the first lead and sample of each, and leads x samples of all."""

    lead: OfSlab
    sample: OfSlab
    size: Extent

    @cached_property
    def axes(self) -> tuple[Int64[Tensor, "slab rows"], Int64[Tensor, "slab columns"]]:
        """The leads and the samples of each."""
        device = self.lead.device
        leads, samples = (torch.arange(one, device=device) for one in self.size)
        return self.lead[:, None] + leads, self.sample[:, None] + samples

    def hold(
        self, others: Slabs, length: int
    ) -> tuple[Bool[Tensor, "slab of rows"], Bool[Tensor, "slab of columns"]]:
        """Which leads and which samples of each other slab are those of each slab of its chain.

        length: slabs of a chain, one chain after the other.
        """
        of_lead, of_time = (
            _within(places, first, count, length)
            for places, first, count in zip(
                others.axes, (self.lead, self.sample), self.size, strict=True
            )
        )
        return of_lead, of_time


def _within(
    places: Int64[Tensor, "slab place"], first: OfSlab, count: int, length: int
) -> Bool[Tensor, "slab of place"]:
    of_chain = first[:, None]
    if length > 1:
        of_chain = first.reshape(-1, length).repeat_interleave(length, dim=0)
    from_first = places[:, None] - of_chain[:, :, None]
    return (from_first >= 0) & (from_first < count)


@final
@dataclass(frozen=True)
class PaddedMap:
    """Activations of recordings, channels last, in a border of one value.

    Slabs are counted without the border. One cell is one contiguous vector of channels, so
    that reading and writing slabs copies whole vectors.
    """

    cells: Num[Tensor, "record paddedlead paddedtime channel"]
    border: Border

    @staticmethod
    def padded(
        values: Float[Tensor, "record lead time channel"], border: Border, fill: float = 0.0
    ) -> PaddedMap:
        """Activations put into a border of `fill`."""
        (top, left), (bottom, right) = border
        sides = (0, 0, left, right, top, bottom)
        return PaddedMap(nn.functional.pad(values, sides, value=fill).contiguous(), border)

    @property
    def extent(self) -> Extent:
        """Leads and samples within the border."""
        (top, left), (bottom, right) = self.border
        _, leads, samples, _ = self.cells.shape
        return leads - top - bottom, samples - left - right

    def flat(self) -> Num[Tensor, "cell channel"]:
        return self.cells.view(-1, self.cells.shape[-1])

    def places(self, record: OfSlab, slabs: Slabs) -> Int64[Tensor, "slab rows columns"]:
        """Where in `flat` the cells of slabs are, which may reach into the border."""
        _, leads, samples, _ = self.cells.shape
        (top, left), _ = self.border
        lead, sample = slabs.axes
        row = (record[:, None] * leads + lead + top) * samples + left
        return row[:, :, None] + sample[:, None, :]

    def read(self, record: OfSlab, slabs: Slabs) -> Num[Tensor, "slab rows columns channel"]:
        """Copies of slabs, which may reach into the border."""
        found = self.flat().index_select(0, self.places(record, slabs).flatten())
        return found.view(len(slabs.lead), *slabs.size, -1)
