"""Rectangles of lead x time in the maps of a convolutional net: where they are, how they spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

__all__ = ["Cells", "OfSlab", "PaddedMap", "Slabs"]

OfSlab = Int64[Tensor, " slab"]
Cells = Float[Tensor, "slab lead time channel"]


@final
@dataclass(frozen=True)
class Slabs:
    """Rectangles of one size: the first lead and sample of each, and leads x samples of all."""

    corner: Int64[Tensor, "slab 2"]
    size: tuple[int, int]

    def spread(self, halo: tuple[int, int], extent: tuple[int, int], pool: int) -> Slabs:
        """What a convolution that reaches `halo` cells each way changes, in whole pooling cells.

        The slabs are moved, not cut, at the borders of a map of `extent`: all keep one size, and a
        slab may hold cells that do not change. No slab leaves the map.
        """
        reach, whole, limit = torch.tensor([halo, (1, pool), extent]).unbind()
        first = (self.corner - reach).clamp_min(0).div(whole, rounding_mode="floor")
        last = torch.minimum(self.corner + torch.tensor(self.size) + reach, limit)
        last = (last + whole - 1).div(whole, rounding_mode="floor")
        size = (last - first).amax(dim=0) * whole
        leads, samples = size.tolist()
        return Slabs(torch.minimum(first * whole, limit - size), (leads, samples))

    def resampled(self, pool: int, up: int) -> Slabs:
        """The same slabs after pooling and nearest upsampling in time."""
        leads, samples = self.size
        scaled = self.corner * torch.tensor((1, up)) // torch.tensor((1, pool))
        return Slabs(scaled, (leads, samples * up // pool))

    def seen_from(self, other: Slabs) -> Slabs:
        """The same slabs, counted from the corners of others."""
        return Slabs(self.corner - other.corner, self.size)


@final
@dataclass(frozen=True)
class PaddedMap:
    """Activations of recordings, channels last, in a border of zeros as wide as `halo`.

    Slabs are counted without the border. One cell is one contiguous vector of channels, so
    that reading and writing slabs copies whole vectors.
    """

    cells: Float[Tensor, "record paddedlead paddedtime channel"]
    halo: tuple[int, int]

    @staticmethod
    def padded(
        values: Float[Tensor, "record lead time channel"], halo: tuple[int, int]
    ) -> PaddedMap:
        """Activations put into a border of zeros."""
        leads, samples = halo
        border = (0, 0, samples, samples, leads, leads)
        return PaddedMap(nn.functional.pad(values, border), halo)

    @property
    def extent(self) -> tuple[int, int]:
        """Leads and samples within the border."""
        return (
            self.cells.shape[1] - 2 * self.halo[0],
            self.cells.shape[2] - 2 * self.halo[1],
        )

    def around(self, record: OfSlab, slabs: Slabs) -> PaddedMap:
        """Copies of slabs with the cells around them: a map with one slab a recording."""
        size = (slabs.size[0] + 2 * self.halo[0], slabs.size[1] + 2 * self.halo[1])
        return PaddedMap(self._read(record, Slabs(slabs.corner, size)), self.halo)

    def inside(self, record: OfSlab, slabs: Slabs) -> Cells:
        """Copies of slabs."""
        return self._read(record, self._within_border(slabs))

    def write_(self, record: OfSlab, slabs: Slabs, values: Cells) -> None:
        """Replace slabs; no two of them may share a cell."""
        where = self._where(record, self._within_border(slabs))
        channels = self.cells.shape[-1]
        self.cells.view(-1, channels)[where] = values.reshape(-1, channels)

    def _read(self, record: OfSlab, slabs: Slabs) -> Cells:
        flat = self.cells.view(-1, self.cells.shape[-1])
        found = flat.index_select(0, self._where(record, slabs))
        return found.view(len(slabs.corner), *slabs.size, -1)

    def _within_border(self, slabs: Slabs) -> Slabs:
        return Slabs(slabs.corner + torch.tensor(self.halo), slabs.size)

    def _where(self, record: OfSlab, slabs: Slabs) -> Int64[Tensor, " cell"]:
        """Positions of the slabs' cells in the flattened map, border included."""
        _, leads, samples, _ = self.cells.shape
        row = (record * leads + slabs.corner[:, 0])[:, None] + torch.arange(slabs.size[0])
        start = row * samples + slabs.corner[:, 1:]
        found = start[:, :, None] + torch.arange(slabs.size[1])
        return found.flatten().to(self.cells.device)
