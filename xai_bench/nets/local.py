"""Logits of recordings that differ from known ones in a window, from the cells that change.

A window changes only what lies in its receptive field, a bounded stretch of each map of a net of
convolutions: 38 samples and 6 leads either way for ECG-IMN, 46 samples for resnet1d. Everything
else is read from one full pass over the recording itself, and a mean or sum over a map changes by
what its changed cells do. What follows such a mean is small, and is computed anew. Incremental
inference for occlusion is due to Nakandala et al. (SIGMOD 2019); this is its exact form.
"""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch
from xai_bench.nets.frozen import folded
from xai_bench.nets.local_cut import cut_into_steps
from xai_bench.nets.local_steps import (
    AS_CHANNELS,
    AS_IMAGE,
    NO_BORDER,
    FullPass,
    Known,
    MapKey,
    Plan,
    Recomputed,
    Step,
)
from xai_bench.nets.slabs import Border, Extent, OfSlab, PaddedMap
from xai_bench.nets.sliding import Places
from xai_bench.nets.trace import traced

__all__ = ["Known", "LocalForward"]

Windows = Int64[Tensor, "record chain step 4"]
"""Lead from, lead to, sample from, sample to, the ends excluded."""

_INPUTS = (AS_IMAGE, AS_CHANNELS)

_TOGETHER = {"cpu": 64, "cuda": 1024}
"""Windows computed at once; on a CPU 32 to 128 cost about the same."""

_WORTHWHILE = 0.35
"""Share of the work of a full pass, beyond which little time is saved (benchmarks/local.py)."""

_ROUNDING = 1e-5
"""How far logits may be from those of full passes, as a share of the largest."""


