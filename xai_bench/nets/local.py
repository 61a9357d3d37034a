"""Logits of recordings that differ from known ones in a window, from the cells that change.

The nets here are convolutions over lead x time, so a window changes only what lies in its
receptive field: 38 samples and 6 leads either way for ECG-IMN. Everything else is read from one
full pass over the recording itself:

    logits' = logits + V (sum of f' - f) / cells + sum of (W' z' - W z)

with the encoding f, the weights V of the head, and both sums over the cells that change; the last
term is absent from the black-box twin. Incremental inference for occlusion is due to Nakandala et
al. (SIGMOD 2019); this is its exact form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch, Logits
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.frozen import folded
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.slabs import OfSlab, PaddedMap, Slabs
from xai_bench.nets.stages import cut_into_stages

__all__ = ["Known", "LocalForward", "supports"]

Windows = Int64[Tensor, "record window 4"]
Infill = float | Float[Tensor, "record window windowlead windowtime"]

_LAYERS = (
    *(nn.BatchNorm2d, nn.Conv2d, nn.Dropout, nn.GELU, nn.Identity, nn.Linear, nn.MaxPool2d),
    *(nn.ReLU, nn.Sequential, nn.Upsample),
)
"""What works on each cell by itself, or is cut into stages."""

_TOGETHER = 32  # windows computed at once; on a CPU 16 to 128 cost about the same


def supports(net: nn.Module) -> bool:
    """Whether `LocalForward` can compute this net: one of ours, with layers as ours have."""
    return type(net) in (ECGIMN, ECGConv2d) and all(
        type(layer) in _LAYERS and getattr(layer, "track_running_stats", True)
        for layer in net.modules()
        if layer is not net
    )


@final
@dataclass(frozen=True)
class Known:
    """Recordings: the input of every stage, the output of the last, and float64 logits."""

    maps: list[PaddedMap]
    logits: Logits

    def clone(self) -> Known:
        maps = [PaddedMap(one.cells.clone(), one.halo) for one in self.maps]
        return Known(maps, self.logits.clone())


@final
class LocalForward:
    """What a net computes in evaluation mode, for recordings with changed windows.

    The net's weights are copied and folded: build another after changing them.

    >>> local = LocalForward(model.net)
    >>> known = local.known(z)
    >>> windows = torch.tensor([[0, 1, 0, 50], [0, 1, 25, 75]])  # lead from, to; sample from, to
    >>> local.windows(known, windows.expand(len(z), -1, -1))     # (record, window, output)
    """

    def __init__(self, net: nn.Module) -> None:
        if not supports(net) or not isinstance(net, ECGIMN | ECGConv2d):
            raise InputError(f"no local recomputation for the net {type(net).__name__}")
        net = folded(net)
        self._stages = cut_into_stages([*net.conv1, *net.conv2, *net.conv3])
        self._encoding = len(self._stages)
        if isinstance(net, ECGIMN):
            self._stages += cut_into_stages(net.transition)
            head, self._weight_scale = net.bias_head, net.weight_scale
        else:
            head, self._weight_scale = net.fc, 0.0  # no W: the sum of W * z is left out
        self._V, self._b = head.weight.double(), head.bias.double()

    @torch.no_grad()
    def known(self, z: Batch) -> Known:
        """One full pass. Raises InputError for a length that pooling would cut."""
        pool = math.prod(stage.pool for stage in self._stages)
        if z.shape[-1] % pool:
            raise InputError(f"{z.shape[-1]} samples are no multiple of {pool}; crop or pad")
        maps, cells = [], z.unsqueeze(-1)
        for stage in self._stages:
            maps.append(PaddedMap.padded(cells, stage.halo))
            cells = stage(maps[-1].cells)
        maps.append(PaddedMap.padded(cells, (0, 0)))
        encoding = maps[self._encoding]
        every = Slabs(torch.zeros(len(z), 2, dtype=torch.int64), encoding.extent)
        f = encoding.inside(torch.arange(len(z)), every)
        logits = f.mean(dim=(1, 2), dtype=torch.float64) @ self._V.T + self._b
        if self._weight_scale:
            logits += self._weight_scale * _product(cells, z.unsqueeze(-1))
        return Known(maps, logits)

    @torch.no_grad()
    def windows(
        self, known: Known, windows: Windows, infill: Infill = 0.0
    ) -> Float[Tensor, "record window output"]:
        """Logits of each recording with one window at a time set to `infill`.

        windows: first lead, last lead + 1, first sample, last sample + 1 of each; all of one
        size, in any order. Raises InputError for other windows.
        """
        corner, values = _filled(known, windows, infill)
        records, count = windows.shape[:2]
        record = torch.arange(records).repeat_interleave(count)
        corner, values, found = corner.flatten(0, 1), values.flatten(0, 1), []
        for first in range(0, len(record), _TOGETHER):
            some = slice(first, first + _TOGETHER)
            trace = self._recomputed(known, record[some], corner[some], values[some])
            found.append(known.logits[record[some]] + self._difference(known, record[some], trace))
        return torch.cat(found).view(records, count, -1).to(values.dtype)

    @torch.no_grad()
    def sequence(
        self, known: Known, windows: Windows, infill: Infill = 0.0
    ) -> Float[Tensor, "record window output"]:
        """Logits after each step, where each step sets one more window to `infill`.

        windows: as for `windows`, one a step; each recording has an order of its own.
        """
        corner, values = _filled(known, windows, infill)
        current, record, found = known.clone(), torch.arange(len(windows)), []
        for step in range(windows.shape[1]):
            trace = self._recomputed(current, record, corner[:, step], values[:, step])
            current.logits.add_(self._difference(current, record, trace))
            for one, (slabs, cells) in zip(current.maps, trace, strict=True):
                one.write_(record, slabs, cells)
            found.append(current.logits.clone())
        return torch.stack(found, dim=1).to(values.dtype)

    def _recomputed(
        self,
        known: Known,
        record: OfSlab,
        corner: Int64[Tensor, "slab 2"],
        values: Float[Tensor, "slab windowlead windowtime"],
    ) -> list[tuple[Slabs, Tensor]]:
        """For each map the slabs that change, and their new values (slab, lead, time, channel)."""
        trace = [(Slabs(corner, (values.shape[1], values.shape[2])), values.unsqueeze(-1))]
        each = torch.arange(len(record))
        for stage, source in zip(self._stages, known.maps, strict=False):
            changed, cells = trace[-1]
            wider = changed.spread(stage.halo, source.extent, stage.pool)
            patch = source.around(record, wider)
            patch.write_(each, changed.seen_from(wider), cells)
            trace.append((wider.resampled(stage.pool, stage.up), stage(patch.cells)))
        return trace

    def _difference(
        self, known: Known, record: OfSlab, trace: list[tuple[Slabs, Tensor]]
    ) -> Float[Tensor, "slab output"]:
        """Logits with the slabs of `trace` less those without."""
        encoding = known.maps[self._encoding]
        slabs, f = trace[self._encoding]
        gained = (f - encoding.inside(record, slabs)).sum(dim=(1, 2), dtype=torch.float64)
        difference = gained @ self._V.T / math.prod(encoding.extent)
        if self._weight_scale:
            slabs, W = trace[-1]
            before = known.maps[-1].inside(record, slabs)
            z = known.maps[0].inside(record, slabs)
            window, values = trace[0]
            filled = PaddedMap(z.clone(), (0, 0))
            filled.write_(torch.arange(len(record)), window.seen_from(slabs), values)
            difference += self._weight_scale * (_product(W, filled.cells) - _product(before, z))
        return difference


def _product(
    W: Float[Tensor, "slab lead time output"], z: Float[Tensor, "slab lead time 1"]
) -> Float[Tensor, "slab output"]:
    """Sum over leads and time of W * z, in float64."""
    return (W.double() * z.double()).sum(dim=(1, 2))


def _filled(
    known: Known, windows: Windows, infill: Infill
) -> tuple[Int64[Tensor, "record window 2"], Float[Tensor, "record window windowlead windowtime"]]:
    """First lead and sample of each window, and the values it takes."""
    corner, end = windows[..., ::2].cpu(), windows[..., 1::2].cpu()
    sizes = end - corner
    if (sizes != sizes[:1, :1]).any():
        raise InputError("windows of different sizes; ask for one size at a time")
    z = known.maps[0]
    if (corner < 0).any() or (end > torch.tensor(z.extent)).any() or (sizes <= 0).any():
        raise InputError(
            f"windows must hold at least a sample, and lie within {z.extent[0]} x {z.extent[1]}"
        )
    values = z.cells.new_empty(*windows.shape[:2], *sizes[0, 0].tolist())
    return corner, values.copy_(torch.as_tensor(infill))
