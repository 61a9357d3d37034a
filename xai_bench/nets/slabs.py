"""Rectangles of lead x time in the maps of a convolutional net, and the maps that they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int64, Num
from torch import Tensor, nn

__all__ = ["Border", "Cells", "Extent", "OfSlab", "PaddedMap", "Slabs"]

OfSlab = Int64[Tensor, " slab"]
Cells = Float[Tensor, "slab lead time channel"]
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

    def axes(self) -> tuple[Int64[Tensor, "slab rows"], Int64[Tensor, "slab columns"]]:
        """The leads and the samples of each."""
        device = self.lead.device
        leads, samples = (torch.arange(one, device=device) for one in self.size)
        return self.lead[:, None] + leads, self.sample[:, None] + samples

    def holds(self, lead: Int64[Tensor, "..."], sample: Int64[Tensor, "..."]) -> Bool[Tensor, "slab rows columns"]:
        """Whether each slab holds cells at these leads and samples."""
        first, start = self.lead[:, None, None], self.sample[:, None, None]
        leads, samples = self.size
        of_lead = (first <= lead) & (lead < first + leads)
        return of_lead & (start <= sample) & (sample < start + samples)


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

    def axes(self) -> tuple[Int64[Tensor, " row"], Int64[Tensor, " column"]]:
        """The leads and the samples, those of the border too."""
        _, leads, samples, _ = self.cells.shape
        device, (top, left) = self.cells.device, self.border[0]
        return torch.arange(leads, device=device) - top, torch.arange(samples, device=device) - left

    def flat(self) -> Num[Tensor, "cell channel"]:
        return self.cells.view(-1, self.cells.shape[-1])

    def places(self, record: OfSlab, slabs: Slabs) -> Int64[Tensor, "slab rows columns"]:
        """Where in `flat` the cells of slabs are, which may reach into the border."""
        _, leads, samples, _ = self.cells.shape
        (top, left), _ = self.border
        lead, sample = slabs.axes()
        row = (record[:, None] * leads + lead + top) * samples + left
        return row[:, :, None] + sample[:, None, :]

    def read(self, record: OfSlab, slabs: Slabs) -> Num[Tensor, "slab rows columns channel"]:
        """Copies of slabs, which may reach into the border."""
        found = self.flat().index_select(0, self.places(record, slabs).flatten())
        return found.view(len(slabs.lead), *slabs.size, -1)