@final
class LocalForward:
    """What a net computes in evaluation mode, for recordings with windows set to zero.

    The net's weights are copied and folded: build another after changing them.

    z: two recordings, for which results are compared with those of full passes. All recordings
    have their length, and are on their device.

    Raises InputError for a net that this cannot be done for: one that does something to its maps
    that is not of a few cells, or for which local results are other than full ones.

    >>> local = LocalForward(model.net, z[:2])
    >>> known = local.known(z)
    >>> windows = torch.tensor([[0, 1, 0, 50], [0, 1, 25, 75]])  # lead from, to; sample from, to
    >>> chains = windows.expand(len(z), 1, -1, -1)  # after one window, and after both
    >>> local.logits(known, chains, (1, 50))  # (record, chain, step, output)
    """

    def __init__(self, net: nn.Module, z: Batch) -> None:
        self._shape, self._device = (z.shape[1], z.shape[2]), z.device
        self._plans: dict[Extent, Plan] = {}
        try:
            trace = traced(folded(net), z)
            self._output, self._steps = trace.output, cut_into_steps(trace)
            self._read_last = _read_last(self._steps)
            self._borders = _borders(self._steps)
            self._check(net, z)
        except InputError as error:
            raise InputError(f"no local recomputation for {type(net).__name__}: {error}") from None
        except Exception as error:  # of a stranger's net, that cannot be copied or taken apart
            raise InputError(f"no local recomputation for {type(net).__name__}: {error}") from error

    @torch.no_grad()
    def known(self, z: Batch) -> Known:
        """One full pass. Raises InputError for recordings of another length."""
        if tuple(z.shape[1:]) != self._shape:
            raise InputError(
                f"local recomputation is for {self._shape[0]} leads x {self._shape[1]} samples, "
                f"not {z.shape[1]} x {z.shape[2]}"
            )
        full = FullPass({AS_CHANNELS: z.mT.unsqueeze(1), AS_IMAGE: z.unsqueeze(3)})
        for step in self._steps:
            step.known(full)
        maps = {
            (number, fill): PaddedMap.padded(full.cells[number], border, fill)
            for (number, fill), border in self._borders.items()
        }
        return Known(maps, full.totals, full.whole[self._output].double())

    @torch.no_grad()
    def logits(
        self, known: Known, windows: Windows, size: Extent
    ) -> Float[Tensor, "record chain step output"]:
        """Float64 logits after each step of a chain, in which one more window is set to zero.

        windows: of each recording, on its device, chains of any windows. size: leads and samples
        that no window is larger than, so that no window has to be looked at.
        """
        records, chains, length = windows.shape[:3]
        record = torch.arange(records, device=windows.device).repeat_interleave(chains)
        together = max(1, _TOGETHER[windows.device.type] // length)
        parts = zip(record.split(together), windows.flatten(0, 1).split(together), strict=True)
        found = [self._logits(known, *part, size) for part in parts]
        logits: Tensor = torch.cat(found).unflatten(0, (records, chains))
        return logits

    def share(self, size: Extent) -> float:
        """The work for one window of a size, of that of a full pass: 1 where nothing is saved.

        It follows from shapes alone, and so decides alike on every machine.
        """
        plan, whole = self._plan(size), self._plan(self._shape)
        done = sum(step.work_of(plan, whole) for step in self._steps)
        return done / sum(step.work for step in self._steps)

    def saves(self, size: Extent, windows: int = 1) -> bool:
        """Whether so many windows of a size take clearly less time than a full pass."""
        return windows * self.share(size) < _WORTHWHILE

    def _logits(
        self, known: Known, record: OfSlab, windows: Int64[Tensor, "chain step 4"], size: Extent
    ) -> Float[Tensor, "chain step output"]:
        """Of chains, whose recordings are given."""
        plan, length = self._plan(size), windows.shape[1]
        lead = windows[..., 0].flatten().clamp_max(self._shape[0] - size[0])
        sample = windows[..., 2].flatten().clamp_max(self._shape[1] - size[1])
        slabs = plan.slabs(lead, sample)
        change = Recomputed(known, record.repeat_interleave(length), length, slabs)
        self._blank(change, windows)
        for step, read_last in zip(self._steps, self._read_last, strict=True):
            step.recompute(change)
            for number in read_last:
                del change.cells[number]
        logits: Tensor = change.whole[self._output].double().unflatten(0, (-1, length))
        return logits

    def _blank(self, change: Recomputed, windows: Int64[Tensor, "chain step 4"]) -> None:
        """Set windows to zero, in recordings as images and as channels."""
        lead, sample = change.slabs[AS_IMAGE].axes
        channel = torch.arange(self._shape[0], device=windows.device).expand(len(lead), -1)
        steps = torch.ones(windows.shape[1], windows.shape[1], device=windows.device).tril()
        so_far = steps.repeat(len(windows), 1).unsqueeze(2)  # (row, step, 1)
        top, bottom, start, stop = windows.repeat_interleave(len(steps), dim=0).unbind(2)
        in_time = so_far * _within(sample, start, stop)
        for number, row in ((AS_IMAGE, lead), (AS_CHANNELS, channel)):
            zero = (_within(row, top, bottom).mT @ in_time > 0).unsqueeze(3)
            before = change.known.maps[number, 0.0].read(change.record, change.slabs[number])
            zero = zero if number == AS_IMAGE else zero.transpose(1, 3)
            change.cells[number] = before.masked_fill(zero, 0.0)

    def _plan(self, size: Extent) -> Plan:
        if size not in self._plans:
            if not (1 <= size[0] <= self._shape[0] and 1 <= size[1] <= self._shape[1]):
                raise InputError(
                    f"windows must hold at least a sample, and lie within {self._shape[0]} x "
                    f"{self._shape[1]}; these are {size[0]} x {size[1]}"
                )
            lead, time = (
                Places(torch.arange(whole - part + 1), part)
                for whole, part in zip(self._shape, size, strict=True)
            )
            one_row = Places(torch.zeros_like(lead.first), 1)
            plan = Plan({AS_IMAGE: lead, AS_CHANNELS: one_row}, dict.fromkeys(_INPUTS, time))
            for step in self._steps:
                step.plan(plan)
            self._plans[size] = plan.on(self._device)
        return self._plans[size]

    @torch.no_grad()
    def _check(self, net: nn.Module, z: Batch) -> None:
        """Compare with full passes: windows at both ends and between, of one lead and of all."""
        leads, samples = self._shape
        width, last, known = max(1, samples // 20), leads - 1, self.known(z)
        middle, end = samples // 3, samples - width
        of_one = [[(0, 0), (last, end)], [(last // 2, samples // 2), (0, middle)]]
        truth, local = [net(z)], [known.logits]
        for height, corners in ((1, of_one), (leads, [[(0, middle)], [(0, end)]])):
            windows = torch.tensor(
                [[(n, n + height, s, s + width) for n, s in each] for each in corners]
            )
            truth.append(net(_without(z, windows).flatten(0, 1)))
            there = windows.to(z.device).unsqueeze(2)
            local.append(self.logits(known, there, (height, width)).flatten(0, 2))
        expected = torch.cat(truth).double()
        rounding = _ROUNDING * float(expected.abs().max())
        if not torch.allclose(torch.cat(local), expected, rtol=0, atol=rounding):
            raise InputError("its operations one by one put out other logits than the net")


def _without(
    z: Batch, windows: Int64[Tensor, "record window 4"]
) -> Float[Tensor, "record window lead time"]:
    """Each recording with one window at a time set to zero."""
    changed = z[:, None].repeat(1, windows.shape[1], 1, 1)
    for copies, chosen in zip(changed, windows.tolist(), strict=True):
        for copy, (top, bottom, start, stop) in zip(copies, chosen, strict=True):
            copy[top:bottom, start:stop] = 0
    return changed


def _within(
    places: Int64[Tensor, "row place"],
    first: Int64[Tensor, "row step"],
    end: Int64[Tensor, "row step"],
) -> Float[Tensor, "row step place"]:
    """1 where a place is within a step's window along one axis, else 0."""
    places = places[:, None, :]
    return ((first[:, :, None] <= places) & (places < end[:, :, None])).float()


def _read_last(steps: list[Step]) -> list[set[int]]:
    """The maps that each step is the last to read."""
    found: list[set[int]] = []
    later: set[int] = set()
    for step in reversed(steps):
        found.append(set(step.sources) - later)
        later.update(step.sources)
    return found[::-1]


def _borders(steps: list[Step]) -> dict[MapKey, Border]:
    """The maps that must be known, and the widest border that anything reads of each."""
    found = {(number, 0.0): NO_BORDER for number in _INPUTS}
    for key, border in (one for step in steps for one in step.reads):
        found[key] = _wider(border, found.get(key, border))
    return found


def _wider(one: Border, other: Border) -> Border:
    (top, left), (bottom, right) = (
        (max(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one, other, strict=True)
    )
    return (top, left), (bottom, right)
