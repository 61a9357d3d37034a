"""From what a net does to steps that can be taken for a few cells of each map alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn import functional

from xai_bench.errors import InputError
from xai_bench.nets.local_steps import (
    AS_CHANNELS,
    AS_IMAGE,
    Cellwise,
    Image,
    Repeat,
    Slide,
    Step,
    Total,
    Whole,
)
from xai_bench.nets.slabs import Extent
from xai_bench.nets.sliding import Sliding
from xai_bench.nets.trace import Operation, Ref, Trace, leaves

__all__ = ["cut_into_steps"]

_SAME = {"alias", "clone", "contiguous", "detach", "dropout"}
_NORMS = {"native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm"}
_POOLS = {"avg_pool2d", "max_pool2d", "max_pool2d_with_indices"}
_OF_ALL_CELLS = {"amax", "amin", "max", "min", "mean", "sum", "view", "_unsafe_view", "reshape"}
_OF_ALL_CELLS |= {"cat", "var", "std", "adaptive_max_pool2d"}
_PRODUCTS = {"addmm", "mm", "bmm", "baddbmm"}

_A_VALUE = 10
"""Making and moving a value takes a CPU about as long as so many multiplications."""


def cut_into_steps(trace: Trace) -> list[Step]:
    """The steps of a net, in order.

    Raises InputError, with the operation that is to blame, for a net that does something to maps
    which is neither of a few cells nor a sum, maximum or product of all.
    """
    cutter = _Cutter(trace)
    if trace.output in cutter.maps:
        raise InputError("a net that puts out maps")
    return cutter.steps


@final
@dataclass(frozen=True)
class _Map:
    """number: of its cells, that other tensors may share. dims: the axes it has in the net."""

    number: int
    dims: int


@final
class _Cutter:
    def __init__(self, trace: Trace) -> None:
        self.steps: list[Step] = []
        self.maps = {0: _Map(AS_CHANNELS, 3)}
        self._shapes = trace.shapes
        self._rows = trace.shapes[0][0]
        for operation in trace.operations:
            self._cut(operation)

    def _cut(self, operation: Operation) -> None:
        name = operation.name
        if not any(number in self.maps for number in operation.inputs):
            self._whole(operation)
        elif name in _SAME:
            self.maps[_only(operation)] = self.maps[operation.inputs[0]]
        elif name in ("squeeze", "unsqueeze"):
            self._relabel(operation)
        elif name == "convolution":
            self._convolution(operation)
        elif name in _POOLS:
            self._pool(operation)
        elif name in ("upsample_nearest1d", "upsample_nearest2d"):
            self._upsample(operation)
        elif self._is_cellwise(operation):
            self._cellwise(operation)
        elif name in ("sum", "mean") and self._summed(operation) is not None:
            self._total(operation)
        elif operation.pointwise or name in _OF_ALL_CELLS:
            self._whole(operation)
        else:
            raise InputError(f"what {name} puts out is not of a few cells of its input")

    def _relabel(self, operation: Operation) -> None:
        output = _only(operation)
        one = self.maps[operation.inputs[0]]
        before, after = self._shapes[operation.inputs[0]], self._shapes[output]
        if one == _Map(AS_CHANNELS, 3) and after == (before[0], 1, *before[1:]):
            self.maps[output] = _Map(AS_IMAGE, 4)
        elif one.dims == 3 and after == (*before[:2], 1, before[2]):
            self.maps[output] = _Map(one.number, 4)
        elif one.dims == 4 and before[2] == 1 and after == (*before[:2], before[3]):
            self.maps[output] = _Map(one.number, 3)
        else:
            raise InputError(f"{operation.name} makes {after} of a map {before}")

    def _convolution(self, operation: Operation) -> None:
        given = operation.named
        weight, bias, groups = given["weight"], given["bias"], given["groups"]
        if given["transposed"] or isinstance(weight, Ref) or isinstance(bias, Ref):
            raise InputError("a convolution that is transposed, or whose weights are made")
        weight = weight.unsqueeze(2) if weight.dim() == 3 else weight
        weight = weight.contiguous(memory_format=torch.channels_last)
        stride, dilation = _pair(given["stride"], 1), _pair(given["dilation"], 1)

        def convolved(image: Image) -> Image:
            return functional.conv2d(image, weight, bias, stride, 0, dilation, groups)

        kernel = (int(weight.shape[2]), int(weight.shape[3]))
        facts = (kernel, stride, _pair(given["padding"], 0), dilation)
        self._slide(operation, facts, convolved, each=weight[0].numel() + _A_VALUE)

    def _pool(self, operation: Operation) -> None:
        given = operation.named
        kernel, padding = _pair(given["kernel_size"], 1), _pair(given["padding"], 0)
        stride = _pair(given["stride"] or kernel, 1)
        dilation = _pair(given.get("dilation", 1), 1)
        facts = (kernel, stride, padding, dilation)

        def mean(image: Image) -> Image:
            return functional.avg_pool2d(image, kernel, stride)

        def largest(image: Image) -> Image:
            return functional.max_pool2d(image, kernel, stride, 0, dilation)

        if operation.name != "avg_pool2d":
            self._slide(operation, facts, largest, fill=-math.inf)
            return
        counts_border = given["count_include_pad"] or not any(padding)
        if given["ceil_mode"] or not counts_border or given["divisor_override"]:
            raise InputError("a mean of fewer samples at the ends of a recording")
        self._slide(operation, facts, mean)

    def _slide(
        self,
        operation: Operation,
        facts: tuple[Extent, Extent, Extent, Extent],
        function: Callable[[Image], Image],
        *,
        fill: float = 0.0,
        each: float = _A_VALUE,
    ) -> None:
        """facts: kernel, stride, padding and dilation. each: the work of one value."""
        source, output = operation.inputs[0], operation.outputs[0]
        if output is None or any(one is not None for one in operation.outputs[1:]):
            raise InputError(f"places that {operation.name} puts out")
        self.maps[output] = _Map(output, self.maps[source].dims)
        extents = (self._extent(source), self._extent(output))
        lead, time = (Sliding(*(one[axis] for one in (*facts, *extents))) for axis in (0, 1))
        work = each * self._values(output)
        number = self.maps[source].number
        self.steps.append(Slide(number, output, (lead, time), function, fill=fill, work=work))

    def _upsample(self, operation: Operation) -> None:
        source, output = operation.inputs[0], _only(operation)
        self.maps[output] = _Map(output, self.maps[source].dims)
        before, after = self._extent(source), self._extent(output)
        factors = (after[0] // before[0], after[1] // before[1])
        if (factors[0] * before[0], factors[1] * before[1]) != after:
            raise InputError("upsampling by other than whole factors")
        work = _A_VALUE * self._values(output)
        self.steps.append(Repeat(self.maps[source].number, output, factors, work=work))

    def _is_cellwise(self, operation: Operation) -> bool:
        inputs = operation.inputs
        if not all(number in self.maps for number in inputs):
            return False
        dims, extent = self.maps[inputs[0]].dims, self._extent(inputs[0])
        alike = all(self.maps[n].dims == dims and self._extent(n) == extent for n in inputs)
        outputs = [self._shapes[n] for n in operation.outputs if n is not None]
        kept = all(len(one) == dims and one[2:] == self._shapes[inputs[0]][2:] for one in outputs)
        if not (alike and kept):
            return False
        if operation.name in _NORMS:
            return not operation.named.get("training", False)
        constants = [one for one in leaves(operation.args) if isinstance(one, Tensor)]
        if operation.name == "cat":
            return operation.named["dim"] == 1 and not constants
        return operation.pointwise and all(_is_of_cells(one, dims) for one in constants)

    def _cellwise(self, operation: Operation) -> None:
        maps = {number: self.maps[number].number for number in operation.inputs}
        dims = self.maps[operation.inputs[0]].dims
        made = [number for number in operation.outputs if number is not None]
        for number in made:
            self.maps[number] = _Map(number, dims)
        work = _A_VALUE * sum(self._values(number) for number in made)
        self.steps.append(Cellwise(operation, maps, dims, work=work))

    def _summed(self, operation: Operation) -> set[int] | None:
        """The axes that a sum or mean is over, where these are all but recordings and channels."""
        given = operation.named
        dims = self.maps[operation.inputs[0]].dims
        over = {axis % dims for axis in given.get("dim") or ()}
        cells = set(range(2, dims))
        return over if cells <= over <= {1, *cells} and given["dtype"] is None else None

    def _total(self, operation: Operation) -> None:
        source, output = operation.inputs[0], _only(operation)
        over, shape = self._summed(operation) or set(), self._shapes[source]
        count = math.prod(shape[axis] for axis in over)
        total = Total(
            self.maps[source].number,
            output,
            factor=1 / count if operation.name == "mean" else 1.0,
            over_channels=1 in over,
            shape=self._shapes[output][1:],
            work=_A_VALUE * self._values(source),
        )
        self.steps.append(total)

    def _whole(self, operation: Operation) -> None:
        inputs = [n for n in operation.inputs if n in self.maps]
        maps = {n: (self.maps[n].number, self.maps[n].dims) for n in inputs}
        values = sum(self._values(n) for n in operation.outputs if n is not None)
        each: float = _A_VALUE
        if operation.name in _PRODUCTS:
            each += self._shapes[operation.inputs[0]][-1]
        if operation.name == "convolution" and isinstance(operation.args[1], Tensor):
            each += operation.args[1][0].numel()
        self.steps.append(Whole(operation, maps, self._rows, work=each * values))

    def _extent(self, number: int) -> Extent:
        """Leads and samples of a map; one row where leads are channels."""
        shape = self._shapes[number]
        return (shape[2] if self.maps[number].dims == 4 else 1), shape[-1]

    def _values(self, number: int) -> float:
        """Of a tensor, for one recording."""
        return math.prod(self._shapes[number]) / self._rows


def _only(operation: Operation) -> int:
    """The number of the one output that is needed, which must be the first."""
    first, *others = operation.outputs
    if first is None or any(one is not None for one in others):
        raise InputError(f"several outputs of {operation.name}")
    return first


def _is_of_cells(constant: Tensor, dims: int) -> bool:
    """Whether a constant says the same of every cell and recording."""
    shape = (1,) * (dims - constant.dim()) + tuple(constant.shape)
    return len(shape) == dims and {shape[0], *shape[2:]} == {1}


def _pair(given: int | Sequence[int], before: int) -> Extent:
    """For leads and samples; `before` for leads where only samples are given."""
    values = [given, given] if isinstance(given, int) else [int(one) for one in given]
    lead, time = values if len(values) == 2 else (before, *values)
    return lead, time
