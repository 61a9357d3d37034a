"""Steps of a net that can be taken for a few cells of each map alone.

Maps are (record, channel, time) or (record, channel, lead, time) in a net, and here always
(record, lead, time, channel): channels last, with one row where leads are channels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional

from xai_bench.nets.slabs import Border, Cells, Extent, OfSlab, PaddedMap, Slabs
from xai_bench.nets.sliding import Places, Sliding
from xai_bench.nets.trace import Operation, Ref, Shape, replace_tensors

__all__ = ["AS_CHANNELS", "AS_IMAGE", "NO_BORDER", "Cellwise", "FullPass", "Image", "Known"]
__all__ += ["MapKey", "Plan", "Recomputed", "Repeat", "Slide", "Step", "Total", "Whole"]

AS_CHANNELS, AS_IMAGE = 0, -1
"""Numbers of the recordings, as maps whose channels are the leads, and as images of one channel."""

Image = Float[Tensor, "slab _channel _lead _time"]
MapKey = tuple[int, float]
"""The number of a map, and what is beyond its borders."""

_RESHAPES = {"view", "_unsafe_view", "expand", "reshape"}
NO_BORDER: Border = ((0, 0), (0, 0))


@final
@dataclass(frozen=True)
class Plan:
    """Where windows of one size change each map, for each place at which they may begin."""

    lead: dict[int, Places]
    time: dict[int, Places]

    def on(self, device: torch.device) -> Plan:
        """The plan where a net is, with what maps share still shared."""
        every = {id(one): one for axis in (self.lead, self.time) for one in axis.values()}
        there = {key: Places(one.first.to(device), one.count) for key, one in every.items()}
        lead, time = (
            {number: there[id(one)] for number, one in axis.items()}
            for axis in (self.lead, self.time)
        )
        return Plan(lead, time)

    def cells(self, number: int) -> int:
        """Of a map that change."""
        return self.lead[number].count * self.time[number].count

    def slabs(self, lead: OfSlab, sample: OfSlab) -> dict[int, Slabs]:
        """Where windows change each map that begin at these leads and samples."""
        made: dict[tuple[int, int], Slabs] = {}
        found = {}
        for number, leads in self.lead.items():
            samples = self.time[number]
            key = (id(leads), id(samples))
            if key not in made:
                size = (leads.count, samples.count)
                made[key] = Slabs(leads.first[lead], samples.first[sample], size)
            found[number] = made[key]
        return found


@final
@dataclass(frozen=True)
class FullPass:
    """All that a full pass makes, by number."""

    cells: dict[int, Cells]
    totals: dict[int, Float[Tensor, "record channel"]] = field(default_factory=dict)
    whole: dict[int, Tensor] = field(default_factory=dict)
    """What is no map, recordings first."""


@final
@dataclass(frozen=True)
class Known:
    """One full pass over recordings: the maps that steps read, sums over maps, float64 logits."""

    maps: dict[MapKey, PaddedMap]
    totals: dict[int, Float[Tensor, "record channel"]]
    logits: Float[Tensor, "record output"]


@final
@dataclass(frozen=True)
class Recomputed:
    """What windows change, one after the other in each chain: cells of a slab in each map.

    Row k of a chain is the recording with windows 0 to k set to zero, and its slab holds what
    window k changes of row k - 1. All rows of all chains are computed together, map after map.

    record: of each row. length: rows of a chain, one chain after the other.
    """

    known: Known
    record: OfSlab
    length: int
    slabs: dict[int, Slabs]
    cells: dict[int, Cells] = field(default_factory=dict)
    whole: dict[int, Tensor] = field(default_factory=dict)
    """What changes everywhere, rows first."""

    def read(self, number: int, slabs: Slabs, fill: float = 0.0) -> Cells:
        """Slabs of a map, as it is in each row."""
        return self._read(self.known.maps[number, fill], slabs, number)

    def read_before(self, number: int) -> Cells:
        """The slabs that change, as they are in the row before: at first, in the recording."""
        slabs, known = self.slabs[number], self.known.maps[number, 0.0]
        if self.length == 1:
            return known.read(self.record, slabs)
        return self._read(known, slabs, number, before=True)

    def all(self, number: int) -> Cells:
        """A whole map in each row."""
        corner = torch.zeros_like(self.record)
        return self.read(number, Slabs(corner, corner, self.known.maps[number, 0.0].extent))

    def gained(
        self, changes: Float[Tensor, "row channel"], at_first: Float[Tensor, "record channel"]
    ) -> Float[Tensor, "row channel"]:
        """What is there at first, with the changes of all rows of a chain so far."""
        chains: Tensor = changes.unflatten(0, (-1, self.length))
        return chains.cumsum(dim=1).flatten(0, 1) + at_first[self.record]

    def _read(self, known: PaddedMap, slabs: Slabs, number: int, *, before: bool = False) -> Cells:
        """Cells of the row that changed them last, or else of the recording."""
        changed, cells = self.slabs[number], self.cells[number]
        row, is_new = self._changed_last(changed, slabs, before=before)
        lead, sample = slabs.axes
        leads, samples = changed.size
        in_slab = (row * leads + lead[:, :, None] - changed.lead[row]) * samples
        in_slab = in_slab + sample[:, None, :] - changed.sample[row]
        held = known.flat()
        place = torch.where(is_new, len(held) + in_slab, known.places(self.record, slabs))
        every = torch.cat([held, cells.reshape(-1, cells.shape[-1])])
        found: Cells = every.index_select(0, place.flatten()).view(*place.shape, -1)
        return found

    def _changed_last(
        self, changed: Slabs, slabs: Slabs, *, before: bool
    ) -> tuple[Int64[Tensor, "slab _ _"], Bool[Tensor, "slab rows columns"]]:
        """Of each cell of slabs: the last row of a chain that changed it, up to the cell's own row
        or the one before; and whether any did."""
        each = torch.arange(len(self.record), device=self.record.device)
        if self.length == 1:
            of_lead, of_time = changed.hold(slabs, 1)  # the row before is the recording
            return each[:, None, None], of_lead.mT & of_time
        step = torch.arange(self.length, dtype=torch.int16, device=self.record.device)
        counted = (step + 1) * (step <= step[:, None] - int(before))  # (own row, other row)
        of_lead, of_time = (
            one.unflatten(0, (-1, self.length)) for one in changed.hold(slabs, self.length)
        )
        last = ((counted[:, :, None] * of_lead)[..., None] * of_time[..., None, :]).amax(dim=2)
        chain = each[: len(last), None, None, None]
        row = (chain * self.length + last - 1).clamp_min(0)
        return row.flatten(0, 1), (last > 0).flatten(0, 1)


class Step(ABC):
    """Some operations of a net."""

    sources: tuple[int, ...]
    """Numbers of the maps that it needs."""
    reads: tuple[tuple[MapKey, Border], ...] = ()
    """Maps of which more must be known than what a window changes, with their borders."""
    work: float
    """Multiplications of a full pass, or as many values."""
    place: int | None = None
    """A map: a window needs as much of the work as it changes of it. None: it needs all."""

    @abstractmethod
    def known(self, full: FullPass) -> None:
        """Take the step for all cells."""

    @abstractmethod
    def recompute(self, change: Recomputed) -> None:
        """Take the step for the cells that change."""

    def plan(self, plan: Plan) -> None:  # noqa: B027 - not every step makes maps
        """Add where the maps change that the step makes."""

    def work_of(self, plan: Plan, whole: Plan) -> float:
        """Of `work`, what windows of a plan need; `whole`: that of windows of a whole recording."""
        if self.place is None:
            return self.work
        return self.work * plan.cells(self.place) / whole.cells(self.place)


@final
class Slide(Step):
    """A convolution or pooling: `function` makes an image of one that has its border."""

    def __init__(
        self,
        source: int,
        output: int,
        axes: tuple[Sliding, Sliding],
        function: Callable[[Image], Image],
        *,
        fill: float,
        work: float,
    ) -> None:
        self._source, self._axes, self._function, self._fill = source, axes, function, fill
        self.sources = (source,)
        self._output = self.place = output
        self.work = work
        (top, bottom), (left, right) = (axis.border for axis in axes)
        self.reads = (((source, fill), ((top, left), (bottom, right))),)

    def known(self, full: FullPass) -> None:
        _, border = self.reads[0]
        padded = PaddedMap.padded(full.cells[self._source], border, self._fill)
        full.cells[self._output] = self._inner(padded.cells)

    def plan(self, plan: Plan) -> None:
        for places, axis in zip((plan.lead, plan.time), self._axes, strict=True):
            places[self._output] = axis.changed(places[self._source])

    def recompute(self, change: Recomputed) -> None:
        slabs = change.slabs[self._output]
        lead, leads = self._axes[0].read(slabs.lead, slabs.size[0])
        sample, samples = self._axes[1].read(slabs.sample, slabs.size[1])
        cells = change.read(self._source, Slabs(lead, sample, (leads, samples)), self._fill)
        change.cells[self._output] = self._inner(cells)

    def _inner(self, cells: Cells) -> Cells:
        """The outputs of cells that were read with their margin."""
        (top, bottom), (left, right) = (axis.margin for axis in self._axes)
        _, leads, samples, _ = cells.shape
        cells = cells[:, top : leads - bottom, left : samples - right]
        return _of_image(self._function(_image(cells)))


@final
class Repeat(Step):
    """Nearest upsampling by whole factors."""

    def __init__(self, source: int, output: int, factors: Extent, *, work: float) -> None:
        self._source, self._factors = source, factors
        self.sources = (source,)
        self._output = self.place = output
        self.work = work

    def known(self, full: FullPass) -> None:
        full.cells[self._output] = self._repeated(full.cells[self._source])

    def plan(self, plan: Plan) -> None:
        for places, factor in zip((plan.lead, plan.time), self._factors, strict=True):
            places[self._output] = places[self._source].times(factor)

    def recompute(self, change: Recomputed) -> None:
        change.cells[self._output] = self._repeated(change.cells[self._source])

    def _repeated(self, cells: Cells) -> Cells:
        leads, samples = self._factors
        size = (leads * cells.shape[1], samples * cells.shape[2])
        return _of_image(functional.interpolate(_image(cells), size=size))


@final
class Cellwise(Step):
    """An operation that makes each cell of its outputs of the same cell of its inputs.

    inputs: the map that each Ref of it is.
    dims: axes that the maps have in the net.
    """

    def __init__(
        self, operation: Operation, inputs: dict[int, int], dims: int, *, work: float
    ) -> None:
        self._operation, self._inputs, self._dims = operation, inputs, dims
        self.sources = self._maps = tuple(dict.fromkeys(inputs.values()))
        self._outputs = [(i, n) for i, n in enumerate(operation.outputs) if n is not None]
        self.work, self.place = work, self._outputs[0][1]
        if len(self._maps) > 1:
            self.reads = tuple(((one, 0.0), NO_BORDER) for one in self._maps)

    def known(self, full: FullPass) -> None:
        self._run(full.cells, full.cells)

    def plan(self, plan: Plan) -> None:
        for places in (plan.lead, plan.time):
            hull, *others = (places[one] for one in self._maps)
            for other in others:
                hull = hull.with_(other)
            for _, number in self._outputs:
                places[number] = hull

    def recompute(self, change: Recomputed) -> None:
        slabs = change.slabs[self._outputs[0][1]]
        given = {
            one: change.cells[one] if change.slabs[one] is slabs else change.read(one, slabs)
            for one in self._maps
        }
        self._run(given, change.cells)

    def _run(self, given: dict[int, Cells], into: dict[int, Cells]) -> None:
        def argument(one: Tensor | Ref) -> Tensor:
            if isinstance(one, Tensor):
                return one
            return _as_in_net(given[self._inputs[one.number]], self._dims)

        found = self._operation(replace_tensors(self._operation.args, argument))
        for place, number in self._outputs:
            image = found[place] if self._dims == 4 else found[place].unsqueeze(2)
            into[number] = _of_image(image)


@final
class Total(Step):
    """A sum or mean over all cells of a map, in float64: it changes by what its cells do.

    factor: 1, or one over the number of values in a mean.
    over_channels: whether channels are summed as well.
    shape: of the result, but for the recordings.
    """

    def __init__(
        self,
        source: int,
        output: int,
        *,
        factor: float,
        over_channels: bool,
        shape: Shape,
        work: float,
    ) -> None:
        self._source, self._output, self._factor = source, output, factor
        self._over_channels, self._shape = over_channels, shape
        self.sources = (source,)
        self.work, self.place = work, source
        self.reads = (((source, 0.0), NO_BORDER),)

    def known(self, full: FullPass) -> None:
        total = _sum(full.cells[self._source])
        full.totals[self._output], full.whole[self._output] = total, self._result(total)

    def recompute(self, change: Recomputed) -> None:
        gained = _sum(change.cells[self._source]) - _sum(change.read_before(self._source))
        total = change.gained(gained, change.known.totals[self._output])
        change.whole[self._output] = self._result(total)

    def _result(self, total: Float[Tensor, "slab channel"]) -> Tensor:
        values = total.sum(dim=1) if self._over_channels else total
        return (self._factor * values).reshape(len(total), *self._shape)


@final
class Whole(Step):
    """An operation on what changes everywhere, and perhaps on whole maps.

    maps: the maps among its inputs, with the axes that they have in the net.
    rows: recordings in the trace.
    """

    def __init__(
        self, operation: Operation, maps: dict[int, tuple[int, int]], rows: int, *, work: float
    ) -> None:
        self._operation, self._maps, self._rows = operation, maps, rows
        self.sources = tuple(number for number, _ in maps.values())
        self.work = work
        self.reads = tuple(((one, 0.0), NO_BORDER) for one, _ in maps.values())

    def known(self, full: FullPass) -> None:
        self._run(lambda number: full.cells[number], full.whole)

    def recompute(self, change: Recomputed) -> None:
        self._run(change.all, change.whole)

    def _run(self, cells: Callable[[int], Cells], whole: dict[int, Tensor]) -> None:
        given = {
            number: _as_in_net(cells(self._maps[number][0]), self._maps[number][1]).contiguous()
            if number in self._maps
            else whole[number]
            for number in self._operation.inputs
        }
        # What follows from sums in float64 alone stays so, because logits are compared that hardly
        # differ; beside maps it is in the precision of the net.
        types = (one.dtype for one in given.values() if one.is_floating_point())
        dtype = min(types, key=lambda one: one.itemsize, default=torch.float32)

        def argument(one: Tensor | Ref) -> Tensor:
            tensor = one if isinstance(one, Tensor) else given[one.number]
            return tensor.to(dtype) if tensor.is_floating_point() else tensor

        args = replace_tensors(self._operation.args, argument)
        if self._operation.name in _RESHAPES and args[1][0] == self._rows:
            args = (args[0], [len(args[0]), *args[1][1:]], *args[2:])
        for number, found in zip(self._operation.outputs, self._operation(args), strict=True):
            if number is not None:
                whole[number] = found


def _image(cells: Cells) -> Image:
    return cells.permute(0, 3, 1, 2)


def _of_image(image: Image) -> Cells:
    return image.permute(0, 2, 3, 1).contiguous()


def _as_in_net(cells: Cells, dims: int) -> Tensor:
    """A map with the axes that it has in the net, of which three hold one row of leads."""
    image = _image(cells)
    return image if dims == 4 else image.squeeze(2)


def _sum(cells: Cells) -> Float[Tensor, "slab channel"]:
    """Over leads and time, in float64."""
    return cells.sum(dim=(1, 2), dtype=torch.float64)
